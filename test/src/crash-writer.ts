// The program that is killed: `crash-writer LOG SIDE RUN SEED TOTAL_MB [stop]`. It logs numbered events, a few a tick, and writes down in
// SIDE what it may rely on from then on:
//
//   tick N       all events below N were logged in earlier ticks
//   flush N S    flush() has resolved for all events below N; the last of them has seq S
//   error CODE   the logger has told a trouble
//
// Each is one write to a file, before the next event is logged: what the operating system has of it outlives the kill. For whoever
// waits for it to come some way, it says `flushed` on stdout too.
import { openSync, writeSync } from 'node:fs';
import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises';
import { createLogger, EventType } from 'agent-audit';
import { Random } from './random.ts';

const [logFile = '', sideFile = '', runText = '', seedText = '', totalText = '', ending = ''] = process.argv.slice(2);
const run = Number(runText);
const random = new Random(Number(seedText));
const side = openSync(sideFile, 'a');
const say = (text: string): void => void writeSync(side, `${text}\n`);

/** A segment holds less than a hundred events: rotation and compression never pause. */
const maxSizeMB = 0.02;
const ticks = ending === 'stop' ? 50 : Infinity;

const audit = createLogger({
  logFile,
  maxSizeMB,
  maxTotalSizeMB: Number(totalText),
  bufferSize: 200,
  env: false,
  agentId: 'crash-writer',
  onError: ({ code, message }) => say(`error ${code} ${message}`),
});
say(`origin ${audit.origin}`);

let events = 0;
for (let tick = 0; tick < ticks; tick++) {
  say(`tick ${events}`);
  let seq: number | undefined;
  for (let count = random.between(1, 12); count > 0; count--) {
    // Some are longer than a line may be, and are cut.
    const text = random.oneIn(200) ? 'ß'.repeat(random.between(1, 40_000)) : 'x'.repeat(random.between(0, 600));
    seq = audit.info(EventType.ScanCompleted, `${run}/${events++}`, { text });
  }
  const flushed = events;
  if (random.oneIn(8)) {
    const flush = audit.flush().then(() => {
      say(`flush ${flushed} ${seq}`);
      writeSync(1, 'flushed\n');
    });
    if (random.oneIn(2)) await flush;
  }
  await (random.oneIn(6) ? sleep(random.between(1, 3)) : nextTick());
}
await audit.stop();
say(`flush ${events} -1`);
