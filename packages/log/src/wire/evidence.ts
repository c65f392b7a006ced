// POST /v1/logs/{id}/evidence: what an agent found that can never be right: two checkpoints of one log that contradict each other. Both
// sides keep both notes.
import { objectOf } from './entries.ts';

/** fork: two histories under one origin · rollback: the agent's log is older than what it had sent (a restored image, say). */
export type EvidenceKind = 'fork' | 'rollback';

/** The agent's half; the collector adds its own. */
export interface Evidence {
  readonly kind: EvidenceKind;
  /** The checkpoint that the agent's log has, signed by it. */
  readonly note: string;
  /** In words for a person: what was compared, at which size. */
  readonly message: string;
}

/** The JSON text of evidence. */
export function formatEvidence({ kind, note, message }: Evidence): string {
  return JSON.stringify({ kind, note, message });
}

/**
 * Reads evidence.
 * @throws LogError WIRE_MALFORMED
 */
export function parseEvidence(body: string): Evidence {
  const { fields } = objectOf(body, 'the evidence');
  const kind = fields.text('kind');
  if (kind !== 'fork' && kind !== 'rollback') throw fields.refuse('kind', 'is not fork or rollback');
  return { kind, note: fields.text('note'), message: fields.text('message') };
}
