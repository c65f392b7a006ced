import { once } from 'node:events';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import winston from 'winston';
import type { Sink } from '../contender.ts';
import { agentId, jobId } from '../event.ts';

/** winston with its file transport, timestamp and JSON, as its documentation shows them. */
export function openWinston(folder: string): Sink {
  const transport = new winston.transports.File({ filename: join(folder, 'winston.log') });
  const root = winston.createLogger({
    format: winston.format.combine(winston.format.timestamp(), winston.format.json()),
    defaultMeta: { agent_id: agentId },
    transports: [transport],
  });
  const logger = root.child({ job_id: jobId });
  return {
    log: ({ type, message, details }) => {
      logger.info(message, { type, details });
    },
    finish: async () => {
      // Ended with a backlog, it fails with "write after end" and loses what waits: its pipe must run empty first.
      while (root.writableLength + root.readableLength > 0) await setImmediate();
      const finished = once(transport, 'finish');
      root.end();
      await finished;
    },
    close: async () => {},
  };
}
