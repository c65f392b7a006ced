// Where the shipper runs: in a thread of its own as a rule; on the caller's, in small steps, where no worker starts.
import { Worker } from 'node:worker_threads';
import type { Clock } from '../clock.ts';
import { messageOf } from '../error.ts';
import type { Folder } from '../folder.ts';
import { workerEnd } from '../worker-end.ts';
import { workerFile } from '../worker-file.ts';
import { buildShipper } from './build.ts';
import type { ShipEvent, ShipJob } from './messages.ts';
import type { Shipper } from './shipper.ts';
import type { AskToken } from './token.ts';

/** A shipper at work. */
export interface ShipHost {
  readonly kind: 'worker' | 'main';
  /** Ships what is sealed, once more, and ends. */
  stop(): Promise<void>;
  /** Ends at once. */
  end(): void;
}

/** What a host works with. */
export interface ShipHostParts {
  readonly job: ShipJob;
  readonly folder: Folder;
  readonly clock: Clock;
  readonly random: () => number;
  /** Asks the caller's function for a token. */
  readonly ask: AskToken;
  readonly onEvent: (event: ShipEvent) => void;
  /** The thread has ended without being asked. */
  readonly onDeath: (reason: string) => void;
}

/** The shipper on this thread. */
export class MainShipHost implements ShipHost {
  readonly kind = 'main';
  readonly #shipper: Shipper;

  constructor({ job, folder, clock, random, ask, onEvent }: ShipHostParts) {
    this.#shipper = buildShipper(job, { folder, clock, random, ask, emit: onEvent });
    this.#shipper.start();
  }

  stop(): Promise<void> {
    return this.#shipper.stop();
  }

  end(): void {
    void this.#shipper.abandon();
  }
}

/** The shipper's own file; undefined where it is not there, as in most bundles. */
export function shipperFile(): URL | undefined {
  return workerFile('agent-audit-shipper.js', import.meta.url);
}

/** The shipper in a worker thread. */
export class WorkerShipHost implements ShipHost {
  readonly kind = 'worker';
  readonly #worker: Worker;
  readonly #parts: ShipHostParts;
  readonly #ended: Promise<void>;
  #isEnding = false;

  constructor(file: URL, parts: ShipHostParts) {
    this.#parts = parts;
    // execArgv: the worker needs none of the program's flags. NODE_EXTRA_CA_CERTS is the whole process's.
    this.#worker = new Worker(file, { name: 'agent-audit shipper', workerData: parts.job, execArgv: [], env: {} });
    this.#worker.unref();
    this.#worker.on('message', (event: ShipEvent) => this.#hear(event));
    this.#ended = workerEnd(this.#worker, (reason) => {
      if (!this.#isEnding) parts.onDeath(reason);
    });
    this.#worker.unref();
  }

  async stop(): Promise<void> {
    this.#isEnding = true;
    this.#worker.postMessage({ kind: 'stop' });
    await this.#ended;
  }

  end(): void {
    this.#isEnding = true;
    void this.#worker.terminate();
  }

  #hear(event: ShipEvent): void {
    if (event.kind !== 'token_wanted') {
      this.#parts.onEvent(event);
      return;
    }
    const { id } = event;
    void this.#parts.ask().then(
      (token) => this.#worker.postMessage({ kind: 'token', id, token }),
      (error: unknown) => this.#worker.postMessage({ kind: 'token', id, failure: messageOf(error) }),
    );
  }
}
