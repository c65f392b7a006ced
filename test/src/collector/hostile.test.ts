// Whatever is sent to a living collector, by whom it knows or by anybody: it answers with a refusal that it has a code for, or hangs up;
// it lives, and not a line of it gets into the store.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import {
  entriesPath, evidencePath, eventsPath, exportPath, isWireProblemCode, logsPath, parseOrigin, tailPath, tokensPath,
  type WireProblemCode,
} from '@agent-audit/log';
import { cannotCollect } from './collector.ts';
import type { Heard } from './network.ts';
import { assertStoredOnce } from './promises.ts';
import type { Answer } from './reader.ts';
import { Site } from './site.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const mebibyte = 1024 * 1024;
const mutations = 300;
const garbage = 40;
const headBytes = 64 * 1024;

/** One hostile request, and what it is, for an error. */
interface Attack {
  readonly what: string;
  readonly path: string;
  readonly body: Bytes;
  readonly encoding?: string;
  /** The lines in it are the agent's own, unchanged. */
  readonly isHarmless?: boolean;
}

/** A refusal that callers can look up; of what nobody foresaw none. */
function isKnown(code: string | undefined): code is WireProblemCode {
  return code !== undefined && code !== 'INTERNAL' && isWireProblemCode(code);
}

test('random bytes, mutated bodies, bombs and huge heads are refused, and nothing is stored', { skip: cannotCollect }, async (t) => {
  const site = await Site.open(t);
  const agent = await site.agent('scanner-1');
  await agent.log(300);
  const { origin } = await agent.shipped();
  // What comes next, and does not come through: every byte of it is looked at.
  site.network.weather = 'hung';
  await agent.log(300);
  await agent.flush();
  await site.when('the next lines are on their way', () => site.network.met.hung > 0);
  const entries = site.network.past.filter(({ path }) => path === entriesPath).slice(-1);
  const enrolment = site.network.past.find(({ path }) => path === logsPath);
  assert.ok(entries.length > 0 && enrolment !== undefined);

  const token = (await site.admin.makeToken(['ingest'])).secret;
  const codes = new Map<string, number>();
  for (const attack of [...mutated(site, entries, enrolment), ...bombs(), ...strangePlaces(site, origin)]) {
    const { status, code, text } = await post(site, attack, token);
    // Where what was changed means nothing, the lines are those that the agent has signed.
    if (status === 200 && attack.path === entriesPath && attack.isHarmless === true) continue;
    // Of several events each is answered for.
    if (attack.path === eventsPath && status === 207 && text.includes('"accepted":0')) continue;
    assert.ok(status >= 400 && status < 600, `${attack.what} was answered with ${status}`);
    assert.ok(isKnown(code), `${attack.what} was answered with ${status} ${text}`);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  t.diagnostic(JSON.stringify(Object.fromEntries(codes)));
  for (let i = 0; i < garbage; i++) await assertHungUp(site, randomBytesOf(site, 2_000));
  await assertHungUp(site, new TextEncoder().encode(`GET /healthz HTTP/1.1\r\nhost: x\r\nx-huge: ${'x'.repeat(headBytes)}\r\n\r\n`));
  await assertHungUp(site, new TextEncoder().encode(`POST ${entriesPath} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n`
    + 'transfer-encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n'));
  await assertReadsRefused(site);

  assert.equal(site.collector.isOver, false);
  assert.equal((await site.reader.ask('/healthz')).status, 200);
  const logs = await site.reader.agents();
  assert.deepEqual(logs.map((log) => log.origin), [origin], 'nothing was enrolled');
  // How many lines are still to come is said by nobody's signature: a changed number makes it behind, until its writer is heard.
  assert.ok(['live', 'behind'].includes(logs[0]?.state ?? ''), 'no request of a stranger makes a log contradict itself');
  const kinds = (await site.reader.alarms()).map(({ kind }) => kind);
  assert.deepEqual(kinds.filter((kind) => kind !== 'ROOT_MISMATCH'), []);
  site.network.weather = 'fair';
  assert.equal((await agent.shipped()).state, 'ok');
  await assertStoredOnce(site, agent);
  const others = (await site.reader.events('-agent_id:scanner-1')).events;
  assert.deepEqual(others, [], 'the store has the lines of the one log, and no other');
  assert.deepEqual(site.collector.troubles, []);
});

function randomBytesOf({ random }: Site, bytesMax: number): Bytes {
  return Uint8Array.from({ length: random.between(1, bytesMax) }, () => random.between(0, 255));
}

/** Bodies that were valid, with something changed in them: packed, or before they were packed. */
function* mutated(site: Site, entries: readonly Heard[], enrolment: Heard): Generator<Attack> {
  const { random } = site;
  for (let i = 0; i < mutations; i++) {
    const isEnrolment = random.oneIn(5);
    const heard = isEnrolment ? enrolment : entries[random.between(0, entries.length - 1)] ?? enrolment;
    const isPacked = heard.headers['content-encoding'] === 'gzip';
    const isRaw = !isPacked || random.oneIn(3);
    const { what, bytes } = change(site, isRaw ? heard.body : gunzipSync(heard.body));
    const body = isPacked && !isRaw ? new Uint8Array(gzipSync(bytes)) : bytes;
    const encoding = isPacked ? { encoding: 'gzip' } : {};
    const isHarmless = isPacked && linesOf(body).equals(linesOf(heard.body));
    yield { what: `${heard.path} ${isRaw ? '' : 'unpacked '}${what}`, path: heard.path, body, ...encoding, isHarmless };
  }
}

/** What stands behind the head; nothing where that cannot be read. */
function linesOf(packed: Uint8Array): Buffer {
  try {
    const body = gunzipSync(packed);
    return body.subarray(body.indexOf('\n') + 1);
  } catch {
    return Buffer.alloc(0);
  }
}

/** What is left is never what it was. */
function change({ random }: Site, original: Uint8Array): { readonly what: string; readonly bytes: Bytes } {
  const bytes = new Uint8Array(original);
  // The head, in which every byte means something, as often as all the rest.
  const at = random.oneIn(2) ? random.between(0, Math.min(500, bytes.length - 1)) : random.between(0, bytes.length - 1);
  switch (random.between(0, 4)) {
    case 0:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random.between(0, 7));
      return { what: `with a bit of byte ${at} changed`, bytes };
    case 1:
      return { what: `cut at ${at}`, bytes: bytes.slice(0, at) };
    case 2:
      return { what: `without byte ${at}`, bytes: Uint8Array.from([...bytes.slice(0, at), ...bytes.slice(at + 1)]) };
    case 3:
      return { what: `with a byte more at ${at}`, bytes: Uint8Array.from([...bytes.slice(0, at), 0x61, ...bytes.slice(at)]) };
    default:
      return { what: 'twice in a row', bytes: Uint8Array.from([...bytes, ...bytes]) };
  }
}

