// Keeps a shipper at work on the log that is open: in which thread, for which origin, and what becomes of what it tells.
import { type Clock, orLate, type Timer } from '../clock.ts';
import { AuditError, type AuditErrorCode, type Trouble } from '../error.ts';
import type { Folder } from '../folder.ts';
import type { RemoteOptions } from '../remote-options.ts';
import { version } from '../version.ts';
import { MainShipHost, type ShipHost, type ShipHostParts, shipperFile, WorkerShipHost } from './host.ts';
import type { ShipEvent, ShipJob, TokenSource } from './messages.ts';

/** What shipping works with. */
export interface ShippingParts {
  readonly remote: RemoteOptions;
  readonly folder: Folder;
  readonly clock: Clock;
  /** `main` ships on this thread always: for tests that move the clock. */
  readonly on: 'worker' | 'main';
  /** An origin that is given up can be followed by another one: its key is the log's own to make. */
  readonly canBeginAnew: boolean;
  readonly random: () => number;
  readonly report: (error: AuditError) => void;
}

/** The log that is to be shipped. */
export interface ShippedLog {
  readonly vkey: string;
  readonly shared: SharedArrayBuffer;
  /** Gives its origin up. */
  readonly renounce: (why: string, message: string) => void;
}

/** How shipping goes. */
export interface RemoteHealth {
  /** Lines that the collector has, and has cosigned. */
  readonly size: number;
  /** Lines that it does not have. */
  readonly lagEvents: number;
  /** For how long the oldest of them that is sealed waits. */
  readonly lagMs: number;
  /** Which thread ships. */
  readonly shipper: 'worker' | 'main';
  /** Of the last try, where that failed. */
  readonly lastError?: string;
}

const stopMsMax = 2_000;
const stopMsMost = 60_000;
const restartMs = 1_000;
const workerDeathsMax = 3;
/** Of origins given up on a collector's word, one an hour: a collector that is wrong must not use up origin after origin. */
const renounceEveryMs = 3_600_000;

/** One logger's shipping, through every origin that it has. */
export class Shipping {
  readonly #parts: ShippingParts;
  readonly #troubles = new Map<AuditErrorCode, Trouble>();
  #log: ShippedLog | undefined;
  #host: ShipHost | undefined;
  #restart: Timer | undefined;
  #deaths = 0;
  #size = 0;
  #behindSinceMs: number | undefined;
  #renouncedMs: number | undefined;
  #stopSignal: AbortSignal | undefined;

  constructor(parts: ShippingParts) {
    this.#parts = parts;
  }

  /** What does not go as it should. */
  get troubles(): readonly Trouble[] {
    return [...this.#troubles.values()];
  }

  /** `size`: lines that the log has. */
  health(size: number): RemoteHealth {
    const lagMs = this.#behindSinceMs === undefined ? 0 : Math.max(0, this.#parts.clock.now() - this.#behindSinceMs);
    const last = this.troubles.at(-1)?.error.message;
    const shipper = this.#host?.kind ?? 'main';
    const how = { size: this.#size, lagEvents: Math.max(0, size - this.#size), lagMs, shipper };
    return last === undefined ? how : { ...how, lastError: last };
  }

  /** Ships this log from now on, and no other. */
  begin(log: ShippedLog): void {
    this.#host?.end();
    this.#log = log;
    this.#size = 0;
    this.#behindSinceMs = undefined;
    const told = this.#troubles.get('REMOTE_CONTRADICTS');
    this.#troubles.clear();
    if (told !== undefined) this.#troubles.set('REMOTE_CONTRADICTS', told);
    this.#start(log);
  }

  /** Until when stop() may wait for the collector: 2 s without a signal, until it aborts with one, a minute at most. */
  stopWithin(signal: AbortSignal | undefined): void {
    this.#stopSignal = signal;
  }

  /** Ships what is sealed, once more and at most so long, then ends. */
  async stop(): Promise<void> {
    this.#log = undefined;
    this.#restart?.cancel();
    const host = this.#host;
    if (host === undefined) return;
    const signal = this.#stopSignal;
    const stopped = signal === undefined ? host.stop() : Promise.race([host.stop(), aborted(signal)]);
    await orLate(this.#parts.clock, stopped, signal === undefined ? stopMsMax : stopMsMost, undefined);
    this.end();
  }

  /** Ends at once: the log is not this process's any more. */
  end(): void {
    this.#log = undefined;
    this.#restart?.cancel();
    this.#host?.end();
    this.#host = undefined;
  }

  #start(log: ShippedLog): void {
    const { folder, clock, random, on } = this.#parts;
    const file = on === 'worker' && this.#deaths < workerDeathsMax ? shipperFile() : undefined;
    const parts: ShipHostParts = {
      job: this.#jobFor(log),
      folder,
      clock,
      random,
      ask: () => this.#ask(),
      onEvent: (event) => this.#hear(log, event),
      onDeath: (reason) => this.#onDeath(log, reason),
    };
    this.#host = file === undefined ? new MainShipHost(parts) : new WorkerShipHost(file, parts);
  }

  #jobFor({ vkey, shared }: ShippedLog): ShipJob {
    const { folder, remote } = this.#parts;
    const { endpoint, cosigners, ca, proxies } = remote;
    const { logFile, fileMode } = folder;
    return { version, logFile, fileMode, vkey, shared, endpoint, cosigners, ca, proxies, token: tokenSource(remote.token) };
  }

  /** The caller's code: whatever it throws is a failure of this one try. */
  async #ask(): Promise<string> {
    const { token } = this.#parts.remote;
    const given: unknown = typeof token === 'function' ? await token() : undefined;
    if (typeof given !== 'string') throw new Error(`it gave a value of type ${typeof given}, no string`);
    return given;
  }

