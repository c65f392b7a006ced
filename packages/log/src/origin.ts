// The origin of a log, `<agent>/<32 hex digits>`: the digits are a hash of the log's own public key, so an origin that
// somebody wrote down is enough to tell the right key from another.
import { concatBytes, toHex, utf8 } from './bytes.ts';
import { LogError } from './error.ts';
import { hasher } from './hash.ts';
import { publicKeyBytes } from './key.ts';

/** Characters of the longest agent name within an origin. */
export const originAgentLengthMax = 64;

const pattern = /^([A-Za-z0-9._-]{1,64})\/([0-9a-f]{32})$/;
const domain = utf8('agent-audit/origin@v1\n');

/**
 * The origin of the log that this identity key (32 bytes, Ed25519) signs. In the agent's name every character outside
 * `A-Za-z0-9._-` becomes `-`; it is cut to 64 characters, and an empty one becomes `-`.
 * @throws LogError KEY_MALFORMED where the public key is not 32 bytes
 */
export function originOf(agent: string, publicKey: Uint8Array): string {
  const name = agent.replace(/[^A-Za-z0-9._-]/gu, '-').slice(0, originAgentLengthMax);
  return `${name === '' ? '-' : name}/${logIdOf(publicKey)}`;
}

/**
 * The parts of an origin. The log id alone names the log in URLs.
 * @throws LogError ORIGIN_MALFORMED
 */
export function parseOrigin(origin: string): { agent: string; logId: string } {
  const [, agent, logId] = pattern.exec(origin) ?? [];
  if (agent === undefined || logId === undefined) {
    throw new LogError('ORIGIN_MALFORMED', `origin ${JSON.stringify(origin.slice(0, 120))}: the form is <agent>/<32 hex digits>`);
  }
  return { agent, logId };
}

/** Whether the origin certifies this public key. False for what is no origin, too. */
export function originMatchesKey(origin: string, publicKey: Uint8Array): boolean {
  return publicKey.length === publicKeyBytes && pattern.exec(origin)?.[2] === logIdOf(publicKey);
}

function logIdOf(publicKey: Uint8Array): string {
  if (publicKey.length !== publicKeyBytes) {
    throw new LogError('KEY_MALFORMED', `an Ed25519 public key has ${publicKeyBytes} bytes, this one has ${publicKey.length}`);
  }
  return toHex(hasher.digest(concatBytes(domain, publicKey))).slice(0, 32);
}
