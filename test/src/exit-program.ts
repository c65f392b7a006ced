// The program that ends: `exit-program WAY LOG [own]`. It logs numbered events, says how many on stdout, and ends in the way it is told.
// `own`: with a key of its own, so that its log is sealed on its main thread.
import { rmSync, writeSync } from 'node:fs';
import { type AuditError, createLogger, EventType, Logger, type LoggerOptions } from 'agent-audit';
import { ownSigner } from './signer.ts';

const [way = '', logFile = '', key = ''] = process.argv.slice(2);
const identityKey = key === 'own' ? ownSigner(7) : undefined;
let events = 0;

function open(options: LoggerOptions = {}): Logger {
  const onError = ({ code, message }: AuditError): void => say(`trouble ${code}: ${message}`);
  return createLogger({ logFile, env: false, agentId: 'exit', identityKey, onError, ...options });
}

function log(audit: Logger, count: number = 100): void {
  for (let i = 0; i < count; i++) audit.info(EventType.ScanCompleted, String(events++));
}

function say(text: string): void {
  writeSync(1, `${text}\n`);
}

/** Keeps the process alive until it is killed or ends itself. */
function stay(): void {
  setInterval(() => {}, 60_000);
}

const ways: Readonly<Record<string, () => void | Promise<void>>> = {
  'natural end': () => log(open()),
  'natural end, long after the worker is up': async () => {
    const audit = open();
    log(audit);
    await audit.flush();
    log(audit);
  },
  'natural end, never started': () => log(new Logger({ logFile, env: false, agentId: 'exit', identityKey })),
  'natural end, after a flush that nobody awaits': () => {
    const audit = open();
    log(audit);
    void audit.flush();
  },
  'natural end, after a flush that fails': async () => {
    const audit = open({ onError: ({ code }) => say(`told ${code}`) });
    log(audit, 10);
    await audit.flush().catch((error: unknown) => say(`flush failed: ${String(error)}`));
  },
  'process.exit before the worker is up': () => {
    log(open());
    process.exit(3);
  },
  'process.exit in the tick that logs': async () => {
    const audit = open();
    log(audit);
    await audit.flush();
    log(audit);
    process.exit(3);
  },
  'process.exit while stop() is under way': async () => {
    const audit = open();
    log(audit);
    await audit.flush();
    log(audit);
    void audit.stop();
    process.exit(3);
  },
  'uncaught throw': async () => {
    const audit = open();
    log(audit);
    await audit.flush();
    log(audit);
    setImmediate(() => {
      log(audit);
      throw new Error('thrown');
    });
  },
  'uncaught throw before the worker is up': () => {
    log(open());
    throw new Error('thrown');
  },
  'unhandled rejection': async () => {
    const audit = open();
    log(audit);
    await audit.flush();
    setImmediate(() => {
      log(audit);
      void Promise.reject(new Error('rejected'));
    });
  },
  'an exit listener of the program that logs': () => {
    const program: { audit?: Logger } = {};
    process.on('exit', () => {
      if (program.audit !== undefined) log(program.audit);
      say(`logged ${events}`);
    });
    program.audit = open();
    log(program.audit);
  },
  'process.exit by an event’s own getter': () => {
    const audit = open();
    log(audit, 10);
    const details = {
      get exit() {
        log(audit, 5);
        return process.exit(3);
      },
    };
    // What the getter logs stands behind its own event, which is never made.
    process.on('exit', () => say('logged 10'));
    audit.info(EventType.ScanStarted, 'never', details);
  },
  'process.exit while segments close': async () => {
    const audit = open({ maxSizeMB: 0.005, bufferSize: 5 });
    for (let i = 0; i < 40; i++) {
      log(audit, 10);
      if (i % 4 === 0) await audit.flush();
      else await new Promise((resolve) => setImmediate(resolve));
    }
    process.exit(3);
  },
  'natural end, after the file was deleted': async () => {
    const audit = open({ onError: ({ code }) => say(`told ${code}`) });
    log(audit);
    await audit.flush();
    log(audit);
    rmSync(logFile);
  },
  'process.exit before the worker is up, after the file was deleted': () => {
    log(open({ onError: ({ code }) => say(`told ${code}`) }));
    process.nextTick(() => {
      rmSync(logFile);
      process.exit(3);
    });
  },
  'stop() awaited, after the file was deleted': async () => {
    const audit = open({ onError: ({ code }) => say(`told ${code}`) });
    log(audit);
    await audit.flush();
    rmSync(logFile);
    log(audit);
    await audit.stop();
  },
  'stop() awaited': async () => {
    const audit = open();
    log(audit);
    await audit.stop();
  },
  'stop() before the worker is up': () => {
    const audit = open();
    log(audit);
    void audit.stop();
  },
  'await using': async () => {
    await using audit = open();
    log(audit);
  },
  'two loggers': () => {
    const other = createLogger({ logFile: `${logFile}.other.log`, env: false });
    log(open());
    other.info(EventType.ScanCompleted, 'of the other');
  },
  'a signal': () => {
    log(open());
    setImmediate(() => say('ready'));
    stay();
  },
  'a signal, handled': () => {
    log(open({ handleSignals: true }));
    setImmediate(() => say('ready'));
    stay();
  },
  'a signal, handled, and a listener that ends the process later': () => {
    const audit = open({ handleSignals: true });
    log(audit);
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void audit.stop().then(() => process.exit(7)));
    setImmediate(() => say('ready'));
    stay();
  },
  'a signal, handled, and a listener that ends the process at once': () => {
    const audit = open({ handleSignals: true });
    log(audit);
    for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit(7));
    setImmediate(() => say('ready'));
    stay();
  },
  'a signal, and a listener that stops the log without waiting for it': () => {
    const audit = open();
    log(audit);
    process.on('SIGTERM', () => {
      log(audit);
      say(`logged ${events}`);
      void audit.stop();
      process.exit(7);
    });
    setImmediate(() => say('ready'));
    stay();
  },
};

process.on('exit', () => say(`logged ${events}`));
await ways[way]?.();
if (ways[way] === undefined) say(`no such way: ${way}`);
