import { setTimeout } from 'node:timers/promises';
import { CliError } from './error.ts';
import type { Io, Output } from './io.ts';

const columnsByDefault = 100;

class StreamOutput implements Output {
  readonly #stream: NodeJS.WriteStream;
  readonly #isVital: boolean;
  isClosed = false;

  /** @param isVital whether a write that fails is an error; of stderr, there is no place to tell it */
  constructor(stream: NodeJS.WriteStream, isVital: boolean) {
    this.#stream = stream;
    this.#isVital = isVital;
    // Every write hears of its own error; an 'error' without a listener would end the process.
    stream.on('error', () => {
      this.isClosed = true;
    });
  }

  get isTerminal(): boolean {
    // Undefined on anything else than a terminal, whatever its type says.
    return this.#stream.isTTY ?? false;
  }

  get columns(): number {
    return this.#stream.columns || columnsByDefault;
  }

  write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.isClosed) return resolve();
      this.#stream.write(data, (error) => {
        if (error !== undefined && error !== null) this.isClosed = true;
        // Whoever read it has gone, as `head` does: that is no error.
        if (isFailure(error) && this.#isVital)
          reject(new CliError('COULD_NOT_WRITE', `cannot write the output: ${error.message}`, { cause: error }));
        else resolve();
      });
    });
  }
}

function isFailure(error: Error | null | undefined): error is Error {
  return error !== undefined && error !== null && !('code' in error && error.code === 'EPIPE');
}

/** The process as commands see it. SIGINT and SIGTERM abort; a second one ends the process at once. */
export function processIo(): Io {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return {
    stdout: new StreamOutput(process.stdout, true),
    stderr: new StreamOutput(process.stderr, false),
    // Only looked at where it is read: opening it has effects of its own.
    get stdin() {
      return process.stdin;
    },
    env: process.env,
    now: () => Date.now(),
    wait: async (milliseconds) => {
      // An abort ends the wait, and is no error of it.
      await setTimeout(milliseconds, undefined, { signal: controller.signal }).catch(() => undefined);
    },
    signal: controller.signal,
  };
}
