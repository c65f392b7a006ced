import type { Clock, Timer } from '../clock.ts';
import { DatabaseError } from '../db/database.ts';
import type { Journal } from '../own-log/journal.ts';
import { Refusal } from '../refusal.ts';
import { storeRefusal, StoreRefusals } from '../store-refusal.ts';
import type { Alarm, IngestStore, LineBatch, LogRecord } from '../store/store.ts';
import { RaisedAlarms } from './alarms.ts';
import { Committer, type Partition, type Work } from './committer.ts';
import type { IngestLimits } from './limits.ts';
import { type LogState, Registry } from './registry.ts';

export interface LedgerParts {
  readonly store: IngestStore;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly limits: IngestLimits;
  readonly onCommitted: (batches: readonly LineBatch[]) => void;
  readonly partition?: Partition;
}

/**
 * What the collector has of every log, and the one way to change it: through a commit. Where the store fails, what was held for true of
 * its logs is in doubt, and is read back before anything else is done with them.
 */
export class Ledger {
  readonly registry: Registry;
  readonly #parts: LedgerParts;
  readonly #committer: Committer;
  readonly #raised = new RaisedAlarms();
  readonly #refusals: StoreRefusals;
  #isFailing = false;
  #writing: Timer | undefined;
  #isClosed = false;

  private constructor(parts: LedgerParts, registry: Registry) {
    this.#parts = parts;
    this.registry = registry;
    this.#refusals = new StoreRefusals(() => parts.clock.monotonicMs());
    const { store, limits, onCommitted, partition = (batch) => [batch] } = parts;
    this.#committer = new Committer({ store, bytesMax: limits.commitBytesMax, lazily: registry, onCommitted, partition });
  }

  /** Reads all records from the store. Throws what the store does. */
  static async load(parts: LedgerParts): Promise<Ledger> {
    return new Ledger(parts, await Registry.load(parts.store));
  }

  /** With what the store refuses to take any lines, since it took some last; undefined where it does not. */
  get refusal(): Refusal | undefined {
    return this.#refusals.ofCollector;
  }

  /** Calls the store. @throws Refusal UNAVAILABLE, STORE_FULL, STORE_REFUSED where that fails */
  async asking<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw error instanceof Refusal ? error : this.#refusalOf(error);
    }
  }

  /**
   * The state of a log; undefined where it was not enrolled. Only for whoever has the log's lane.
   * @throws Refusal UNAVAILABLE where it is in doubt and the store does not answer
   */
  settled(logId: string): Promise<LogState | undefined> {
    return this.asking(() => this.registry.settled(logId));
  }

  /**
   * Makes the work durable. Only for whoever has the log's lane.
   * @throws Refusal UNAVAILABLE, STORE_FULL, STORE_REFUSED: nothing is known of it
   */
  async commit(logId: string, work: Work, stored?: number): Promise<void> {
    const alarms = (work.alarms ?? []).filter((alarm) => !this.#raised.has(alarm));
    if (alarms.length > 0 || work.record !== undefined || work.batch !== undefined) {
      const durable = (): void => {
        this.#isFailing = false;
        this.#refusals.worked();
        if (work.record !== undefined) this.registry.committed(work.record, stored);
      };
      const unknown = (): void => this.registry.doubt(logId);
      await this.asking(() => this.#committer.submit({ ...work, alarms }, { durable, unknown }));
    }
    for (const alarm of alarms) this.#tell(alarm);
  }

  /** A heartbeat: known at once, written within `heartbeatsWrittenMs`. A crash before costs the time of that heartbeat, nothing else. */
  heard(record: LogRecord): void {
    this.registry.heard(record);
    this.#writeSoon();
  }

  /** Writes what waits, as far as the store takes it, and resolves when nothing is on its way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#writing?.cancel();
    this.#writing = undefined;
    this.#committer.writeLazy();
    await this.#committer.idle();
  }

  #writeSoon(): void {
    this.#writing ??= this.#parts.clock.after(this.#parts.limits.heartbeatsWrittenMs, () => {
      this.#writing = undefined;
      this.#committer.writeLazy();
      void this.#committer.idle().then(() => {
        if (this.registry.hasUnwritten && !this.#isClosed) this.#writeSoon();
      });
    });
  }

  #tell(alarm: Alarm): void {
    this.#raised.add(alarm);
    const { kind, message, logId, id } = alarm;
    const details = { kind, alarm_id: id, origin: alarm.origin };
    this.#parts.journal.record({ type: 'alarm_raised', severity: 'CRITICAL', message, target: { type: 'log', id: logId }, details });
  }

  /** Told to people once, until something was stored again: each refused request would say the same. */
  #refusalOf(error: unknown): Refusal {
    if (!this.#isFailing) {
      const message = 'the store fails: no lines are taken until it works again; agents keep them';
      this.#parts.journal.record({ type: 'internal_error', severity: 'ERROR', message, outcome: 'failure', error });
    }
    this.#isFailing = true;
    if (error instanceof DatabaseError && error.code === 'DB_FULL') {
      const full = "the store's disk is full; keep the lines and come again";
      return new Refusal('STORE_FULL', full, { retryAfterSeconds: 30, cause: error });
    }
    const refused = storeRefusal(error, 0);
    if (refused !== undefined) {
      this.#refusals.failed(error);
      return this.#refusals.now ?? refused;
    }
    const unavailable = 'the store does not answer as it should; keep the lines and come again';
    return new Refusal('UNAVAILABLE', unavailable, { retryAfterSeconds: 5, cause: error });
  }
}
