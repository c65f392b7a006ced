// What a collector does on its own: deletes what is older than its tenant keeps, and looks at the room that is left.
import type { Clock, Timer } from '../clock.ts';
import type { CollectorConfig, TenantRetention } from '../config/config.ts';
import { messageOf } from '../config/error.ts';
import type { Journal } from '../own-log/journal.ts';
import { ownTenant } from '../own-log/own-log.ts';
import type { StoreUpkeep } from '../store/store.ts';

/** What upkeep works with. */
export interface UpkeepParts {
  readonly store: StoreUpkeep;
  readonly retention: CollectorConfig['retention'];
  /** Tenants that have logs here. */
  readonly tenants: () => readonly string[];
  readonly journal: Journal;
  readonly clock: Clock;
  readonly onTrouble: (code: string, message: string) => void;
}

const lookMs = 60_000;
const pruneMs = 3_600_000;
/** More than any correction of a clock that runs. */
const jumpMsMax = 6 * 3_600_000;
const freeBytesMin = 1024 * 1024 * 1024;
const forEver: TenantRetention = { maxAgeDays: 0, hold: false };

/** Runs until it is closed. Its configuration is the truth: what the store says of a tenant is brought in line with it. */
export class Upkeep {
  readonly #parts: UpkeepParts;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #prunedMs = -Infinity;
  #isClosed = false;
  #isLow = false;
  #isFailing = false;
  #isJumpTold = false;
  readonly #clockOffsetMs: number;
  /** What the store took when it was looked at last. */
  usage: { readonly events: number; readonly bytes: number; readonly freeBytes?: number };

  constructor(parts: UpkeepParts, usage: Upkeep['usage']) {
    this.#parts = parts;
    this.usage = usage;
    this.#clockOffsetMs = parts.clock.now() - parts.clock.monotonicMs();
    this.#schedule();
  }

  /** Ends when what is under way has. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#running;
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = this.#parts.clock.after(lookMs, () => {
      this.#running = this.#look().then(() => this.#schedule());
    });
  }

  async #look(): Promise<void> {
    const { store, clock, onTrouble } = this.#parts;
    try {
      this.usage = await store.usage();
      this.#tellRoom();
      if (clock.monotonicMs() - this.#prunedMs < pruneMs || this.#hasJumped()) return;
      await this.prune();
      this.#prunedMs = clock.monotonicMs();
      this.#isFailing = false;
    } catch (error) {
      if (!this.#isFailing) onTrouble('UPKEEP_FAILED', `the store could not be looked after: ${messageOf(error)}. It is tried again`);
      this.#isFailing = true;
    }
  }

  /** A clock that was set ahead would make everything look old: from then on nothing is deleted until a person has looked. */
  #hasJumped(): boolean {
    const { clock, onTrouble } = this.#parts;
    const jumpMs = clock.now() - clock.monotonicMs() - this.#clockOffsetMs;
    if (Math.abs(jumpMs) < jumpMsMax) return false;
    const message = `the machine's clock was set by ${Math.round(jumpMs / 3_600_000)} h: no events are deleted by their age any more`;
    if (!this.#isJumpTold) onTrouble('CLOCK_JUMPED', `${message}. Correct the clock, then start the collector anew`);
    this.#isJumpTold = true;
    return true;
  }

  /** Deletes what is older than its tenant keeps, and says what went. */
  async prune(): Promise<void> {
    const { store, journal, clock } = this.#parts;
    await this.#applyRules();
    for (const { logId, next, lines } of await store.prune(clock.now())) {
      const about = { target: { type: 'log', id: logId }, details: { lines, next } };
      journal.record({ type: 'events_pruned', message: `${lines} events deleted: older than they are kept`, ...about });
    }
  }

  async #applyRules(): Promise<void> {
    const { store, tenants, journal } = this.#parts;
    const stored = new Map((await store.retention()).map((rule) => [rule.tenant, rule]));
    for (const tenant of new Set([...tenants(), ...stored.keys()])) {
      const { maxAgeDays, hold } = this.#ruleOf(tenant);
      const known = stored.get(tenant) ?? forEver;
      if (known.maxAgeDays === maxAgeDays && known.hold === hold) continue;
      await store.setRetention({ tenant, maxAgeDays, hold });
      const about = { target: { type: 'tenant', id: tenant }, details: { max_age_days: maxAgeDays, hold } };
      journal.record({ type: 'retention_changed', message: `Retention of ${tenant} changed`, ...about });
    }
  }

  /** The collector's own log stays, unless it is named. */
  #ruleOf(tenant: string): TenantRetention {
    const { retention } = this.#parts;
    return retention.tenants.get(tenant) ?? (tenant === ownTenant ? forEver : retention);
  }

  #tellRoom(): void {
    const { freeBytes } = this.usage;
    const isLow = freeBytes !== undefined && freeBytes < freeBytesMin;
    if (isLow && !this.#isLow) {
      const left = `the store's disk has ${Math.floor(freeBytes / 1024 / 1024)} MiB left; once it is full, agents keep theirs`;
      this.#parts.onTrouble('STORE_DISK_LOW', `${left}. Make room, or keep events for fewer days`);
    }
    this.#isLow = isLow;
  }
}
