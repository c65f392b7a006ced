// Cursors: where an answer goes on, for one request and no other. A cursor is opaque, not secret: whoever changes one reaches another
// place among the rows that they may see anyway. Its check finds what was cut off, and what belongs to another request.
import { createHash } from 'node:crypto';
import { isLogId } from './log-id.ts';
import { Refusal } from '../refusal.ts';
import type { EventKey } from '../store/store.ts';

/** A place between events, and whether to go back from it. */
export interface EventsCursor {
  readonly key: EventKey;
  /** Against the order of the request. */
  readonly back: boolean;
}

const version = '1';
const checkChars = 16;

/**
 * A cursor as it stands on the wire.
 * @param request what the cursor goes with, in one form
 */
export function formatCursor(fields: readonly (string | number)[], request: string): string {
  const text = [version, ...fields].join('\n');
  return Buffer.from(`${checkOf(text, request)}${text}`).toString('base64url');
}

/**
 * What is in a cursor.
 * @throws Refusal CURSOR_MALFORMED
 */
export function parseCursor(cursor: string, request: string): readonly string[] {
  const decoded = Buffer.from(cursor, 'base64url').toString();
  const text = decoded.slice(checkChars);
  const [found, ...fields] = text.split('\n');
  if (decoded.slice(0, checkChars) !== checkOf(text, request) || found !== version) throw malformedCursor();
  return fields;
}

/** The refusal of a cursor that this request did not get. */
export function malformedCursor(): Refusal {
  const message =
    'the cursor belongs to a request with other parameters, or is not whole: take next or previous as they came, or start anew';
  return new Refusal('CURSOR_MALFORMED', message);
}

function checkOf(text: string, request: string): string {
  return createHash('sha256').update(`${text}\n\n${request}`).digest('base64url').slice(0, checkChars);
}

/** @see parseEventsCursor */
export function formatEventsCursor({ key, back }: EventsCursor, request: string): string {
  return formatCursor([back ? 'back' : 'on', key.timestampMs, key.nanos, key.logId, key.seq], request);
}

/**
 * Reads a place between events.
 * @throws Refusal CURSOR_MALFORMED
 */
export function parseEventsCursor(cursor: string, request: string): EventsCursor {
  const [direction, timestampMs = '', nanos = '', logId = '', seq = '', ...rest] = parseCursor(cursor, request);
  const key = { timestampMs: Number(timestampMs), nanos: Number(nanos), logId, seq: Number(seq) };
  const isKey = Number.isSafeInteger(key.timestampMs) && isNanos(key.nanos) && isLogId(logId) && isSeq(key.seq);
  if (!isKey || rest.length > 0 || (direction !== 'back' && direction !== 'on')) throw malformedCursor();
  return { key, back: direction === 'back' };
}

function isNanos(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 1_000_000;
}

function isSeq(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
