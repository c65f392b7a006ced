// The proof of one line, from a collector: verified here before anything is written, for whoever gets it will verify it too.
import {
  type Cosignature,
  LogError,
  openCosignatures,
  originMatchesKey,
  parseOrigin,
  parseProof,
  parseVerifierKey,
  proofAnswer,
  proofPath,
  verifyProof,
} from '@agent-audit/log';
import { verifyEd25519 } from 'agent-audit/files';
import { CliError } from '../error.ts';
import type { Collector } from './client.ts';

/** The id of a log, or its origin, which ends with it. */
const logName = /^(?:[A-Za-z0-9._-]{1,64}\/)?([0-9a-f]{32})$/;

/** The id of the log that a name is about; undefined where it is a path, say. */
export function logIdOf(name: string): string | undefined {
  return logName.exec(name)?.[1];
}

/** What proves a line, and who has seen the checkpoint that it stands under. */
export interface RemoteProof {
  readonly event: Uint8Array;
  readonly proof: string;
  readonly vkey: string;
  readonly cosignatures: readonly Cosignature[];
}

/**
 * Fetches the proof of a line, and verifies it.
 * @param log the id or the origin of its log
 * @throws CliError as Collector does; COLLECTOR_ANSWER_MALFORMED where the proof does not hold
 */
export async function fetchProof(collector: Collector, log: string, seq: number): Promise<RemoteProof> {
  const id = logIdOf(log) ?? '';
  const answer = await collector.get(proofAnswer, proofPath(id, seq));
  const event = Buffer.from(answer.line_base64, 'base64');
  try {
    const key = parseVerifierKey(answer.vkey);
    if (!originMatchesKey(key.name, key.publicKey) || parseOrigin(key.name).logId !== id || (log !== id && log !== key.name))
      throw new LogError('CHECKPOINT_OTHER_ORIGIN', `it is of the log ${key.name}, not of ${log}`);
    const { index } = verifyProof({ event, proof: answer.proof, policy: key, verify: verifyEd25519 });
    if (index !== seq) throw new LogError('PROOF_INVALID', `it is of line ${index}, not of ${seq}`);
    const { checkpoint } = parseProof(answer.proof);
    const cosignatures = openCosignatures(checkpoint, answer.cosigners.map(parseVerifierKey), verifyEd25519);
    return { event, proof: answer.proof, vkey: answer.vkey, cosignatures };
  } catch (cause) {
    if (!(cause instanceof LogError)) throw cause;
    const told = `${collector.access.url}: the proof that it gives for line ${seq} does not hold: ${cause.message} (${cause.code})`;
    throw new CliError('COLLECTOR_ANSWER_MALFORMED', `${told}; keep its answer, and ask who runs it`, { cause });
  }
}
