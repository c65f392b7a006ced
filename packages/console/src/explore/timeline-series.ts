// What stands stacked in a bar of the timeline: severities, or the most frequent types.
import type { HistogramAnswer, TimeBar } from '@agent-audit/log';

/** What the bars of a timeline are made of. */
export type TimelineBy = HistogramAnswer['by'];

/** One colour of the timeline. */
export interface Series {
  /** The value that a search would name; undefined for all others together. */
  readonly value: string | undefined;
  /** CSS class of its bars and of its sign. */
  readonly look: string;
  readonly total: number;
}

/** What is drawn first stands at the bottom: the worst, so that it is never hidden by what is common. */
const severities = ['CRITICAL', 'ERROR', 'WARN', 'INFO', 'DEBUG'] as const;
/** Types with a colour of their own; more could not be told apart. */
const typesMax = 6;
/** What the collector calls all types together that have no series of their own in its answer. */
const collectorsOther = 'other';

/** The series of a timeline, from the bottom of its bars up; those without events are left out. */
export function seriesOf({ by, bars }: Pick<HistogramAnswer, 'by' | 'bars'>): readonly Series[] {
  const totals = new Map<string, number>();
  for (const { counts } of bars) for (const { value, count } of counts) totals.set(value, (totals.get(value) ?? 0) + count);
  const named = by === 'severity' ? severities : topTypes(totals);
  const lookOf = (value: string, index: number): string => (by === 'severity' ? value.toLowerCase() : `type-${index}`);
  const series = named.map((value, index) => ({ value, look: lookOf(value, index), total: totals.get(value) ?? 0 }));
  const all = [...totals.values()].reduce((sum, total) => sum + total, 0);
  const rest = { value: undefined, look: 'other', total: all - series.reduce((sum, { total }) => sum + total, 0) };
  return [...series, rest].filter(({ total }) => total > 0);
}

/** The most frequent first; the same wherever the counts are the same. */
function topTypes(totals: ReadonlyMap<string, number>): readonly string[] {
  const named = [...totals].filter(([value]) => value !== collectorsOther);
  const ordered = named.toSorted(([left, most], [right, more]) => more - most || (left < right ? -1 : 1));
  return ordered.slice(0, typesMax).map(([value]) => value);
}

/** How much of each series stands in a bar. */
export function amountsOf({ counts }: TimeBar, series: readonly Series[]): readonly number[] {
  const named = new Set(series.map(({ value }) => value));
  const amount = (isIn: (value: string) => boolean): number => counts.reduce((sum, { value, count }) => sum + (isIn(value) ? count : 0), 0);
  return series.map(({ value }) => amount(value === undefined ? (other) => !named.has(other) : (other) => other === value));
}