/** Small bodies that become large, and large ones. */
function* bombs(): Generator<Attack> {
  const zeros = new Uint8Array(gzipSync(new Uint8Array(200 * mebibyte)));
  yield { what: 'a bomb', path: entriesPath, body: zeros, encoding: 'gzip' };
  const lying = zeros.slice();
  new DataView(lying.buffer).setUint32(lying.length - 4, 1_000, true);
  yield { what: 'a bomb whose trailer lies', path: entriesPath, body: lying, encoding: 'gzip' };
  yield { what: 'a bomb as an enrolment', path: logsPath, body: zeros, encoding: 'gzip' };
  yield { what: 'a body that is too large', path: entriesPath, body: new Uint8Array(12 * mebibyte) };
  yield { what: 'a head without an end', path: entriesPath, body: new Uint8Array(4 * mebibyte).fill(0x20) };
  yield { what: 'deflate', path: entriesPath, body: new Uint8Array(10), encoding: 'deflate' };
  yield { what: 'nothing', path: entriesPath, body: new Uint8Array(0) };
  yield { what: 'gzip of nothing', path: entriesPath, body: new Uint8Array(gzipSync(new Uint8Array(0))), encoding: 'gzip' };
}

/** Bodies where they do not belong. */
function* strangePlaces(site: Site, origin: string): Generator<Attack> {
  const { logId } = parseOrigin(origin);
  const evidencePaths = [logId, '0'.repeat(32), '..'].map(evidencePath);
  const paths = [logsPath, ...evidencePaths, eventsPath, tokensPath, exportPath, '/', '/v1/%00'];
  for (const path of paths) {
    yield { what: `random bytes to ${path}`, path, body: randomBytesOf(site, 500) };
    yield { what: `an array to ${path}`, path, body: new TextEncoder().encode('[[[[[[[[]]]]]]]') };
    yield { what: `a prototype to ${path}`, path, body: new TextEncoder().encode('{"__proto__":{"note":1},"note":{},"vkey":[]}') };
  }
}

async function post(site: Site, { path, body, encoding }: Attack, token: string): Promise<Answer> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  };
  try {
    return await site.reader.ask(path, { method: 'POST', headers, body });
  } catch (error) {
    // What is too large may be answered before it was all sent: some clients see the end of the connection only.
    if (body.length > mebibyte) return { status: 413, code: 'BODY_TOO_LARGE', text: '' };
    throw error;
  }
}

/** Bytes that are no request: the collector answers with a refusal, or not at all, and hangs up. */
async function assertHungUp(site: Site, bytes: Uint8Array): Promise<void> {
  const { hostname, port } = new URL(site.collector.url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
  });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  socket.end(bytes);
  await closed;
  if (answer !== '') assert.match(answer, /^HTTP\/1\.1 4\d\d /);
}

/** Questions that make no sense. */
async function assertReadsRefused({ reader, random }: Site): Promise<void> {
  const strange = ['%', '%00', 'a'.repeat(5_000), '((((', 'severity:>=', '"', '\ud800', '-', 'details.:x', 'timestamp:>never'];
  const asks = [eventsPath, tailPath, exportPath, `${eventsPath}/count`].flatMap((path) => [
    ...strange.map((text) => `${path}?q=${encodeURIComponent(Buffer.from(text).toString('latin1'))}`),
    `${path}?cursor=${random.between(0, 1e9)}`,
    `${path}?since=never`,
    `${path}?limit=-1`,
    `${path}?nothing=1`,
    `${path}?q=a&q=b`,
  ]);
  for (const path of asks) {
    const { status, code } = await reader.refusal(path);
    if (status === 200) continue;
    assert.ok(status < 500 && code !== undefined && isWireProblemCode(code), `${path} was answered with ${status} ${code}`);
  }
}
