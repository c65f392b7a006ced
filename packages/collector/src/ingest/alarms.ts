import { createHash } from 'node:crypto';
import type { Alarm, AlarmKind, LogRecord } from '../store/store.ts';

/** What an alarm says, besides of which log. */
export interface AlarmFacts {
  readonly kind: AlarmKind;
  readonly atMs: number;
  readonly message: string;
  readonly notes: readonly string[];
  readonly from?: number;
  readonly to?: number;
}

/** The same message about the same log has the same id, whenever it is found: whoever repeats himself raises one alarm. */
export function alarmOf({ tenant, agent, logId, origin }: LogRecord, facts: AlarmFacts): Alarm {
  const said = JSON.stringify([logId, facts.kind, facts.message]);
  const id = createHash('sha256').update(said).digest('hex').slice(0, 32);
  return { id, tenant, agent, logId, origin, ...facts };
}

const remembered = 10_000;

/** Alarms that are stored already, so that they are not written again and again. */
export class RaisedAlarms {
  readonly #ids = new Set<string>();

  has({ id }: Alarm): boolean {
    return this.#ids.has(id);
  }

  add({ id }: Alarm): void {
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > remembered && oldest !== undefined) this.#ids.delete(oldest);
  }
}
