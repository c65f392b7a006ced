// Where a tail stands. Within the process that gave it, a cursor is exact: the event that was told last, or a moment at which all had been
// told. For any other process it holds the time from which on the store is to be asked.
import { createHash } from 'node:crypto';
import { Refusal } from '../refusal.ts';

/** A place in what came in. It tells nothing of events that its reader may not see. */
export interface TailPlace {
  /** Names the process that gave it. */
  readonly run: string;
  /** By that process's growing clock, microseconds: everything that had come in before has been told. */
  readonly heardUs: number;
  /** Everything that was received before has been told, whichever collector took it; wall time. */
  readonly receivedMs: number;
  /** The event that was told last, if any. */
  readonly last?: { readonly logId: string; readonly seq: number };
}

const version = '1';
const checkChars = 10;
const placePattern =
  /^(?<version>\d+) (?<run>[0-9a-f]{16}) (?<heard>\d{1,16}) (?<received>\d{1,16})(?: (?<log>[0-9a-f]{32}) (?<seq>\d{1,16}))?$/;

/** A place as it stands on the wire. */
export function formatTailCursor({ run, heardUs, receivedMs, last }: TailPlace): string {
  const place = [version, run, heardUs, receivedMs, ...(last === undefined ? [] : [last.logId, last.seq])].join(' ');
  return Buffer.from(checkOf(place) + place).toString('base64url');
}

/**
 * Reads a place.
 * @throws Refusal CURSOR_MALFORMED
 */
export function parseTailCursor(cursor: string): TailPlace {
  const decoded = Buffer.from(cursor, 'base64url').toString();
  const place = decoded.slice(checkChars);
  const { version: found, run = '', heard, received, log, seq } = placePattern.exec(place)?.groups ?? {};
  if (found !== version || decoded.slice(0, checkChars) !== checkOf(place))
    throw new Refusal(
      'CURSOR_MALFORMED',
      'Last-Event-ID is no place of this tail: take the id of its last message as it came, or leave it out',
    );
  const last = log === undefined ? {} : { last: { logId: log, seq: Number(seq) } };
  return { run, heardUs: Number(heard), receivedMs: Number(received), ...last };
}

function checkOf(place: string): string {
  return createHash('sha256').update(`tail ${place}`).digest('base64url').slice(0, checkChars);
}
