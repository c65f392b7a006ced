// For tests only: a program that logs until it is killed, or so many lines and then stops. Arguments: logFile, endpoint, lines.
import { createLogger } from '../logger.ts';

const [logFile = '', remoteEndpoint = '', count = ''] = process.argv.slice(2);
const audit = createLogger({ agentId: 'scanner-7', env: false, logFile, remoteEndpoint, maxSizeMB: 0.2 });
const text = 'x'.repeat(300);
for (let i = 0; i < Number(count); i++) {
  audit.info('scan_progress', text, { pid: process.pid, i });
  if (i % 20 === 0) await audit.flush();
}
await audit.stop();
