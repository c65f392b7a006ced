// The public class, and the composition root: every part of the recorder is made and connected here.
import type { Catalog } from './catalog.ts';
import { type Clock, systemClock } from './clock.ts';
import type { Context } from './context.ts';
import { Core } from './core.ts';
import { type Disk, diskErrorCode, systemDisk } from './disk.ts';
import { unknownVariables } from './environment.ts';
import { AuditError, type AuditErrorCode, messageOf, type Trouble } from './error.ts';
import { EventLogger } from './event-logger.ts';
import { unwatchExit, watchExit } from './exit.ts';
import { lines } from './files/index.ts';
import { type Folder, folderOf } from './folder.ts';
import { notWritable } from './log-path.ts';
import { type LoggerOptions, type ResolvedOptions, resolveOptions } from './options.ts';
import { Session } from './record/session.ts';
import type { SessionOptions } from './record/session-options.ts';
import { type Report, reporter } from './report.ts';
import { removeCursor } from './seal/cursor.ts';
import { type RemoteHealth, Shipping } from './ship/shipping.ts';
import { type ReadLines, type RemoteSender, Sender } from './sender.ts';

/** How the recorder is. */
export interface Health {
  /** ok · degraded (something waits, nothing is lost) · failing (events wait in memory, or cannot be kept) · stopped */
  readonly state: 'ok' | 'degraded' | 'failing' | 'stopped';
  readonly reasons: readonly { readonly code: AuditErrorCode; readonly message: string; readonly since: Date }[];
  readonly origin: string;
  readonly logFile: string;
  /** Lines that have their number. */
  readonly size: number;
  /** Lines under a durable checkpoint. */
  readonly checkpointSize: number;
  readonly checkpointAt?: Date;
  /** Events that wait, without a number, for a disk that refuses. */
  readonly pending: { readonly events: number; readonly bytes: number };
  readonly lost: { readonly events: number; readonly lastAt?: Date };
  /** Events that their schema objected to: recorded, and marked. */
  readonly invalid: { readonly events: number };
  /** `open`: begun and not ended, as far as the log's lines say. `undurable`: those that ran without a durable start. */
  readonly operations: { readonly open: number; readonly undurable: number };
  /** Which thread seals. */
  readonly sealer: 'worker' | 'main';
  /** How shipping goes, where there is a `remoteEndpoint`. */
  readonly remote?: RemoteHealth;
}

/** The parts of the machine, for tests that bring their own. */
export interface Machine {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly sealOn: 'worker' | 'main';
  /** Where lines are shipped from, if there is a collector. `none`: its files are not the system's. By default where it seals. */
  readonly shipOn?: 'worker' | 'main' | 'none';
  /** How a sender reads what was logged. By default from the system's files, whatever the disk is. */
  readonly lines?: ReadLines;
  /** Chance, in [0, 1), for the pauses of a sender that fails. Math.random. */
  readonly random?: () => number;
}

const systemMachine: Machine = { disk: systemDisk, clock: systemClock, sealOn: 'worker' };
const segmentAgeMsMax = 86_400_000;
const slotsMax = 1_024;
const senderStopMsMax = 5_000;

/**
 * An agent's audit log. The constructor locks, recovers and opens it, all at once; what is logged from then on is in the file at the
 * end of the same tick, and durable and sealed shortly after, or when `flush()` resolves.
 */
export class Logger<C extends Catalog = {}> extends EventLogger<C> implements AsyncDisposable {
  readonly #logFile: string;
  readonly #clock: Clock;
  readonly #session: Session;
  readonly #shipping: Shipping | undefined;
  readonly #core: Core;
  readonly #folder: Folder;
  readonly #report: (error: AuditError) => void;
  readonly #lines: ReadLines;
  readonly #random: () => number;
  readonly #agentId: string | undefined;
  #sender: Sender | undefined;
  #stopped: Promise<void> | undefined;

  /**
   * @throws AuditError OPTION_UNKNOWN, OPTION_INVALID, LOG_NOT_WRITABLE, LOG_IN_USE, LOG_NEWER_FORMAT
   */
  constructor(options: LoggerOptions<C> = {}, machine: Machine = systemMachine) {
    const resolved = resolveOptions(options, process.env);
    const report = reporter(machine.clock, resolved.onError);
    if (options.env !== false) unknownVariables(process.env).forEach((error) => report(error));
    const { session, folder, shipping } = openSession(resolved, machine, report);
    const core = new Core({ options: resolved, events: options.events ?? {}, session, clock: machine.clock, report });
    super(core, undefined);
    this.#logFile = folder.logFile;
    this.#clock = machine.clock;
    this.#session = session;
    this.#shipping = shipping;
    this.#core = core;
    this.#folder = folder;
    this.#report = report;
    this.#lines = machine.lines ?? lines;
    this.#random = machine.random ?? Math.random;
    this.#agentId = resolved.agentId;
    watchExit(this, resolved.handleSignals);
  }

