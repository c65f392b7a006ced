// Where the sealer runs. In a worker as a rule; on the main thread where no worker starts, where a test moves the clock by hand,
// and in the exit hook of a process that ends before its worker was up.
import { Worker } from 'node:worker_threads';
import type { NoteSigner } from '@agent-audit/log';
import { type Clock, orLate, soon, type Timer } from '../clock.ts';
import type { Folder } from '../folder.ts';
import { workerEnd } from '../worker-end.ts';
import { workerFile } from '../worker-file.ts';
import { buildDriver } from './build.ts';
import type { SealCommand, SealDriver, SealEvent } from './driver.ts';
import { Owner, SharedState } from './shared.ts';
import type { SealJob } from './worker-data.ts';

/** How long a thread that is to end may take: longer than any disk that answers. */
const stopMsMax = 10_000;

/** A sealer at work. */
export interface SealHost {
  readonly kind: 'worker' | 'main';
  send(command: SealCommand): void;
  /** Somebody waits for a checkpoint: work now, and keep the process alive until it is there. */
  hurry(): void;
  /** Nobody waits any more. */
  rest(): void;
  /** Blocks until all that was appended is sealed, or the time is up. */
  finish(timeoutMs: number): void;
  /** Seals what there is, and ends; false where it hangs instead. */
  stop(): Promise<boolean>;
}

export interface HostParts {
  readonly job: SealJob;
  readonly folder: Folder;
  readonly clock: Clock;
  readonly signer: NoteSigner;
  readonly onEvent: (event: SealEvent) => void;
  /** The worker has ended without being asked. */
  readonly onDeath: (reason: string) => void;
}

/** The sealer on this thread. Its turns come by timer. */
export class MainHost implements SealHost {
  readonly kind = 'main';
  readonly #driver: SealDriver;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  /** Somebody waits: a timer would let the process end meanwhile. */
  #isAwaited = false;
  #stopped = false;

  constructor(parts: HostParts) {
    new SharedState(parts.job.shared).claim(Owner.Main);
    this.#clock = parts.clock;
    this.#driver = buildDriver(parts.job, parts.folder, parts.clock, parts.signer, parts.onEvent);
    this.#turnAfter(0);
  }

  send(command: SealCommand): void {
    this.#driver.command(command);
    this.#turnAfter(0);
  }

  hurry(): void {
    if (this.#isAwaited) return;
    this.#isAwaited = true;
    this.#timer?.cancel();
    soon(() => this.#turn());
  }

  rest(): void {
    this.#isAwaited = false;
  }

  finish(_timeoutMs: number): void {
    this.#driver.finish();
  }

  async stop(): Promise<boolean> {
    this.#driver.finish();
    this.#stopped = true;
    this.#timer?.cancel();
    this.#driver.close();
    return Promise.resolve(true);
  }

  #turnAfter(delayMs: number): void {
    this.#timer?.cancel();
    if (!this.#stopped) this.#timer = this.#clock.after(delayMs, () => this.#turn());
  }

  #turn(): void {
    if (this.#stopped) return;
    const delayMs = this.#driver.turn();
    if (this.#isAwaited) soon(() => this.#turn());
    else this.#turnAfter(delayMs);
  }
}

/** The sealer's own file; undefined where it is not there, as in most bundles. */
export function sealerFile(): URL | undefined {
  return workerFile('agent-audit-sealer.js', import.meta.url);
}

/** The sealer in a worker thread. */
export class WorkerHost implements SealHost {
  readonly kind = 'worker';
  readonly #worker: Worker;
  readonly #shared: SharedState;
  readonly #parts: HostParts;
  #stopping = false;
  /** On this thread, where the process ends before the worker was up. */
  #driver: SealDriver | undefined;
  readonly #ended: Promise<void>;

  constructor(file: URL, parts: HostParts) {
    this.#parts = parts;
    this.#shared = new SharedState(parts.job.shared);
    // Descriptors are shared with the recorder, which closes them; execArgv: the worker needs none of the program's flags.
    this.#worker = new Worker(file, {
      name: 'agent-audit sealer',
      workerData: parts.job,
      trackUnmanagedFds: false,
      execArgv: [],
      env: {},
    });
    this.#worker.unref();
    this.#worker.on('message', (event: SealEvent) => parts.onEvent(event));
    this.#ended = workerEnd(this.#worker, (reason) => {
      if (!this.#stopping) parts.onDeath(reason);
    });
    this.#worker.unref();
  }

  send(command: SealCommand): void {
    this.#driver?.command(command);
    this.#worker.postMessage(command);
    this.#shared.wake();
  }

  hurry(): void {
    this.#worker.ref();
    this.#shared.wake();
  }

  rest(): void {
    if (!this.#stopping) this.#worker.unref();
  }

  finish(timeoutMs: number): void {
    const { clock, job, folder, signer } = this.#parts;
    this.#stopping = true;
    if (this.#shared.claim(Owner.Main)) {
      // The worker has not come so far as to claim the log; it will find it claimed.
      this.#driver ??= buildDriver(job, folder, clock, signer, () => {});
      this.#driver.finish();
      return;
    }
    const until = clock.monotonicMs() + timeoutMs;
    for (;;) {
      const commits = this.#shared.commits;
      const leftMs = until - clock.monotonicMs();
      if (this.#shared.sealed >= this.#shared.appended || this.#shared.faulty || leftMs <= 0) return;
      this.#shared.flushTarget = this.#shared.appended;
      this.#shared.wake();
      this.#shared.waitForCommit(commits, Math.min(leftMs, 100));
    }
  }

  async stop(): Promise<boolean> {
    this.#stopping = true;
    this.#worker.ref();
    this.#shared.stopping = true;
    this.#shared.wake();
    const hasEnded = await orLate(this.#parts.clock, this.#ended.then(() => true), stopMsMax, false);
    // Nobody can end a thread that hangs in the kernel; it shall not keep the process.
    if (!hasEnded) this.#worker.unref();
    return hasEnded;
  }
}
