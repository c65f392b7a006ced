// The program whose sealing thread runs out of memory, really: threads that it makes get so little that they die of it.
// `out-of-memory-program LOG`. It prints the sealer of the end, and how often it was told SEALER_GONE.
import { syncBuiltinESMExports } from 'node:module';
import workerThreads from 'node:worker_threads';

const { Worker } = workerThreads;

class SmallWorker extends Worker {
  constructor(file: string | URL, options: workerThreads.WorkerOptions = {}) {
    super(file, { ...options, resourceLimits: { maxOldGenerationSizeMb: 2, maxYoungGenerationSizeMb: 1 } });
  }
}

workerThreads.Worker = SmallWorker;
syncBuiltinESMExports();
// Only now: it takes Worker as it is when it is loaded.
const { createLogger, EventType } = await import('agent-audit');

const [logFile = ''] = process.argv.slice(2);
const told: string[] = [];
const audit = createLogger({ logFile, env: false, onError: ({ code, message }) => void told.push(`${code} ${message}`) });
for (let i = 0; i < 40; i++) {
  audit.info(EventType.ScanCompleted, String(i));
  if (i % 10 === 9) await audit.flush();
}
console.log(audit.health().sealer);
await audit.stop();
console.log(told.join('\n'));
