import { join } from 'node:path';
import { createLogger, type LoggerOptions } from 'agent-audit';
import type { Sink } from '../contender.ts';
import { agentId, jobId } from '../event.ts';

/** The name of the log within a contender's folder. */
export const logName = 'audit.log';
/** No contender rotates while it is timed; what closing and compressing a segment costs is in the measure of memory, which is long. */
const unrotated = { maxSizeMB: 4096, maxTotalSizeMB: 16_384 };

function open(folder: string, options: LoggerOptions): Sink {
  const logger = createLogger({ logFile: join(folder, logName), agentId, env: false, ...options });
  const job = logger.withContext({ jobId });
  return {
    log: ({ type, message, details }) => {
      job.info(type, message, details);
    },
    finish: () => logger.flush(),
    flush: () => logger.flush(),
    close: () => logger.stop(),
  };
}

/** agent-audit as it comes, except that it does not rotate. finish() resolves when all is durable and under a signed checkpoint. */
export function openAgentAudit(folder: string): Sink {
  return open(folder, unrotated);
}

/** agent-audit as it comes: rotates at 100 MB and compresses what it closed. */
export function openAgentAuditRotating(folder: string): Sink {
  return open(folder, { maxTotalSizeMB: unrotated.maxTotalSizeMB });
}

/** agent-audit without a look for secrets, and unrotated like agentAudit. */
export function openAgentAuditUnredacted(folder: string): Sink {
  return open(folder, { ...unrotated, redact: false });
}
