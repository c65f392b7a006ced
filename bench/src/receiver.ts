// The least that an agent can ship to, in a process of its own: it cosigns whatever comes, and stores and verifies nothing. What is
// measured is the agent. Prints its port.
import { generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';
import {
  cosign, cosignatureKeyType, formatEnrolled, formatReceipt, formatVerifierKey, logsPath, type NoteSigner, parseEntriesHead, verifierKey,
} from '@agent-audit/log';

const { privateKey, publicKey } = generateKeyPairSync('ed25519');
const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
const key = verifierKey('bench.example', cosignatureKeyType, raw);
const signer: NoteSigner = { key, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of request) if (piece instanceof Uint8Array) pieces.push(piece);
  return Buffer.concat(pieces);
}

async function answer(request: IncomingMessage): Promise<string> {
  const body = await bodyOf(request);
  if (request.url === logsPath) return formatEnrolled({ size: 0, cosigners: [formatVerifierKey(key)] });
  const text = gunzipSync(body);
  const { size, note } = parseEntriesHead(text.subarray(0, text.indexOf('\n')).toString('utf8'));
  return formatReceipt({ size, cosignature: cosign(note, signer, Math.floor(Date.now() / 1_000)) });
}

const server = createServer((request, response) => {
  void answer(request).then((text) => response.end(text));
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.stdout.write(`${address.port}\n`);
});
