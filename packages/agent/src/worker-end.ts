import type { Worker } from 'node:worker_threads';
import { messageOf } from './error.ts';

/** Resolves when a thread has ended, whatever ended it; `onEnd` is told why. */
export function workerEnd(worker: Worker, onEnd: (reason: string) => void): Promise<void> {
  return new Promise((resolve) => {
    let reason = 'it ended';
    worker.on('error', (error) => {
      reason = messageOf(error);
    });
    worker.on('exit', () => {
      resolve();
      onEnd(reason);
    });
  });
}
