// C2SP tlog-proof@v1: one file that proves, offline, that an event stands in a log: its index, the way from its leaf to the root,
// and the checkpoint that signs the root.
import { decodeBase64, decodeDecimal, encodeBase64, utf8 } from './bytes.ts';
import { readCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { LogError } from './error.ts';
import { hasher as pureHasher } from './hash.ts';
import type { Hash, Hasher } from './hash.ts';
import type { Ed25519Verify, VerifierKey } from './key.ts';
import { erasedLeaf } from './line.ts';
import { policyOfLog, satisfiesPolicy } from './policy.ts';
import type { Policy, PolicyWitnessed } from './policy.ts';
import { verifyInclusion } from './tree.ts';

/** A proof, taken apart. Nothing about it is verified. */
export interface LogProof {
  readonly index: number;
  /** The leaf's sibling first, the root's child last. */
  readonly proof: readonly Hash[];
  /** The signed note. */
  readonly checkpoint: string;
  /** Opaque, and not covered by any signature. */
  readonly extra?: Uint8Array;
}

/** What a proof that holds says of its event. */
export interface ProvenEvent {
  readonly checkpoint: Checkpoint;
  readonly index: number;
  /** The key of the log that signed the checkpoint. */
  readonly log: VerifierKey;
  /** The event is the stub of an erased line: the line's hash is proven, its content is gone. */
  readonly erased: boolean;
  /** The policy's witnesses that cosigned the checkpoint, and when. */
  readonly cosignatures: readonly PolicyWitnessed[];
  /** When the policy's quorum was complete: the event is no younger. Absent where no witness was asked for. */
  readonly quorumSeconds?: number;
}

/** Characters of the longest proof file. */
export const proofLengthMax = 262_144;

/** Hashes of the longest inclusion proof: the depth of a tree of 2^53-1 leaves. */
export const inclusionHashesMax = 53;

const header = 'c2sp.org/tlog-proof@v1';
const lineFeed = 0x0a;

/**
 * A proof as its file, `.tlog-proof`. parseProof is its inverse.
 * @throws LogError PROOF_MALFORMED; NOTE_MALFORMED, CHECKPOINT_MALFORMED where the checkpoint is none
 */
export function formatProof({ index, proof, checkpoint, extra }: LogProof): string {
  if (!Number.isSafeInteger(index) || index < 0) throw malformed(`index ${index} is not an integer from 0 to 2^53-1`);
  if (proof.some((hash) => hash.length !== 32)) throw malformed('a hash of its inclusion proof does not have 32 bytes');
  if (proof.length > inclusionHashesMax) throw malformed(`its inclusion proof has more than ${inclusionHashesMax} hashes`);
  if (extra?.length === 0) throw malformed('its extra data is empty; leave it out');
  readCheckpoint(checkpoint);
  const lines = [header, ...(extra === undefined ? [] : [`extra ${encodeBase64(extra)}`]), `index ${index}`, ...proof.map(encodeBase64)];
  const text = `${lines.join('\n')}\n\n${checkpoint}`;
  if (text.length > proofLengthMax) throw malformed(`it is longer than ${proofLengthMax} characters`);
  return text;
}

/**
 * Takes a proof file apart, without verifying it. Only what formatProof writes is accepted.
 * @throws LogError PROOF_MALFORMED; NOTE_MALFORMED, CHECKPOINT_MALFORMED where its checkpoint is none
 */
export function parseProof(text: string): LogProof {
  if (text.length > proofLengthMax) throw malformed(`it is longer than ${proofLengthMax} characters`);
  const blank = text.indexOf('\n\n');
  if (blank < 0) throw malformed('no blank line parts its inclusion proof from its checkpoint');
  const [first, ...lines] = text.slice(0, blank).split('\n');
  if (first !== header) throw malformed(`its first line is not "${header}"`);
  const extra = lines[0]?.startsWith('extra ') === true ? parseExtra(lines.shift() ?? '') : {};
  const index = decodeDecimal(/^index (.+)$/.exec(lines.shift() ?? '')?.[1] ?? '');
  if (index === undefined) throw malformed('its index line is not "index <decimal from 0 to 2^53-1>"');
  if (lines.length > inclusionHashesMax) throw malformed(`its inclusion proof has more than ${inclusionHashesMax} hashes`);
  const checkpoint = text.slice(blank + 2);
  readCheckpoint(checkpoint);
  return { index, proof: lines.map(parseHash), checkpoint, ...extra };
}

/**
 * Verifies that this event, a line of the log without its LF, stands where its proof says, under a checkpoint that the policy
 * accepts (a key alone: signed by that log). The stub of an erased line proves the hash of the line that it stands for.
 * @throws LogError PROOF_MALFORMED, PROOF_INVALID; POLICY_NOT_SATISFIED; and as satisfiesPolicy does
 */
export function verifyProof({ event, proof: file, policy, verify, hasher = pureHasher }: {
  readonly event: Uint8Array;
  readonly proof: string;
  readonly policy: Policy | VerifierKey;
  readonly verify: Ed25519Verify;
  readonly hasher?: Hasher;
}): ProvenEvent {
  const { index, proof, checkpoint: note } = parseProof(file);
  const verdict = satisfiesPolicy(note, 'publicKey' in policy ? policyOfLog(policy) : policy, verify);
  if (!verdict.satisfied) throw new LogError('POLICY_NOT_SATISFIED', `the checkpoint lacks cosignatures: ${verdict.lacking}`);
  const { checkpoint, log, witnesses, quorumSeconds } = verdict;
  requireLineOf(event, index);
  const erased = erasedLeaf(event, 0, event.length);
  const leaf = erased ?? hasher.leaf(event, 0, event.length);
  verifyInclusion({ index, size: checkpoint.size, leaf, root: checkpoint.root, proof }, hasher);
  return {
    checkpoint,
    index,
    log,
    erased: erased !== undefined,
    cosignatures: witnesses,
    ...(quorumSeconds === undefined ? {} : { quorumSeconds }),
  };
}

/**
 * The seq in the event must be the index that is proven: what a person reads in it is then what was proven. The stub of an
 * erased line is held to its place by nothing else.
 */
function requireLineOf(event: Uint8Array, index: number): void {
  if (event.at(-1) === lineFeed) throw invalid('the event ends with a line feed; its hash is that of the line without it');
  if (event.includes(lineFeed)) throw invalid('the event is more than one line');
  const start = utf8(`{"seq":${index},`);
  if (start.some((byte, i) => byte !== event[i])) throw invalid(`it is of line ${index}, the event does not begin with {"seq":${index},`);
}

function parseExtra(line: string): { extra: Uint8Array } {
  const extra = decodeBase64(line.slice('extra '.length));
  if (extra === undefined || extra.length === 0) throw malformed('its extra data is empty or not standard base64');
  return { extra };
}

function parseHash(line: string): Hash {
  const hash = decodeBase64(line);
  if (hash?.length === 32) return hash;
  throw malformed(`${JSON.stringify(line.slice(0, 80))} in its inclusion proof is not the base64 of 32 bytes`);
}

function malformed(why: string): LogError {
  return new LogError('PROOF_MALFORMED', `not a proof: ${why}`);
}

function invalid(why: string): LogError {
  return new LogError('PROOF_INVALID', `the proof does not hold: ${why}`);
}
