// The program that holds a log: `lock-program LOG`. It says `open FILE`, or `refused CODE MESSAGE`; logs an event for each line that it
// reads, and says so; and stops its log when its stdin ends.
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { AuditError, createLogger, EventType } from 'agent-audit';

const [logFile = ''] = process.argv.slice(2);
const say = (text: string): void => void writeSync(1, `${text}\n`);

try {
  const audit = createLogger({ logFile, env: false, agentId: 'lock', onError: ({ code, message }) => say(`trouble ${code} ${message}`) });
  say(`open ${audit.logFile}`);
  for await (const line of createInterface({ input: process.stdin })) {
    audit.info(EventType.ScanCompleted, line);
    await audit.flush().then(
      () => say(`flushed ${line}`),
      (error: unknown) => say(`failed ${line}: ${String(error)}`),
    );
  }
  await audit.stop().catch((error: unknown) => say(`stop failed: ${String(error)}`));
  say('stopped');
} catch (error) {
  if (!(error instanceof AuditError)) throw error;
  say(`refused ${error.code} ${error.message}`);
}
