// The parameters that every reading request has, and what they become: a request to the store that carries what the asker may see.
import { parse, print, type Query } from '@agent-audit/search';
import { type TInteger, type TOptional, type TString, Type } from 'typebox';
import { Refusal } from '../refusal.ts';

/** A search: all events where it is missing. */
export const searchParameter: TOptional<TString> = Type.Optional(
  Type.String({
    description: 'A search; see docs/cli.md. At most 4 KiB, 64 terms, depth 16.',
    examples: ['severity:>=WARN job_id:j-42 "connection reset"'],
  }),
);

const timeText = "RFC 3339 with any offset, at most milliseconds, or milliseconds since 1970; by the event's own time.";

/** The first instant that counts. */
export const sinceParameter: TOptional<TString> = Type.Optional(
  Type.String({ description: `Events from then on. ${timeText}`, examples: ['2026-11-24T14:00:00Z'] }),
);

/** The first instant that counts no more. */
export const untilParameter: TOptional<TString> = Type.Optional(
  Type.String({ description: `Events before then. ${timeText}`, examples: ['2026-11-24T15:00:00+01:00', '1764000000000'] }),
);

/** A place in an answer, as an earlier answer gave it. */
export const cursorParameter: TOptional<TString> = Type.Optional(
  Type.String({ description: '`next` or `previous` of an earlier answer to the same parameters.', maxLength: 1_024 }),
);

/** One log alone. */
export const logParameter: TOptional<TString> = Type.Optional(
  Type.String({ pattern: '^[0-9a-f]{32}$', description: 'Of this log alone: the 32 hex digits of its origin.' }),
);

/** How many items an answer may hold. */
export function limitParameter(what: string, most: number, byDefault: number): TOptional<TInteger> {
  return Type.Optional(Type.Integer({ description: `${what} at most.`, minimum: 1, maximum: most, default: byDefault }));
}

/** What a request may narrow events by, as it came. */
export interface SearchParameters {
  readonly q?: string;
  readonly since?: string;
  readonly until?: string;
}

/** The same, understood. */
export interface Search {
  readonly query: Query;
  /** The search in its one form, for the journal and for cursors. */
  readonly text: string;
  readonly sinceMs?: number;
  readonly untilMs?: number;
}

/**
 * Understands what events are narrowed by.
 * @throws SearchError; Refusal REQUEST_MALFORMED
 */
export function searchOf({ q = '', since, until }: SearchParameters): Search {
  const query = parse(q);
  const sinceMs = since === undefined ? undefined : instantMs('since', since);
  const untilMs = until === undefined ? undefined : instantMs('until', until);
  if (sinceMs !== undefined && untilMs !== undefined && untilMs < sinceMs)
    throw new Refusal('REQUEST_MALFORMED', `"until" ${until} lies before "since" ${since}: give the earlier one as since`);
  return {
    query,
    text: print(query),
    ...(sinceMs === undefined ? {} : { sinceMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
  };
}

const milliseconds = /^-?\d{1,16}$/;
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(?<fraction>\d+))?(?:Z|[+-]\d\d:\d\d)$/i;
/** What a Date can be: RFC 3339 has no other years, and the store none beyond. */
const earliestMs = Date.UTC(0, 0, 1);
const latestMs = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * A time of a parameter, in milliseconds since 1970.
 * @throws Refusal REQUEST_MALFORMED
 */
export function instantMs(name: string, text: string): number {
  const written = rfc3339.exec(text);
  const ms = milliseconds.test(text) ? Number(text) : written === null ? NaN : Date.parse(text);
  if (!Number.isSafeInteger(ms) || ms < earliestMs || ms > latestMs)
    throw new Refusal(
      'REQUEST_MALFORMED',
      `"${name}" ${JSON.stringify(text)} is no time: give 2026-11-24T14:00:00Z, or milliseconds since 1970`,
    );
  if (/[1-9]/.test(written?.groups?.['fraction']?.slice(3) ?? ''))
    throw new Refusal('REQUEST_MALFORMED', `"${name}" is finer than a millisecond: search for timestamp:>=${text} instead`);
  return ms;
}

/** What a journal says of a search: nothing that was not asked for is left out. */
export function searchDetails({ text, sinceMs, untilMs }: Search): Readonly<Record<string, unknown>> {
  return {
    q: text,
    ...(sinceMs === undefined ? {} : { since: new Date(sinceMs).toISOString() }),
    ...(untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() }),
  };
}
