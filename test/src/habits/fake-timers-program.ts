// What fake timers of test frameworks do: every clock and queue of the process stands still. The log's do not.
import { createLogger } from 'agent-audit';
import { ownSigner } from '../signer.ts';

const [logFile = '', sealedOn] = process.argv.slice(2);
const never = (): void => {};
const nextTick = process.nextTick.bind(process);

Object.assign(globalThis, { setTimeout: never, clearTimeout: never, setImmediate: never, queueMicrotask: never });
Date.now = () => 0;
performance.now = () => 0;
process.nextTick = never;

const audit = createLogger({ logFile, env: false, ...(sealedOn === 'main' && { identityKey: ownSigner(7) }) });
audit.info('scan_started', 'under fake timers');
await audit.flush();
process.nextTick = nextTick;
const { checkpointSize, checkpointAt, sealer } = audit.health();
console.log(`sealed ${checkpointSize} by ${sealer} ${(checkpointAt?.getTime() ?? 0) > 0}`);
await audit.stop();