  /** Starts the sealing thread and its timers. Again is a no-op. Logging before start() is recorded all the same. */
  start(): void {
    if (this.#stopped === undefined) this.#session.start();
  }

  /**
   * Resolves when all that was logged before the call is durable and under one checkpoint.
   * @throws AuditError where something of it could not be kept yet: it is not lost, a later flush() covers it
   */
  async flush(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    await abortable(this.#session.flush(), options.signal);
  }

  /**
   * Seals all that was logged, ships it where there is a collector, and closes the log. Again gives the same promise; nothing is recorded
   * afterwards. The collector is waited for 2 s; with a signal until that aborts, a minute at most. What it did not take then is in the
   * log, and is shipped after the next start.
   */
  stop(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<void> {
    if (this.#stopped === undefined) this.#shipping?.stopWithin(options.signal);
    this.#stopped ??= this.#stop();
    return abortable(this.#stopped, options.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** Writes what the current tick has logged to the file now, without waiting for the tick's end. */
  writeNow(): void {
    this.#session.recorder.drain();
  }

  /** Seals and closes at once, in the process's exit hook. */
  exit(): void {
    this.#session.exit();
  }

  /** From now on events are this tenant's. For agents that learn it only when they register. */
  setTenantId(tenantId: string): void {
    this.#session.setIdentity(this.#agentId, tenantId);
  }

  /** Everything that `fn` logs, however deep and however late, carries these ids. */
  runWithContext<R>(context: Context, fn: () => R): R {
    return this.#core.ambient.run(context, fn);
  }

  /**
   * Hands every sealed event to `send`: in order, at least once, from the log on disk, with a durable cursor beside it. The log's
   * own lines (`log.*`) are left out. A throw: the same batch comes again, after a growing pause. One sender a logger; a new one
   * takes over where the last one was, after a restart too. What it has not taken is not deleted. A batch that is never taken holds
   * all that follows, and is told of; so is a call that takes more than a minute, which is waited for and not made again: see
   * `health()`.
   */
  setRemoteSender(send: RemoteSender): void {
    if (this.#stopped !== undefined) throw new AuditError('LOGGER_STOPPED', 'stop', 'setRemoteSender after stop(): nothing more is sent');
    this.#sender?.abandon();
    this.start();
    const session = this.#session;
    this.#sender = new Sender({
      send,
      folder: this.#folder,
      clock: this.#clock,
      lines: this.#lines,
      origin: () => session.identity.origin,
      sealedSize: () => session.sealedSize,
      random: this.#random,
      report: this.#report,
    });
  }

  /**
   * Abandons the sender, also one that only an earlier run set, and deletes its cursor durably: retention goes on as if there had been
   * none. Events that it has not taken are not sent. A batch under way is not called back, and its end is no longer heard. A sender
   * that is set later begins with the oldest line that the log still has, and so gets again what was taken before.
   * @throws AuditError LOGGER_STOPPED; DISK_FAILED where the cursor could not be deleted: no more is sent, and the call can be repeated
   */
  removeRemoteSender(): void {
    if (this.#stopped !== undefined) throw new AuditError('LOGGER_STOPPED', 'stop', 'removeRemoteSender after stop(): the cursor stays');
    this.#sender?.abandon();
    this.#sender = undefined;
    try {
      removeCursor(this.#folder);
    } catch (cause) {
      const path = this.#folder.path(this.#folder.names.sender);
      const message = `${path} could not be deleted: ${messageOf(cause)}. What the sender has not taken is still kept; call it again`;
      throw new AuditError('DISK_FAILED', 'retry', message, { cause });
    }
  }

  /** The log's own name, certified by its key. */
  get origin(): string {
    return this.#session.identity.origin;
  }

  /** The verifier key (C2SP signed-note) that checkpoints are verified with. */
  get vkey(): string {
    return this.#session.identity.vkey;
  }

  get logFile(): string {
    return this.#logFile;
  }

  health(): Health {
    const { recorder, sealedSize, sealedAtMs } = this.#session;
    const { lastAtMs, total } = recorder.losses;
    return {
      ...this.#condition(),
      origin: this.origin,
      logFile: this.#logFile,
      size: recorder.nextSeq,
      checkpointSize: sealedSize,
      ...(sealedAtMs === 0 ? {} : { checkpointAt: new Date(sealedAtMs) }),
      pending: { events: recorder.waiting.count, bytes: recorder.waiting.bytes },
      lost: { events: total, ...(lastAtMs === undefined ? {} : { lastAt: new Date(lastAtMs) }) },
      invalid: { events: this.#core.invalidEvents },
      operations: { open: this.#session.operations.count, undurable: this.#core.undurableStarts },
      sealer: this.#session.sealedOn,
      ...(this.#shipping === undefined ? {} : { remote: this.#shipping.health(recorder.nextSeq) }),
    };
  }

  #condition(): Pick<Health, 'state' | 'reasons'> {
    const { troubles, isFailed, recorder } = this.#session;
    const trouble = this.#sender?.trouble;
    const reasons = [
      ...(recorder.state.kind === 'refusing' ? [reasonOf(recorder.state)] : []),
      ...troubles.map(reasonOf),
      ...(trouble === undefined ? [] : [reasonOf(trouble)]),
      ...(this.#shipping?.troubles ?? []).map(reasonOf),
    ];
    if (this.#stopped !== undefined) return { state: 'stopped', reasons };
    if (recorder.state.kind === 'refusing' || isFailed) return { state: 'failing', reasons };
    return { state: reasons.length > 0 ? 'degraded' : 'ok', reasons };
  }

  async #stop(): Promise<void> {
    const session = this.#session;
    try {
      if (this.#sender !== undefined) {
        await session.flush().catch(() => {});
        await this.#sender.stop(senderStopMsMax);
      }
      await session.stop();
    } finally {
      unwatchExit(this);
    }
  }
}

function reasonOf({ error, sinceMs }: Trouble): Health['reasons'][number] {
  return { code: error.code, message: error.message, since: new Date(sinceMs) };
}

/** A logger, started. */
export function createLogger<const C extends Catalog = {}>(options: LoggerOptions<C> = {}): Logger<C> {
  const logger = new Logger<C>(options);
  logger.start();
  return logger;
}

interface OpenedSession {
  readonly session: Session;
  readonly folder: Folder;
  readonly shipping: Shipping | undefined;
}

function openSession(options: ResolvedOptions, machine: Machine, report: Report): OpenedSession {
  const hasSlot = options.logFile.includes('{slot}');
  for (let slot = 0; ; slot++) {
    const folder = openFolder(machine.disk, options.logFile.replaceAll('{slot}', String(slot)), options);
    const shipping = shippingOf(options, machine, folder, report);
    try {
      return { session: new Session(sessionOptions(options, machine, folder, report, shipping)), folder, shipping };
    } catch (error) {
      if (hasSlot && error instanceof AuditError && error.code === 'LOG_IN_USE' && slot < slotsMax) continue;
      if (error instanceof AuditError || diskErrorCode(error) === '') throw error;
      throw notWritable(folder.logFile, messageOf(error), error);
    }
  }
}

function openFolder(disk: Disk, logFile: string, { logFileFrom: from, fileMode }: ResolvedOptions): Folder {
  try {
    return folderOf(disk, logFile, fileMode);
  } catch (cause) {
    const message = `${from}: ${JSON.stringify(logFile)} cannot be the name of a log: ${messageOf(cause)}`;
    throw new AuditError('OPTION_INVALID', 'stop', message, { cause });
  }
}

function shippingOf(options: ResolvedOptions, machine: Machine, folder: Folder, report: Report): Shipping | undefined {
  const { remote, identityKey } = options;
  const on = machine.shipOn ?? machine.sealOn;
  if (remote === undefined || on === 'none') return undefined;
  const { clock, random = Math.random } = machine;
  return new Shipping({ remote, folder, clock, on, canBeginAnew: identityKey === undefined, random, report });
}

function sessionOptions(
  options: ResolvedOptions,
  machine: Machine,
  folder: Folder,
  report: Report,
  shipping: Shipping | undefined,
): SessionOptions {
  const { agent, agentId, tenantId, identityKey, waitingBytesMax } = options;
  const { linesMax, delayMsMax, segmentBytesMax, ageMsMax, totalBytesMax, freeBytesMin, hold } = options;
  return {
    folder,
    clock: machine.clock,
    sealOn: machine.sealOn,
    agent,
    agentId,
    tenantId,
    identityKey,
    limits: { linesMax, delayMsMax, segmentBytesMax, segmentAgeMsMax },
    maintenance: { ageMsMax, totalBytesMax, freeBytesMin, hold, isShipped: shipping !== undefined },
    shipping,
    waitingBytesMax,
    redactor: options.redactor,
    report,
  };
}

/** The promise, or the signal's reason, whichever comes first. What was begun goes on. */
function abortable(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      const message = 'the wait was aborted; what was logged is sealed all the same';
      reject(new AuditError('ABORTED', 'retry', message, { cause: signal.reason }));
    };
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted, { once: true });
    void promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
