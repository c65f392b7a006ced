// Other collectors on the same store: what their logs are like, and what comes in there, so that whoever asks this one hears of all.
//
// The store is asked for their records, which are their commit points: a line below a record's size is there to be read, in order, and what
// has come since the last time is from the size that was known to the one that is. No clock of theirs is relied on.
import { all } from '@agent-audit/search';
import type { Clock, Timer } from '../clock.ts';
import { isVisible } from '../ingest/ownership.ts';
import type { Visible } from '../principal.ts';
import type { ArrivalKey, EventStore, LineBatch, LogRecord, SharedStore, StoredEvent } from '../store/store.ts';
import type { Live } from './live.ts';

/** What is known of logs, here. */
export interface LogDirectory {
  log(logId: string): LogRecord | undefined;
  /** Those that somebody may see. */
  logs(visible: Visible): readonly LogRecord[];
}

/** What it works with. */
export interface OtherCollectorsParts {
  readonly store: SharedStore & Pick<EventStore, 'arrivals'>;
  /** What this collector itself has taken. */
  readonly own: LogDirectory;
  readonly live: Live;
  readonly clock: Clock;
  /** Told when the store does not answer, and when it does again. */
  readonly onTrouble: (code: string, message: string) => void;
}

const askEveryMs = 1_000;
const pageEvents = 1_000;

/** The logs of all collectors on a store. */
export class OtherCollectors implements LogDirectory {
  readonly #parts: OtherCollectorsParts;
  #others: ReadonlyMap<string, LogRecord> = new Map();
  /** How far lines of others were told. */
  readonly #told = new Map<string, number>();
  #timer: Timer | undefined;
  #asking: Promise<void> = Promise.resolve();
  #isClosed = false;
  #isFailing = false;

  private constructor(parts: OtherCollectorsParts) {
    this.#parts = parts;
  }

  /** Reads what the others have; lines that come in from then on are told. Throws what the store does. */
  static async open(parts: OtherCollectorsParts): Promise<OtherCollectors> {
    const others = new OtherCollectors(parts);
    const records = await parts.store.othersRecords();
    others.#others = new Map(records.map((record) => [record.logId, record]));
    for (const { logId, size } of records) others.#told.set(logId, size);
    others.#schedule();
    return others;
  }

  log(logId: string): LogRecord | undefined {
    const own = this.#parts.own.log(logId);
    const other = this.#others.get(logId);
    return own === undefined || other === undefined ? (own ?? other) : newerOf(own, other);
  }

  logs(visible: Visible): readonly LogRecord[] {
    const own = this.#parts.own.logs({});
    const known = new Set(own.map(({ logId }) => logId));
    const elsewhere = [...this.#others.values()].filter(({ logId }) => !known.has(logId));
    return [...own, ...elsewhere].map((record) => this.log(record.logId) ?? record).filter((record) => isVisible(record, visible));
  }

  /** Asks no more, and resolves when nothing is on its way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#asking;
  }

  #schedule(): void {
    this.#timer = this.#parts.clock.after(askEveryMs, () => {
      this.#asking = this.#ask().then(
        () => this.#heard(),
        (error: unknown) => this.#failed(error),
      );
      void this.#asking.then(() => {
        if (!this.#isClosed) this.#schedule();
      });
    });
  }

  async #ask(): Promise<void> {
    const { store, own } = this.#parts;
    const records = await store.othersRecords();
    this.#others = new Map(records.map((record) => [record.logId, record]));
    for (const { logId, size } of records) {
      const known = Math.max(this.#told.get(logId) ?? 0, own.log(logId)?.size ?? 0);
      if (size > known) await this.#tell(logId, known, size);
      this.#told.set(logId, Math.max(known, size));
    }
  }

  /** Tells of lines [from, to) of a log. */
  async #tell(logId: string, from: number, to: number): Promise<void> {
    let after: ArrivalKey | undefined;
    for (;;) {
      const request = { visible: {}, query: all, receivedFromMs: 0, limit: pageEvents, lines: { logId, from, to } };
      const { events, more } = await this.#parts.store.arrivals({ ...request, ...(after === undefined ? {} : { after }) });
      this.#parts.live.stored(batchesOf(events));
      const last = events.at(-1);
      if (!more || last === undefined) return;
      after = { receivedMs: last.receivedAtMs, logId, seq: last.seq };
    }
  }

  #heard(): void {
    if (this.#isFailing) this.#parts.onTrouble('OTHERS_HEARD', 'the store answers again: what came in at other collectors is told');
    this.#isFailing = false;
  }

  /** Nothing is lost by it: what was not told is told when the store answers. */
  #failed(error: unknown): void {
    if (!this.#isFailing) {
      const why = error instanceof Error ? error.message : String(error);
      this.#parts.onTrouble('OTHERS_UNHEARD', `what comes in at other collectors is not heard of for now: ${why}`);
    }
    this.#isFailing = true;
  }
}

/** A fork outlasts everything; else the longer one counts, and of equal ones that which was heard of last. */
function newerOf(a: LogRecord, b: LogRecord): LogRecord {
  if (a.state !== b.state) return a.state === 'forked' ? a : b;
  if (a.size !== b.size) return a.size > b.size ? a : b;
  return a.seenAtMs >= b.seenAtMs ? a : b;
}

/** Lines of one log as batches: a batch is of one agent, and its lines follow one another. */
function batchesOf(events: readonly StoredEvent[]): readonly LineBatch[] {
  const runs: StoredEvent[][] = [];
  for (const event of events) {
    const last = runs.at(-1)?.at(-1);
    if (last?.agent === event.agent && last.tenant === event.tenant && last.seq + 1 === event.seq) runs.at(-1)?.push(event);
    else runs.push([event]);
  }
  return runs.flatMap((run) => {
    const [first] = run;
    if (first === undefined) return [];
    const { logId, origin, tenant, agent, seq, receivedAtMs, marks } = first;
    const bytes = Buffer.from(run.map(({ line }) => `${line}\n`).join(''));
    const relayed = marks.includes('RELAYED');
    return [{ logId, origin, tenant, agent, from: seq, bytes, lines: run.length, receivedAtMs, relayed }];
  });
}
