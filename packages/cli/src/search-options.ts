import { and, type Matcher, parse, type Query, SearchError } from '@agent-audit/search';
import type { Arguments } from './arguments.ts';
import type { OptionSpec } from './command.ts';
import type { Io } from './io.ts';
import { matcherOf } from './matcher.ts';
import { SearchRefused } from './report-error.ts';
import { readTime } from './time.ts';

/** Options that bound the time of events. */
export const timeOptions: readonly OptionSpec[] = [
  { name: 'since', value: 'TIME', about: 'events from then on: 15m, 2h, 7d (ago), today, 2026-11-24, RFC 3339' },
  { name: 'until', value: 'TIME', about: 'events before then' },
];

/** A search, and its bounds in time as RFC 3339. */
export interface BoundedSearch {
  readonly search: string;
  readonly query: Query;
  readonly since: string | undefined;
  readonly until: string | undefined;
}

/**
 * What is looked for: a search, and the time that --since and --until bound.
 * @throws SearchRefused, CliError USAGE_BAD_VALUE
 */
export function readSearch(search: string, args: Arguments, io: Pick<Io, 'now'>): BoundedSearch {
  const reading = { nowMs: io.now(), utc: args.has('utc') };
  const [since, until] = (['since', 'until'] as const).map((name) => {
    const text = args.text(name);
    return text === undefined ? undefined : readTime(name, text, reading);
  });
  try {
    return { search, query: parse(search), since, until };
  } catch (error) {
    if (error instanceof SearchError) throw new SearchRefused(search, error);
    throw error;
  }
}

/**
 * What is looked for, ready for the bytes of logs. Undefined where that is everything.
 * @throws SearchRefused, CliError USAGE_BAD_VALUE
 */
export function matcherFor(search: string, args: Arguments, io: Pick<Io, 'now'>): Matcher | undefined {
  const { query, since, until } = readSearch(search, args, io);
  const bounds: Query[] = [
    ...(since === undefined ? [] : [timestamp('ge', since)]),
    ...(until === undefined ? [] : [timestamp('lt', until)]),
  ];
  try {
    const bounded = and([query, ...bounds]);
    return bounded.kind === 'all' ? undefined : matcherOf(bounded);
  } catch (error) {
    if (error instanceof SearchError) throw new SearchRefused(search, error);
    throw error;
  }
}

function timestamp(op: 'ge' | 'lt', value: string): Query {
  return { kind: 'field', field: 'timestamp', tests: [{ op, value }] };
}
