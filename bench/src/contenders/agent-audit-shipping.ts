import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createLogger } from 'agent-audit';
import type { Sink } from '../contender.ts';
import { agentId, jobId } from '../event.ts';
import { logName } from './agent-audit.ts';

const receiverPath = fileURLToPath(new URL('../receiver.js', import.meta.url));

/** agent-audit as it comes, with a collector in another process. finish() resolves when that has cosigned all. */
export async function openAgentAuditShipping(folder: string): Promise<Sink> {
  const receiver = spawn(process.execPath, [receiverPath], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = (await once(receiver.stdout, 'data')).join('').trim();
  const remoteEndpoint = `http://127.0.0.1:${port}`;
  const logger = createLogger({ logFile: join(folder, logName), agentId, env: false, maxTotalSizeMB: 16_384, remoteEndpoint });
  const job = logger.withContext({ jobId });
  return {
    log: ({ type, message, details }) => {
      job.info(type, message, details);
    },
    finish: async () => {
      await logger.flush();
      while (logger.health().remote?.lagEvents !== 0) await setTimeout(2);
    },
    close: async () => {
      await logger.stop();
      receiver.kill();
    },
  };
}
