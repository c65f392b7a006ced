import { join } from 'node:path';
import { getFileSink, type FileSinkOptions } from '@logtape/file';
import { configure, dispose, getLogger, jsonLinesFormatter } from '@logtape/logtape';
import type { Sink } from '../contender.ts';
import { agentId, jobId } from '../event.ts';

async function open(folder: string, options: FileSinkOptions): Promise<Sink> {
  await configure({
    sinks: { file: getFileSink(join(folder, 'logtape.log'), { ...options, formatter: jsonLinesFormatter }) },
    loggers: [
      { category: 'bench', sinks: ['file'], lowestLevel: 'info' },
      { category: ['logtape', 'meta'], sinks: [] },
    ],
  });
  const logger = getLogger('bench').with({ agent_id: agentId, job_id: jobId });
  return {
    log: ({ type, message, details }) => logger.info(message, { type, details }),
    finish: () => dispose(),
    close: async () => {},
  };
}

/** LogTape's file sink as it comes: collected to 8 KiB, written and fsynced on the spot. */
export function openLogTape(folder: string): Promise<Sink> {
  return open(folder, {});
}

/** The form that its documentation recommends for throughput: a larger buffer, flushed in the background. */
export function openLogTapeNonBlocking(folder: string): Promise<Sink> {
  return open(folder, { bufferSize: 64 * 1024, nonBlocking: true });
}
