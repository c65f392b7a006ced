import type { Commit, IngestStore, LogRecord } from '@agent-audit/collector';

/** Keeps records and forgets lines: what is measured with it is everything but the database. */
export class ForgetfulStore implements IngestStore {
  readonly #records = new Map<string, LogRecord>();

  async commit({ records }: Commit): Promise<void> {
    for (const record of records) this.#records.set(record.logId, record);
  }

  async records(): Promise<readonly LogRecord[]> {
    return [...this.#records.values()];
  }

  async record(logId: string): Promise<LogRecord | undefined> {
    return this.#records.get(logId);
  }

  async storedSize(_logId: string, from: number): Promise<number> {
    return from;
  }

  async lines(): Promise<{ readonly bytes: Uint8Array; readonly seqs: readonly number[] }> {
    return { bytes: new Uint8Array(0), seqs: [] };
  }

  async nodes(): Promise<readonly []> {
    return [];
  }

  async erase(): Promise<void> {}

  async alarmCounts(): Promise<ReadonlyMap<string, number>> {
    return new Map();
  }

  async alarms(): Promise<readonly []> {
    return [];
  }

  async cosigners(): Promise<readonly string[]> {
    return [];
  }

  async announce(): Promise<void> {}
}
