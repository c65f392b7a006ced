import type { LogGap } from '@agent-audit/log';
import type { IngestStore, LogRecord } from '../store/store.ts';

const alarmsMax = 10_000;

type GappedLog = Pick<LogRecord, 'logId' | 'tenant' | 'agent' | 'first'>;

/**
 * The gaps of logs. Only a log that goes on behind one has any, and what is known of it holds until it goes on behind another: so the
 * store is asked once for each.
 */
export class Gaps {
  readonly #store: Pick<IngestStore, 'alarms'>;
  readonly #known = new Map<string, { readonly first: number; readonly gaps: readonly LogGap[] }>();

  constructor(store: Pick<IngestStore, 'alarms'>) {
    this.#store = store;
  }

  /** The gaps of these logs, by log, then place. Throws what the store does. */
  async of(logs: readonly GappedLog[]): Promise<readonly LogGap[]> {
    const gaps: LogGap[] = [];
    for (const log of logs) if (log.first > 0) gaps.push(...(await this.#gapsOf(log)));
    return gaps;
  }

  async #gapsOf({ logId, tenant, agent, first }: GappedLog): Promise<readonly LogGap[]> {
    const known = this.#known.get(logId);
    if (known?.first === first) return known.gaps;
    const alarms = await this.#store.alarms({ tenant, agent }, alarmsMax);
    const gaps = alarms
      .filter((alarm) => alarm.logId === logId && alarm.kind === 'GAP')
      .flatMap(({ from, to }) => (from === undefined || to === undefined ? [] : [{ log: logId, agent, from, to }]))
      .toSorted((a, b) => a.from - b.from);
    const last = gaps.at(-1);
    // Its alarm is on its way, or was lost: until it is there, no line that may be missing is taken for there.
    if (last?.to !== first) return [...gaps, { log: logId, agent, from: last?.to ?? 0, to: first }];
    this.#known.set(logId, { first, gaps });
    return gaps;
  }
}
