// A cluster of two workers, each with a log: `cluster-program LOG`. A worker says what it holds, or why it holds nothing; the one that is
// told to, dies without a word, and the cluster starts another in its place. `end` on stdin ends them all.
import cluster from 'node:cluster';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { AuditError, createLogger } from 'agent-audit';

const [logFile = ''] = process.argv.slice(2);
const say = (text: string): void => void writeSync(1, `${text}\n`);

function lead(): void {
  const start = (): void => {
    cluster.fork().on('message', (text: string) => say(text));
  };
  let isEnding = false;
  cluster.on('exit', () => {
    if (!isEnding) start();
  });
  start();
  start();
  createInterface({ input: process.stdin }).on('line', (line) => {
    const workers = Object.values(cluster.workers ?? {});
    if (line === 'end') {
      isEnding = true;
      for (const worker of workers) worker?.send('end');
    } else {
      workers.find((worker) => String(worker?.process.pid) === line)?.process.kill('SIGKILL');
    }
  });
}

async function work(): Promise<void> {
  try {
    const audit = createLogger({ logFile, env: false });
    audit.info('agent_start', 'worker');
    await audit.flush();
    process.send?.(`worker ${process.pid} ${audit.logFile} ${audit.origin}`);
    process.once('message', () => void audit.stop().then(() => process.disconnect()));
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    process.send?.(`worker ${process.pid} refused ${error.code}`);
    process.once('message', () => process.disconnect());
  }
}

if (cluster.isPrimary) lead();
else await work();
