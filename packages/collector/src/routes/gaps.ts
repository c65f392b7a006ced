import type { LogGap } from '@agent-audit/log';
import { all } from '@agent-audit/search';
import type { Alarm, EventStore, IngestStore, LogRecord } from '../store/store.ts';
import { timeText } from './event-view.ts';

/** Of one log. */
const alarmsMax = 10_000;
const alarmsOfAllMax = 1_000_000;
/** Logs of which one asks the store one by one. */
const fewLogs = 4;

type GappedLog = Pick<LogRecord, 'logId' | 'tenant' | 'agent' | 'first'>;
type GapStore = Pick<IngestStore, 'alarms'> & Pick<EventStore, 'arrivals'>;

/** A gap, and whose log it is in. */
interface FoundGap extends LogGap {
  readonly tenant: string;
}

/** Gaps of some logs. */
export interface FoundGaps {
  readonly total: number;
  /** The first of them, by log, then place. */
  readonly listed: readonly LogGap[];
}

/**
 * The gaps of logs. Only a log that goes on behind one has any, and what is known of it holds until it goes on behind another: so the
 * store is asked once for each, or for all at once.
 */
export class Gaps {
  readonly #store: GapStore;
  readonly #known = new Map<string, { readonly first: number; readonly gaps: readonly FoundGap[] }>();
  /** Gaps with the times of both neighbours: what they say does not change. */
  readonly #timed = new Map<string, LogGap>();

  constructor(store: GapStore) {
    this.#store = store;
  }

  /** The gaps of these logs, by log, then place, without times. Throws what the store does. */
  async of(logs: readonly GappedLog[]): Promise<readonly FoundGap[]> {
    const gapped = logs.filter(({ first }) => first > 0);
    const alarms = await this.#alarmsOf(gapped.filter((log) => this.#knownOf(log) === undefined));
    return gapped.flatMap((log) => this.#knownOf(log) ?? this.#gapsIn(log, alarms.get(log.logId) ?? []));
  }

  /** The same, so many of them. Throws what the store does. */
  async untimed(logs: readonly GappedLog[], most: number): Promise<FoundGaps> {
    const gaps = await this.of(logs);
    return { total: gaps.length, listed: gaps.slice(0, most).map(({ log, agent, from, to }) => ({ log, agent, from, to })) };
  }

  /** The same, so many of them, with the times between which they lie. Throws what the store does. */
  async listed(logs: readonly GappedLog[], most: number): Promise<FoundGaps> {
    const gaps = await this.of(logs);
    return { total: gaps.length, listed: await this.timed(gaps.slice(0, most)) };
  }

  /** Gaps with the times between which they lie. Throws what the store does. */
  timed(gaps: readonly FoundGap[]): Promise<readonly LogGap[]> {
    return Promise.all(gaps.map((gap) => this.#timedGap(gap)));
  }

  async #timedGap({ tenant, ...gap }: FoundGap): Promise<LogGap> {
    const key = `${gap.log}/${gap.from}-${gap.to}`;
    const known = this.#timed.get(key);
    if (known !== undefined) return known;
    const timeOf = async (seq: number): Promise<string | undefined> => {
      const lines = { logId: gap.log, from: seq, to: seq + 1 };
      const request = { visible: { tenant, agent: gap.agent }, query: all, receivedFromMs: 0, limit: 1, lines };
      const [line] = (await this.#store.arrivals(request)).events;
      return line === undefined ? undefined : timeText(line.timestampMs);
    };
    const [from, to] = await Promise.all([gap.from === 0 ? undefined : timeOf(gap.from - 1), timeOf(gap.to)]);
    const timed = { ...gap, ...(from === undefined ? {} : { from_time: from }), ...(to === undefined ? {} : { to_time: to }) };
    if ((from !== undefined || gap.from === 0) && to !== undefined) this.#timed.set(key, timed);
    return timed;
  }

  #knownOf({ logId, first }: GappedLog): readonly FoundGap[] | undefined {
    const known = this.#known.get(logId);
    return known?.first === first ? known.gaps : undefined;
  }

  /** Their alarms, by log: asked for each of a few, or for all at once. */
  async #alarmsOf(logs: readonly GappedLog[]): Promise<ReadonlyMap<string, readonly Alarm[]>> {
    if (logs.length <= fewLogs) {
      const one = async ({ logId, tenant, agent }: GappedLog): Promise<readonly [string, readonly Alarm[]]> =>
        [logId, await this.#store.alarms({ tenant, agent }, alarmsMax, logId)];
      return new Map(await Promise.all(logs.map(one)));
    }
    const byLog = new Map<string, Alarm[]>(logs.map(({ logId }) => [logId, []]));
    for (const alarm of await this.#store.alarms({}, alarmsOfAllMax)) byLog.get(alarm.logId)?.push(alarm);
    return byLog;
  }

  #gapsIn({ logId, tenant, agent, first }: GappedLog, alarms: readonly Alarm[]): readonly FoundGap[] {
    const gaps = alarms
      .filter((alarm) => alarm.logId === logId && alarm.kind === 'GAP')
      .flatMap(({ from, to }) => (from === undefined || to === undefined ? [] : [{ log: logId, tenant, agent, from, to }]))
      .toSorted((a, b) => a.from - b.from);
    const last = gaps.at(-1);
    // Its alarm is on its way, or was lost: until it is there, no line that may be missing is taken for there.
    if (last?.to !== first) return [...gaps, { log: logId, tenant, agent, from: last?.to ?? 0, to: first }];
    this.#known.set(logId, { first, gaps });
    return gaps;
  }
}
