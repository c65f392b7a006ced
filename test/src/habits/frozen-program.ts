// The program that is frozen, as functions as a service are between two calls: for each line on stdin, one call. It logs, flushes, and
// says so; `spin` logs without a pause, and is never waited for. It stops at the end of stdin.
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { createLogger } from 'agent-audit';

const [logFile = ''] = process.argv.slice(2);
const say = (text: string): void => void writeSync(1, `${text}\n`);
const audit = createLogger({ logFile, env: false, onError: ({ code, message }) => say(`trouble ${code} ${message}`) });
say('ready');

for await (const call of createInterface({ input: process.stdin })) {
  audit.info('job_received', call);
  if (call === 'spin') {
    for (let i = 0; i < 20_000; i++) audit.info('scan_started', 'spinning');
    say('spun');
    continue;
  }
  await audit.flush().then(
    () => say(`handled ${call}`),
    (error: unknown) => say(`not handled ${call}: ${String(error)}`),
  );
}
await audit.stop().then(
  () => say('stopped'),
  (error: unknown) => say(`not stopped: ${String(error)}`),
);
