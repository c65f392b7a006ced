// The program that is killed inside of operations: `operation-program LOG RUN SEED [stop]`. Jobs with scans within, several at once; a
// segment holds few of them. For whoever waits for it to come some way, it says `work` on stdout whenever work begins.
import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from 'agent-audit';
import { Random } from './random.ts';

const [logFile = '', run = '', seedText = '', ending = ''] = process.argv.slice(2);
const random = new Random(Number(seedText));
const audit = createLogger({ logFile, maxSizeMB: 0.01, env: false, agentId: 'operation-writer' });
const jobsMax = ending === 'stop' ? 10 : Infinity;

async function work(): Promise<void> {
  writeSync(1, 'work\n');
  audit.info('scan_completed', 'within', { text: 'x'.repeat(random.between(0, 600)) });
  await sleep(random.between(0, 4));
}

async function worker(name: string): Promise<void> {
  for (let job = 0; job < jobsMax; job++) {
    await audit.operation({ type: 'job', jobId: `${run}-${name}-${job}` }, async (op) => {
      await work();
      await op.operation({ type: 'scan' }, work);
      // Some are open over many rotations.
      if (random.oneIn(10)) await sleep(200);
    });
  }
}

await Promise.all(['a', 'b', 'c', 'd'].map(worker));
await audit.stop();
