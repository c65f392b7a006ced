// The program of tests about places: it takes its log from the environment, says `open FILE` or `refused CODE MESSAGE`, logs one event,
// and waits for the end of its stdin. Then it stops, and says whether its log verifies.
import { writeSync } from 'node:fs';
import { AuditError, createLogger } from 'agent-audit';
import { verifyLogFile } from 'agent-audit/files';

const say = (text: string): void => void writeSync(1, `${text}\n`);

try {
  const audit = createLogger({ handleSignals: true, onError: ({ code, message }) => say(`trouble ${code} ${message}`) });
  audit.info('agent_start', 'started');
  await audit.flush();
  say(`open ${audit.logFile}`);
  await process.stdin.resume().toArray();
  await audit.stop();
  const { ok, lines } = await verifyLogFile(audit.logFile);
  say(`stopped ${ok ? 'sound' : 'not sound'} ${lines}`);
} catch (error) {
  if (!(error instanceof AuditError)) throw error;
  say(`refused ${error.code} ${error.message}`);
}
