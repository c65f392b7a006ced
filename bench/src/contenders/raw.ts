import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Sink } from '../contender.ts';
import { agentId, jobId } from '../event.ts';

const batchBytes = 64 * 1024;

/** What a careful program writes by hand: one JSON line an event, collected to 64 KiB, written at once. No rotation, no checks. */
export function openRaw(folder: string): Sink {
  const file = openSync(join(folder, 'raw.log'), 'a');
  let batch = '';
  const write = (): void => {
    if (batch !== '') writeSync(file, batch);
    batch = '';
  };
  return {
    log: ({ type, message, details }) => {
      const timestamp = new Date().toISOString();
      batch += `${JSON.stringify({ timestamp, type, severity: 'INFO', agent_id: agentId, job_id: jobId, message, details })}\n`;
      if (batch.length >= batchBytes) write();
    },
    finish: async () => write(),
    flush: async () => {
      write();
      fdatasyncSync(file);
    },
    close: async () => closeSync(file),
  };
}
