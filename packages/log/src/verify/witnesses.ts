import { openCosignatures } from '../cosignature.ts';
import { LogError } from '../error.ts';
import type { Ed25519Verify, VerifierKey } from '../key.ts';
import { parseNote } from '../note.ts';
import { type Policy, satisfiesPolicy, withLog } from '../policy.ts';
import type { PlannedCheckpoint } from './plan.ts';
import { decimal, type Problem } from './problem.ts';

/** One witness's word that it saw a checkpoint. */
export interface Witnessing {
  readonly name: string;
  /** Seconds since 1970, by the witness's clock. */
  readonly timeSeconds: number;
  /** Whether the cosignature was verified: false where no key for it was given. */
  readonly verified: boolean;
}

/** The newest checkpoint that somebody else has seen. */
export interface Witnessed {
  readonly size: number;
  readonly by: readonly Witnessing[];
}

/** What the cosignatures come to. */
export interface WitnessFinding {
  readonly witnessed?: Witnessed;
  readonly problems: readonly Problem[];
}

const timeBytes = 8;
const cosignatureBytes = timeBytes + 64;

/**
 * The newest of the log's checkpoints that carries a cosignature. With keys, only those of the keys count; without, what is
 * there is reported as it claims to be.
 */
export function findWitnessed(
  signed: readonly PlannedCheckpoint[],
  cosigners: readonly VerifierKey[],
  verify: Ed25519Verify,
): WitnessFinding {
  const problems: Problem[] = [];
  for (const { size, note, source } of newestFirst(signed)) {
    const by = cosigners.length > 0 ? verifiedBy(note, cosigners, verify) : claimedBy(note);
    if (by instanceof LogError) problems.push({ code: 'COSIGNATURE_INVALID', message: `${source}, size ${decimal(size)}: ${by.message}` });
    else if (by.length > 0) return { witnessed: { size, by }, problems };
  }
  return { problems };
}

function verifiedBy(note: string, cosigners: readonly VerifierKey[], verify: Ed25519Verify): Witnessing[] | LogError {
  try {
    return openCosignatures(note, cosigners, verify).map(({ key, timeSeconds }) => ({ name: key.name, timeSeconds, verified: true }));
  } catch (error) {
    if (error instanceof LogError) return error;
    throw error;
  }
}

function claimedBy(note: string): Witnessing[] {
  return parseNote(note)
    .signatures.filter(({ bytes }) => bytes.length === cosignatureBytes)
    .map(({ name, bytes }) => ({ name, timeSeconds: claimedTime(bytes), verified: false }));
}

function claimedTime(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, timeBytes).getBigUint64(0));
}

/** What a policy comes to. */
export interface PolicyFinding {
  readonly satisfied: boolean;
  readonly witnessed?: Witnessed;
  readonly problems: readonly Problem[];
}

/**
 * The newest of the log's checkpoints that the policy accepts. A policy that lists no log is one about witnesses alone: then
 * the log's own key is the one it is about.
 */
export function findAccepted(
  signed: readonly PlannedCheckpoint[],
  policy: Policy,
  key: VerifierKey,
  verify: Ed25519Verify,
): PolicyFinding {
  const effective = policy.logs.length === 0 ? withLog(policy, key) : policy;
  let refusal: string | undefined;
  for (const { note, source, size } of newestFirst(signed)) {
    const verdict = judge(note, effective, verify);
    if (!(verdict instanceof LogError) && verdict.satisfied) {
      const by = verdict.witnesses.map(({ witness, timeSeconds }) => ({ name: witness.name, timeSeconds, verified: true }));
      return { satisfied: true, ...(by.length > 0 && { witnessed: { size, by } }), problems: [] };
    }
    const why = verdict instanceof LogError ? verdict.message : `the quorum lacks ${verdict.lacking}`;
    refusal ??= `${source}, size ${decimal(size)}: ${why}`;
  }
  const message = refusal ?? 'the log has no checkpoint that its key signed';
  return { satisfied: false, problems: [{ code: 'POLICY_NOT_SATISFIED', message }] };
}

function judge(note: string, policy: Policy, verify: Ed25519Verify): ReturnType<typeof satisfiesPolicy> | LogError {
  try {
    return satisfiesPolicy(note, policy, verify);
  } catch (error) {
    if (error instanceof LogError) return error;
    throw error;
  }
}

/** Descending by size; of one size, what came from outside the sidecars first, for it may carry more signatures. */
function newestFirst(checkpoints: readonly PlannedCheckpoint[]): PlannedCheckpoint[] {
  const outer = (checkpoint: PlannedCheckpoint): number => (checkpoint.kind === 'sidecar' ? 1 : 0);
  return checkpoints.toSorted((a, b) => b.size - a.size || outer(a) - outer(b));
}
