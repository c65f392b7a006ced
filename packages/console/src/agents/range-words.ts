// The time that a rate is of, in words that go on after a number: `12 events in the last 24 hours`.
import { rangePresets, sinceByDefault, type TimeRange } from '../app/range.ts';
import { useRange } from '../app/use-range.ts';

/** The time that all pages look at. */
export function useRangeWords(): string {
  return rangeWords(useRange());
}

function rangeWords({ since = sinceByDefault, until }: TimeRange): string {
  if (until !== undefined) return 'in the chosen time';
  if (since === 'all') return 'in all time';
  const preset = rangePresets.find((one) => one.since === since);
  return preset === undefined ? 'since then' : `in the ${preset.label.toLowerCase()}`;
}
