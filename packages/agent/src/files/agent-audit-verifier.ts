// One of several threads that verify segments. It is given chains one at a time, and answers each.
import { parentPort } from 'node:worker_threads';
import type { SegmentResult } from '@agent-audit/log';
import { FilesError, type FilesErrorCode } from './error.ts';
import { type SegmentTask, verifyChain } from './verify-chain.ts';

/** What the thread answers. */
export type WorkerAnswer =
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'verified'; readonly results: readonly SegmentResult[] }
  | { readonly kind: 'failed'; readonly code: FilesErrorCode; readonly path: string; readonly message: string };

const port = parentPort;
if (port === null) throw new Error('this file is the inside of a worker thread: call verifyLogFile');

const answer = (message: WorkerAnswer): void => port.postMessage(message);

port.on('message', (tasks: readonly SegmentTask[]) => {
  void verify(tasks);
});

/** Any other error than a FilesError is a fault in this code: it ends the thread, and the pool hears of it. */
async function verify(tasks: readonly SegmentTask[]): Promise<void> {
  try {
    const results = await verifyChain(tasks, { onRead: (bytes) => answer({ kind: 'read', bytes }) });
    answer({ kind: 'verified', results });
  } catch (error) {
    if (!(error instanceof FilesError)) throw error;
    answer({ kind: 'failed', code: error.code, path: error.path, message: error.message });
  }
}
