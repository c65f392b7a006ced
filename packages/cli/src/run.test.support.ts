// For tests only: runs the command line within this process, and catches what it says.
import type { Io, Output } from './io.ts';
import { run } from './run.ts';
import { startMs } from './log.test.support.ts';

export interface RunOptions {
  /** A person looks at stdout and stderr. */
  readonly terminal?: boolean;
  readonly columns?: number;
  /** Colours, on a terminal. */
  readonly colour?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly nowMs?: number;
  readonly signal?: AbortSignal;
  /** Hears how long the command wants to wait; it goes on at once, unless this says otherwise. */
  readonly onWait?: (milliseconds: number) => Promise<void> | void;
  /** Hears everything that is written to stdout, as it is. */
  readonly onOutput?: (text: string) => void;
}

export interface RunResult {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

class CapturedOutput implements Output {
  text = '';
  readonly isTerminal: boolean;
  readonly columns: number;
  readonly isClosed = false;
  readonly #onOutput: ((text: string) => void) | undefined;

  constructor({ terminal = false, columns = 100, onOutput }: RunOptions) {
    this.isTerminal = terminal;
    this.columns = columns;
    this.#onOutput = onOutput;
  }

  write(data: string | Uint8Array): Promise<void> {
    const text = typeof data === 'string' ? data : Buffer.from(data).toString('utf8');
    this.text += text;
    this.#onOutput?.(text);
    return Promise.resolve();
  }
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  // In two pieces, as a pipe may give them.
  await Promise.resolve();
  const bytes = Buffer.from(text);
  yield bytes.subarray(0, bytes.length >> 1);
  yield bytes.subarray(bytes.length >> 1);
}

/** Runs the command line. Its clock stands a minute after the first event of the test logs, and goes on from there. */
export async function runCli(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const { onOutput: _, ...quiet } = options;
  const [stdout, stderr] = [new CapturedOutput(options), new CapturedOutput(quiet)];
  const began = performance.now();
  const io: Io = {
    stdout,
    stderr,
    stdin: bytesOf(options.stdin ?? ''),
    // Nothing of whoever runs the tests is read.
    env: { XDG_CONFIG_HOME: '/nonexistent', ...(options.colour === true ? {} : { NO_COLOR: '1' }), ...options.env },
    now: () => (options.nowMs ?? startMs + 60_000) + performance.now() - began,
    wait: async (milliseconds) => options.onWait?.(milliseconds),
    signal: options.signal ?? new AbortController().signal,
  };
  const status = await run(argv, io);
  return { status, out: stdout.text, err: stderr.text };
}

/** The text of a golden output: without the line break after the backtick, and without the margin of its first line. */
export function golden(text: string): string {
  const lines = text.replace(/^\n/, '').replace(/\n *$/, '\n').split('\n');
  const margin = /^ */.exec(lines[0] ?? '')?.[0].length ?? 0;
  return lines.map((line) => (line.trim() === '' ? '' : line.slice(margin))).join('\n');
}
