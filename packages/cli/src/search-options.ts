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

/**
 * What is looked for: a search, and the time that --since and --until bound. Undefined where that is everything.
 * @throws SearchRefused, CliError USAGE_BAD_VALUE
 */
export function matcherFor(search: string, args: Arguments, io: Pick<Io, 'now'>): Matcher | undefined {
  const reading = { nowMs: io.now(), utc: args.has('utc') };
  const since = args.text('since');
  const until = args.text('until');
  const bounds: Query[] = [
    ...(since === undefined ? [] : [timestamp('ge', readTime('since', since, reading))]),
    ...(until === undefined ? [] : [timestamp('lt', readTime('until', until, reading))]),
  ];
  try {
    const query = and([parse(search), ...bounds]);
    return query.kind === 'all' ? undefined : matcherOf(query);
  } catch (error) {
    if (error instanceof SearchError) throw new SearchRefused(search, error);
    throw error;
  }
}

function timestamp(op: 'ge' | 'lt', value: string): Query {
  return { kind: 'field', field: 'timestamp', tests: [{ op, value }] };
}
