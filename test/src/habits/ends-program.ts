// Ends that programs come to by habit, and not by design: `ends-program WAY LOG`.
import { createLogger } from 'agent-audit';

const [way = '', logFile = ''] = process.argv.slice(2);
const audit = createLogger({ logFile, env: false });

audit.info('agent_start', 'started');
switch (way) {
  case 'an await that never settles':
    await new Promise(() => {});
    break;
  case 'an uncaught exception that a listener takes':
    process.once('uncaughtException', () => audit.info('agent_error', 'went on'));
    setImmediate(() => {
      throw new Error('thrown');
    });
    break;
  case 'process.exitCode':
    process.exitCode = 4;
    break;
  case 'work in beforeExit':
    process.once('beforeExit', () => audit.info('agent_stop', 'before the end'));
    break;
  case 'a throw in an exit listener':
    process.on('exit', () => {
      throw new Error('thrown at exit');
    });
    break;
  case 'a closed stdout':
    process.stdout.on('error', () => process.exit(5));
    process.stdin.resume().once('end', () => setInterval(() => process.stdout.write('said to nobody\n'), 1));
    break;
  default:
    throw new Error(`no such way: ${way}`);
}
