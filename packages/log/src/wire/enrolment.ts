// POST /v1/logs: a collector learns of a log, once. The origin certifies the key, so whoever has a token may enrol a log; which tenant
// (and agent) it belongs to follows from the token of the first, for good.
import { objectOf } from './entries.ts';

/** What an agent says of its log. */
export interface Enrolment {
  readonly vkey: string;
  /** A checkpoint that this key signed. */
  readonly note: string;
}

/** What the collector has of it, and who will cosign. */
export interface Enrolled {
  /** 0 for a new log; what there is where it was enrolled before. */
  readonly size: number;
  /** The newest note with a cosignature, where there is one. */
  readonly note?: string;
  /** The vkeys of the collectors that cosign here: the one that answers first. An agent pins them at the first sight, or by its options. */
  readonly cosigners: readonly string[];
}

/** The JSON text of an enrolment. */
export function formatEnrolment({ vkey, note }: Enrolment): string {
  return JSON.stringify({ vkey, note });
}

/**
 * Reads an enrolment; whether the key is the origin's, and signed the note, is for the caller to verify.
 * @throws LogError WIRE_MALFORMED
 */
export function parseEnrolment(body: string): Enrolment {
  const { fields } = objectOf(body, 'the enrolment');
  return { vkey: fields.text('vkey'), note: fields.text('note') };
}

/** The JSON text of the answer. */
export function formatEnrolled({ size, note, cosigners }: Enrolled): string {
  return JSON.stringify({ size, note, cosigners });
}

/**
 * Reads the answer.
 * @throws LogError WIRE_MALFORMED
 */
export function parseEnrolled(body: string): Enrolled {
  const { fields } = objectOf(body, 'the answer to the enrolment');
  const note = fields.optionalText('note');
  const cosigners = fields.optionalTexts('cosigners');
  if (cosigners === undefined || cosigners.length === 0) throw fields.refuse('cosigners', 'names no key');
  return note === undefined ? { size: fields.count('size'), cosigners } : { size: fields.count('size'), note, cosigners };
}
