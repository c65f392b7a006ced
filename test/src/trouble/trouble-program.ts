// The program that a trouble befalls: `trouble-program LOG [hogged]`. It says `open`, or `refused CODE MESSAGE`, and `trouble CODE`
// whenever it is told of one. It does what it reads, line by line, and answers each with a line:
//
//   log N    logs N events, each in a tick of its own, numbered by their messages
//   flush    `flushed ok` or `flushed CODE`
//   health   `health STATE CODE,CODE`
//   hog      opens files until the system refuses (`hogged`: before the log is opened) · release closes them
//   stop     `stopped ok` or `stopped CODE`
import { closeSync, openSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { AuditError, createLogger, EventType, type Logger } from 'agent-audit';
import { nextTick } from '../until.ts';

const [logFile = '', hogged] = process.argv.slice(2);
const say = (text: string): void => void writeSync(1, `${text}\n`);
const tell = ({ code }: AuditError): void => say(`trouble ${code}`);
const files: number[] = [];
let events = 0;

const outcomeOf = (done: Promise<void>): Promise<string> =>
  done.then(
    () => 'ok',
    (error: unknown) => (error instanceof AuditError ? error.code : String(error)),
  );

function hog(): string {
  for (;;) {
    try {
      files.push(openSync('/dev/null', 'r'));
    } catch (error) {
      return error instanceof Error && 'code' in error ? String(error.code) : String(error);
    }
  }
}

async function answer(audit: Logger, command: string, count: number): Promise<string> {
  switch (command) {
    case 'log':
      for (let i = 0; i < count; i++) {
        audit.info(EventType.ScanCompleted, String(events++), { filler: 'x'.repeat(200) });
        await nextTick();
      }
      return `logged ${events}`;
    case 'flush':
      return `flushed ${await outcomeOf(audit.flush())}`;
    case 'health': {
      const { state, reasons } = audit.health();
      return `health ${state} ${reasons.map(({ code }) => code).join()}`;
    }
    case 'hog':
      return `hogged ${hog()}`;
    case 'release':
      for (const fd of files.splice(0)) closeSync(fd);
      return 'released';
    default:
      return `stopped ${await outcomeOf(audit.stop())}`;
  }
}

if (hogged !== undefined) hog();
try {
  const audit = createLogger({ logFile, env: false, agentId: 'troubled', maxSizeMB: 0.01, onError: tell });
  audit.start();
  await audit.flush();
  say('open');
  for await (const line of createInterface({ input: process.stdin })) {
    const [command = '', count = '0'] = line.split(' ');
    say(await answer(audit, command, Number(count)));
  }
} catch (error) {
  if (!(error instanceof AuditError)) throw error;
  say(`refused ${error.code} ${error.message}`);
}
