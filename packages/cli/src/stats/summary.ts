import type { OwnRecords } from './statistics.ts';

/** How often there was which text. */
export interface Counts {
  /** What was counted for texts that are not listed. */
  readonly others: number;
  /** The texts, the most frequent first. */
  sorted(): readonly (readonly [text: string, count: number])[];
}

/** How long operations of one name took. */
export interface DurationSummary {
  readonly count: number;
  /** Milliseconds; undefined where it is not known. */
  readonly maxMs: number | undefined;
  percentileMs(share: 0.5 | 0.95): number;
}

/** What many events have in common, however it was counted: here, from logs, or by a collector. */
export interface Summary {
  readonly events: number;
  readonly times: {
    /** Milliseconds; NaN where no event says a time. */
    readonly firstMs: number;
    readonly lastMs: number;
    /** The numbers of events in `columns` equal parts of the time from the first to the last. */
    columns(columns: number): readonly number[];
  };
  readonly types: Counts;
  readonly severities: Counts;
  readonly agents: Counts;
  /** `upload_failed`, and the first line of its error, apart by a line feed. */
  readonly errors: Counts;
  readonly durations: ReadonlyMap<string, DurationSummary>;
  readonly own: Readonly<Omit<OwnRecords, 'lostEvents'>> & { readonly lostEvents: number | undefined };
}
