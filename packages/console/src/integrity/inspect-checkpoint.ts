// What a log's newest checkpoint says of the whole log, and who vouches for it.
import {
  type Checkpoint,
  cosignatureKeyType,
  type Ed25519Verify,
  formatVerifierKey,
  LogError,
  openCheckpoint,
  openCosignatures,
  originMatchesKey,
  parseOrigin,
  parseVerifierKey,
  type VerifierKey,
} from '@agent-audit/log';
import type { Witnessed } from './inspect.ts';
import { countOf } from './sentence.ts';
import { isPinned, type Pin } from './trust.ts';

/** The newest checkpoint of a log, as it came. Nothing about it is verified. */
export interface CheckpointEvidence {
  /** The log that was asked for. */
  readonly logId: string;
  readonly vkey: string;
  /** The signed note. */
  readonly note: string;
  /** Vkeys of witnesses. */
  readonly cosigners: readonly string[];
}

/** What was found. */
export type CheckpointInspection =
  | { readonly holds: true; readonly log: VerifierKey; readonly checkpoint: Checkpoint; readonly witnesses: readonly Witnessed[] }
  | { readonly holds: false; readonly why: string };

/** Verifies it. Never throws on what it is given. */
export function inspectCheckpoint({ logId, vkey, note, cosigners }: CheckpointEvidence, verify: Ed25519Verify): CheckpointInspection {
  try {
    const log = parseVerifierKey(vkey);
    if (parseOrigin(log.name).logId !== logId || !originMatchesKey(log.name, log.publicKey)) {
      return { holds: false, why: 'the key is not the one that the log’s origin certifies' };
    }
    const checkpoint = openCheckpoint(note, log, verify);
    const keys = cosigners.map(parseVerifierKey).filter(({ type }) => type === cosignatureKeyType);
    return { holds: true, log, checkpoint, witnesses: openCosignatures(note, keys, verify) };
  } catch (error) {
    if (error instanceof LogError) return { holds: false, why: error.message };
    throw error;
  }
}

/** It, in one sentence. @param timeText how a time in milliseconds is told */
export function checkpointSentence(
  inspection: CheckpointInspection,
  pins: readonly Pin[],
  timeText: (ms: number) => string,
  countText: (value: number) => string,
): string {
  if (!inspection.holds) return `Its checkpoint does not hold: ${inspection.why}.`;
  const { log, checkpoint, witnesses } = inspection;
  const keys = [log, ...new Set(witnesses.map(({ key }) => key))];
  const pinned = keys.filter((key) => isPinned(pins, formatVerifierKey(key))).length;
  const lines = `${countText(checkpoint.size)} ${checkpoint.size === 1 ? 'line' : 'lines'}`;
  const trusted = pinned === 0 ? 'you pinned none' : `you pinned ${pinned === keys.length ? 'all' : countOf(pinned, '').trim()}`;
  if (witnesses.length === 0) return `${lines}, signed by its own key alone; ${pinned === 0 ? 'you did not pin it' : 'you pinned it'}.`;
  const newestMs = Math.max(...witnesses.map(({ timeSeconds }) => timeSeconds)) * 1000;
  return `${lines}, as witnessed at ${timeText(newestMs)}; ${countOf(keys.length, 'key')} say so, ${trusted}.`;
}
