import { equalBytes } from '../bytes.ts';
import { LogError } from '../error.ts';
import { formatVerifierKey, parseVerifierKey, type VerifierKey } from '../key.ts';
import { originMatchesKey } from '../origin.ts';
import type { OwnLines } from './own-lines.ts';
import type { PlannedCheckpoint } from './plan.ts';
import type { Problem } from './problem.ts';

/** Which log this should be. A key says all that an origin says. */
export interface ExpectedIdentity {
  readonly key?: VerifierKey;
  readonly origin?: string;
}

/** Whose log it is. */
export interface Identity {
  /** The key that the log's checkpoints are to be verified with. */
  readonly key?: VerifierKey;
  /** Whether it is the key, or of the origin, that the caller expected. */
  readonly expected: boolean;
  readonly problems: readonly Problem[];
}

/**
 * Finds the log's key. Its own `log.open` lines name it, and the origin certifies it: an origin holds a hash of its key, so
 * nobody can put another key under it. Where the caller's key is another one the log is still judged by its own, so that the
 * report can say more than "wrong key".
 */
export function identify(own: OwnLines, checkpoints: readonly PlannedCheckpoint[], expected: ExpectedIdentity): Identity {
  const origin = checkpoints.findLast(({ kind }) => kind === 'sidecar')?.origin ?? checkpoints.at(-1)?.origin;
  const claim = claimedKey(own, origin);
  const problems: Problem[] = claim instanceof LogError ? [{ code: 'KEY_UNCERTIFIED', message: claim.message }] : [];
  const claimed = claim instanceof LogError ? undefined : claim;
  if (expected.key !== undefined && (claimed === undefined || expected.key.name === origin || sameKey(expected.key, claimed))) {
    return { key: expected.key, expected: true, problems };
  }
  if (claimed === undefined) {
    if (claim === undefined && (origin !== undefined || expected.origin !== undefined)) problems.push(unknownKey());
    return { expected: false, problems };
  }
  if (expected.key !== undefined) {
    problems.push(mismatch(`the log is signed by ${formatVerifierKey(claimed)}, not by the key given, ${formatVerifierKey(expected.key)}`));
  } else if (expected.origin !== undefined && expected.origin !== claimed.name) {
    problems.push(mismatch(`this is the log ${claimed.name}, not ${expected.origin}`));
  }
  return { key: claimed, expected: expected.origin === claimed.name, problems };
}

/** The key in the `log.open` of this origin, else in the first one; undefined without any. */
function claimedKey(own: OwnLines, origin: string | undefined): VerifierKey | LogError | undefined {
  const open = own.opens.find((candidate) => candidate.origin === origin) ?? own.opens[0];
  if (open === undefined) return undefined;
  try {
    const key = parseVerifierKey(open.vkey);
    if (key.name === open.origin && originMatchesKey(open.origin, key.publicKey)) return key;
    return uncertified(`line ${open.seq}: the origin ${open.origin} does not certify the key that log.open names, ${open.vkey}`);
  } catch (error) {
    if (error instanceof LogError) return uncertified(`line ${open.seq}: the vkey in log.open: ${error.message}`);
    throw error;
  }
}

function sameKey(a: VerifierKey, b: VerifierKey): boolean {
  return a.name === b.name && a.type === b.type && equalBytes(a.publicKey, b.publicKey);
}

function uncertified(message: string): LogError {
  return new LogError('KEY_MALFORMED', message);
}

function mismatch(message: string): Problem {
  return { code: 'KEY_MISMATCH', message };
}

function unknownKey(): Problem {
  return { code: 'KEY_UNKNOWN', message: 'no log.open line names the key that signs this log; give it, as a vkey that you trust' };
}

/** Every sealed `log.open` that does not name this log. */
export function foreignOpens(own: OwnLines, key: VerifierKey, sealed: number): Problem[] {
  const vkey = formatVerifierKey(key);
  return own.opens
    .filter(({ seq, origin, vkey: claimed }) => seq < sealed && (origin !== key.name || claimed !== vkey))
    .map(({ seq, origin }) => {
      const message = `line ${seq}: log.open names the log ${origin} and its key; the checkpoints are of ${key.name}`;
      return { code: 'OPEN_OTHER_ORIGIN', seq, message };
    });
}
