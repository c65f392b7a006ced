import { Worker } from 'node:worker_threads';
import type { SegmentResult } from '@agent-audit/log';
import { workerFile } from '../worker-file.ts';
import type { WorkerAnswer } from './agent-audit-verifier.ts';
import type { ChunkOptions } from './chunks.ts';
import { FilesError } from './error.ts';
import { type SegmentTask, verifyChain } from './verify-chain.ts';

/**
 * Verifies all segments: each chain of them on one thread, the chains side by side on up to `jobs` threads. The results are in
 * the order of the tasks.
 * @throws FilesError SEGMENT_MOVED, COULD_NOT_READ; the signal's reason when it aborts
 */
export async function verifySegments(tasks: readonly SegmentTask[], jobs: number, options: ChunkOptions): Promise<SegmentResult[]> {
  const chains = chainsOf(tasks);
  const threads = Math.min(jobs, chains.length);
  const url = threads > 1 ? workerFile('agent-audit-verifier.js', import.meta.url) : undefined;
  if (url !== undefined) return verifyInThreads(url, chains, threads, options);
  const results: SegmentResult[] = [];
  for (const chain of chains) results.push(...(await verifyChain(chain, options)));
  return results;
}

/** A segment that has a base record can be verified without the one before it, and so can the log's first. */
function chainsOf(tasks: readonly SegmentTask[]): SegmentTask[][] {
  const chains: SegmentTask[][] = [];
  for (const task of tasks) {
    const last = chains.at(-1);
    if (last === undefined || task.plan.base !== undefined || task.plan.first === 0) chains.push([task]);
    else last.push(task);
  }
  return chains;
}

async function verifyInThreads(
  url: URL,
  chains: readonly SegmentTask[][],
  threads: number,
  { signal, onRead }: ChunkOptions,
): Promise<SegmentResult[]> {
  const results: SegmentResult[][] = chains.map(() => []);
  // The largest first, so that no thread is left with it at the end.
  const queue = [...chains.entries()].toSorted(([, a], [, b]) => bytesOf(b) - bytesOf(a));
  const pool = Array.from({ length: threads }, () => new VerifyThread(url, onRead));
  const onAbort = (): void => pool.forEach((thread) => thread.fail(signal?.reason));
  signal?.addEventListener('abort', onAbort);
  const work = async (thread: VerifyThread): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await thread.verify(next[1]);
  };
  try {
    signal?.throwIfAborted();
    await Promise.all(pool.map(work));
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await Promise.all(pool.map((thread) => thread.stop()));
  }
  return results.flat();
}

function bytesOf(chain: readonly SegmentTask[]): number {
  return chain.reduce((sum, { segment }) => sum + segment.bytes, 0);
}

interface Waiting {
  resolve(results: SegmentResult[]): void;
  reject(error: unknown): void;
}

/** A worker that verifies one chain at a time. Once failed, it stays so. */
class VerifyThread {
  readonly #worker: Worker;
  readonly #onRead: ((bytes: number) => void) | undefined;
  #waiting: Waiting | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(url: URL, onRead: ((bytes: number) => void) | undefined) {
    this.#onRead = onRead;
    // The thread needs none of the program's flags.
    this.#worker = new Worker(url, { execArgv: [] });
    this.#worker.on('message', (answer: WorkerAnswer) => this.#take(answer));
    this.#worker.on('error', (error) => this.fail(error));
    this.#worker.on('exit', (status) => this.fail(new Error(`a verifying thread ended with status ${status} before its answer`)));
  }

  verify(chain: readonly SegmentTask[]): Promise<SegmentResult[]> {
    return new Promise<SegmentResult[]>((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (this.#failure === undefined) this.#worker.postMessage(chain);
      else this.#waiting.reject(this.#failure.error);
    });
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#waiting?.reject(this.#failure.error);
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #take(answer: WorkerAnswer): void {
    switch (answer.kind) {
      case 'read':
        this.#onRead?.(answer.bytes);
        return;
      case 'verified':
        this.#waiting?.resolve([...answer.results]);
        return;
      case 'failed':
        this.fail(new FilesError(answer.code, answer.path, answer.message));
        return;
      default:
        answer satisfies never;
    }
  }
}
