// Processes of the bench beside it: each tells a line of JSON when it is ready, goes on when its stdin ends, and tells what it cost.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { CollectorCost, CollectorReady } from './collector-process.ts';

/** A program of the bench that tells lines, and goes on when its stdin ends. */
export class Program {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, options: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const path = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
    this.#child = spawn(process.execPath, [path, ...options], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  /** The next line that it tells. */
  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error(`${this.#child.spawnargs.join(' ')} ended too early`);
    return next.value;
  }

  /** Lets it go on. */
  go(): void {
    this.#child.stdin.end();
  }

  /** Comes back once its process is gone. */
  async ended(): Promise<void> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}

/** A collector with its data in a folder, once it listens. */
export async function startCollector(folder: string): Promise<{ readonly collector: Program; readonly ready: CollectorReady }> {
  const collector = new Program('collector-process', [folder]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- printed by collector-process.ts, nobody else
  return { collector, ready: JSON.parse(await collector.line()) as CollectorReady };
}

/** Ends a collector in order. */
export async function stopCollector(collector: Program): Promise<CollectorCost> {
  collector.go();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- printed by collector-process.ts, nobody else
  const cost = JSON.parse(await collector.line()) as CollectorCost;
  await collector.ended();
  return cost;
}
