import type { Io, Output } from './io.ts';

const columnsByDefault = 100;

class StreamOutput implements Output {
  readonly #stream: NodeJS.WriteStream;
  isClosed = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
    // Whoever read it has gone, as `head` does: no error of ours. Anything else is one, and there is no place left to tell it.
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
    return new Promise((resolve) => {
      if (this.isClosed) resolve();
      // Resolved on an error as well: 'error' notes it.
      else this.#stream.write(data, () => resolve());
    });
  }
}

/** The process as commands see it. SIGINT and SIGTERM abort; a second one ends the process at once. */
export function processIo(): Io {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => controller.abort());
  return {
    stdout: new StreamOutput(process.stdout),
    stderr: new StreamOutput(process.stderr),
    // Only looked at where it is read: opening it has effects of its own.
    get stdin() {
      return process.stdin;
    },
    env: process.env,
    now: () => Date.now(),
    signal: controller.signal,
  };
}
