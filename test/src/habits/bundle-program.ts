// A program that tests bundle: it logs into its working directory, verifies what it logged, and says which thread sealed.
import { createLogger, type Logger } from 'agent-audit';
import { verifyLogFile } from 'agent-audit/files';

const logFile = 'audit.log';
const audit = createLogger({ logFile, env: false, maxSizeMB: 0.002, onError: ({ code }) => console.log(`trouble ${code}`) });

async function main(logger: Logger): Promise<void> {
  for (let i = 0; i < 20; i++) logger.info('scan_completed', String(i));
  await logger.flush();
  console.log(`sealer ${logger.health().sealer}`);
  await logger.stop();
  const { ok, lines } = await verifyLogFile(logFile, { jobs: 2 });
  console.log(`verified ${ok} ${lines}`);
}

void main(audit);