  /** What an origin that was given up still has to say is of no account. */
  #hear(log: ShippedLog, event: ShipEvent): void {
    if (log !== this.#log) {
      // While it stops, how far it came still counts.
      if (this.#log === undefined && event.kind === 'progress') this.#progress(event);
      return;
    }
    switch (event.kind) {
      case 'progress':
        return this.#progress(event);
      case 'failed':
        return this.#begin(new AuditError(event.code, 'retry', event.message));
      case 'well':
        this.#troubles.delete(event.code);
        return;
      case 'final':
        return this.#onFinal(log, event);
      case 'damaged':
        return this.#onDamaged(log, event.message);
      case 'token_wanted':
      case 'stopped':
        return;
    }
  }

  #progress({ size, behindSinceMs }: ShipEvent & { kind: 'progress' }): void {
    this.#size = size;
    this.#behindSinceMs = behindSinceMs;
  }

  /** Told when it begins, not each time that it is tried. */
  #begin(error: AuditError): void {
    const known = this.#troubles.get(error.code);
    this.#troubles.set(error.code, { error, sinceMs: known?.sinceMs ?? this.#parts.clock.now() });
    if (known === undefined) this.#parts.report(error);
  }

  #onFinal(log: ShippedLog, { why, message }: ShipEvent & { kind: 'final' }): void {
    const { clock, folder, canBeginAnew } = this.#parts;
    const now = clock.monotonicMs();
    const evidence = `The evidence is in ${folder.names.evidence} (${why})`;
    const hasJustRenounced = this.#renouncedMs !== undefined && now - this.#renouncedMs < renounceEveryMs;
    this.#troubles.delete('REMOTE_CONTRADICTS');
    if (!canBeginAnew || hasJustRenounced) {
      const next = canBeginAnew
        ? 'This is the second time within an hour: look at the collector, then restart'
        : 'The log is recorded and sealed on under this key, and not shipped: give another identityKey and move the log away, then restart';
      this.#begin(new AuditError('REMOTE_CONTRADICTS', 'stop', `${folder.logFile}: ${message}. ${evidence}. ${next}`));
      return;
    }
    this.#renouncedMs = now;
    const next = 'The origin is given up, its files are kept, and a new log is begun and shipped';
    this.#begin(new AuditError('REMOTE_CONTRADICTS', 'stop', `${folder.logFile}: ${message}. ${evidence}. ${next}`));
    log.renounce(why, message);
  }

  #onDamaged(log: ShippedLog, message: string): void {
    const { folder, canBeginAnew } = this.#parts;
    if (canBeginAnew) {
      log.renounce('root_mismatch', message);
      return;
    }
    const next = 'Nothing more of it is shipped; look at it with "agent-audit verify"';
    this.#begin(new AuditError('SHIPPING_FAILED', 'stop', `${folder.logFile} is not what was signed (${message}). ${next}`));
  }

  #onDeath(log: ShippedLog, reason: string): void {
    if (log !== this.#log) return;
    this.#host = undefined;
    this.#deaths++;
    const what = `the shipping thread of ${this.#parts.folder.logFile} ended (${reason}); another takes over`;
    this.#parts.report(new AuditError('SHIPPER_GONE', 'retry', what));
    this.#restart = this.#parts.clock.after(restartMs, () => this.#start(log));
  }
}

function tokenSource(token: RemoteOptions['token']): TokenSource {
  if (token === undefined) return { kind: 'none' };
  if (typeof token === 'function') return { kind: 'asked' };
  return typeof token === 'string' ? { kind: 'text', token } : { kind: 'file', path: token.file };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
