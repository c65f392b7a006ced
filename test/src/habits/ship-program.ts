// A program that tests bundle: it ships to where nobody is, and says what it is told of that, and from which thread.
import { createLogger } from 'agent-audit';

const nobody = 'http://127.0.0.1:1';
const audit = createLogger({
  logFile: 'audit.log',
  env: false,
  remoteEndpoint: nobody,
  onError: ({ code }) => {
    console.log(`${code} ${audit.health().remote?.shipper}`);
    if (code === 'REMOTE_UNREACHABLE') void audit.stop();
  },
});
audit.info('agent_start', 'm');
// Shipping keeps no process alive.
setInterval(() => {
  if (audit.health().state === 'stopped') process.exit();
}, 10);
