// A section of the report: it measures, and says what it found as Markdown, as figures, and against the goals that the project set itself.
import type { BenchOptions } from './options.ts';
import type { Measurement } from './load.ts';

export interface Goal {
  readonly what: string;
  readonly goal: string;
  readonly measured: string;
  /** Undefined where it could not be measured. */
  readonly met: boolean | undefined;
}

export interface SectionReport {
  readonly markdown: string;
  readonly goals: readonly Goal[];
  /** Every round, by measure and contender: for --json. */
  readonly figures: Readonly<Record<string, Readonly<Record<string, readonly Measurement[]>>>>;
}

export interface SectionContext {
  readonly options: BenchOptions;
  /** Says what runs now, for a person who waits. */
  readonly progress: (text: string) => void;
}

export interface Section {
  readonly name: string;
  readonly title: string;
  readonly run: (context: SectionContext) => Promise<SectionReport>;
}

type Limit = { readonly atLeast: number } | { readonly atMost: number };

/** A goal that a figure must reach, from below or from above. */
export function goalOf(what: string, value: number, limit: Limit, format: (value: number) => string): Goal {
  const isFloor = 'atLeast' in limit;
  const bound = isFloor ? limit.atLeast : limit.atMost;
  const met = isFloor ? value >= bound : value <= bound;
  return {
    what,
    goal: `${isFloor ? '≥' : '≤'} ${format(bound)}`,
    measured: format(value),
    met: Number.isFinite(value) ? met : undefined,
  };
}
