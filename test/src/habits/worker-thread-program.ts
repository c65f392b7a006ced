// A logger in a worker thread: `worker-thread-program WAY LOG`. The thread logs, and ends in the way it is told; the main thread says
// how the thread ended, opens the same log where nobody holds it any more, and says what it can still do.
import { writeSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { AuditError, createLogger, type Logger } from 'agent-audit';

interface Task {
  readonly way: string;
  readonly logFile: string;
}

const say = (text: string): void => void writeSync(1, `${text}\n`);

function open(logFile: string): Logger | undefined {
  try {
    return createLogger({ logFile, env: false, onError: ({ code, message }) => say(`trouble ${code} ${message}`) });
  } catch (error) {
    if (!(error instanceof AuditError)) throw error;
    say(`refused ${error.code}${error.message.includes('a thread that was terminated') ? ' by this process' : ''}`);
    return undefined;
  }
}

async function lead(task: Task): Promise<void> {
  const main = task.way === 'both' ? open(task.logFile) : undefined;
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: task });
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  worker.on('error', (error) => say(`error ${String(error)}`));
  worker.on('message', () => {
    if (task.way === 'terminate') void worker.terminate();
  });
  say(`thread ended ${String(await ended)}`);
  await main?.stop();
  const audit = open(task.logFile);
  audit?.info('agent_start', 'after');
  await audit?.stop();
}

async function work({ way, logFile }: Task): Promise<void> {
  const audit = open(logFile);
  audit?.info('scan_started', 'in the thread');
  if (way === 'stop') await audit?.stop();
  if (way === 'process.exit') process.exit(3);
  if (way === 'throw') throw new Error('thrown');
  if (way !== 'terminate') return;
  await audit?.flush();
  parentPort?.postMessage('flushed');
  // Busy until it is terminated.
  setInterval(() => audit?.info('scan_started', 'more'), 1);
}

if (isMainThread) {
  const [way = '', logFile = ''] = process.argv.slice(2);
  await lead({ way, logFile });
} else {
  await work(workerData as Task);
}
