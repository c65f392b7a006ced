import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { SegmentResult } from '@agent-audit/log';
import { FilesError } from './error.ts';
import { type ChainOptions, type SegmentTask, verifyChain } from './verify-chain.ts';
import type { WorkerAnswer } from './verify-worker.ts';

/** A thread takes about 50 ms to start; below so much data one thread is done before that pays. */
const parallelBytesMin = 32 * 1024 * 1024;

/**
 * Verifies all segments: each chain of them on one thread, the chains side by side on up to `jobs` threads. The results are in
 * the order of the tasks.
 * @throws FilesError SEGMENT_MOVED, COULD_NOT_READ; the signal's reason when it aborts
 */
export async function verifySegments(tasks: readonly SegmentTask[], jobs: number, options: ChainOptions): Promise<SegmentResult[]> {
  const chains = chainsOf(tasks);
  const bytes = tasks.reduce((sum, { segment }) => sum + segment.bytes, 0);
  const threads = Math.min(jobs, chains.length);
  if (threads < 2 || bytes < parallelBytesMin || workerFile() === undefined) {
    const results: SegmentResult[] = [];
    for (const chain of chains) results.push(...(await verifyChain(chain, options)));
    return results;
  }
  return verifyInThreads(chains, threads, options);
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

/** The worker's own file; undefined where it is not there, as in a program that a bundler made one file of. */
function workerFile(): URL | undefined {
  try {
    const url = new URL('./verify-worker.js', import.meta.url);
    return url.protocol === 'file:' && existsSync(fileURLToPath(url)) ? url : undefined;
  } catch {
    return undefined;
  }
}

async function verifyInThreads(chains: readonly SegmentTask[][], threads: number, options: ChainOptions): Promise<SegmentResult[]> {
  const url = workerFile();
  if (url === undefined) throw new Error('the worker file has gone');
  const results: SegmentResult[][] = chains.map(() => []);
  // The largest first, so that no thread is left with it at the end.
  const queue = [...chains.keys()].sort((a, b) => bytesOf(chains[b]) - bytesOf(chains[a]));
  const workers = Array.from({ length: threads }, () => new Worker(url, { execArgv: [] }));
  const work = async (worker: Worker): Promise<void> => {
    for (let index = queue.shift(); index !== undefined; index = queue.shift()) {
      results[index] = await verifyOn(worker, chains[index] ?? [], options);
    }
  };
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return results.flat();
}

function bytesOf(chain: readonly SegmentTask[] = []): number {
  return chain.reduce((sum, { segment }) => sum + segment.bytes, 0);
}

/** Gives a worker one chain, and waits for its answer. */
function verifyOn(worker: Worker, chain: readonly SegmentTask[], { signal, onRead }: ChainOptions): Promise<SegmentResult[]> {
  return new Promise<SegmentResult[]>((resolve, reject) => {
    const settle = (act: () => void): void => {
      worker.removeAllListeners();
      signal?.removeEventListener('abort', onAbort);
      act();
    };
    const onAbort = (): void => settle(() => reject(reasonOf(signal)));
    worker.on('message', (answer: WorkerAnswer) => {
      if (answer.kind === 'read') onRead?.(answer.bytes);
      else if (answer.kind === 'verified') settle(() => resolve([...answer.results]));
      else settle(() => reject(new FilesError(answer.code, answer.path, answer.message)));
    });
    worker.on('error', (error) => settle(() => reject(error)));
    worker.on('exit', (status) => settle(() => reject(new Error(`a verifying thread ended with status ${status} before its answer`))));
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted === true) onAbort();
    else worker.postMessage(chain);
  });
}

function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException('the verification was aborted', 'AbortError');
}
