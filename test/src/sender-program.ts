// The program whose sender is killed: `sender-program LOG SENT RUN [stop]`. It logs numbered events, and its remote sender writes those
// that it is handed to the file SENT, `SEQ MESSAGE` each, a batch in one write; now and then it fails before it has, or after.
import { openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger, EventType } from 'agent-audit';
import { Random } from './random.ts';

const [logFile = '', sentFile = '', runText = '', ending = ''] = process.argv.slice(2);
const run = Number(runText);
const random = new Random(run);
const sent = openSync(sentFile, 'a');

const audit = createLogger({ logFile, maxSizeMB: 0.02, env: false, agentId: 'sender', onError: () => {} });
audit.setRemoteSender(async (events) => {
  if (ending === '' && random.oneIn(20)) throw new Error('unreachable');
  await sleep(random.between(0, 3));
  writeSync(sent, events.map(({ seq, message }) => `${seq} ${message}\n`).join(''));
  writeSync(1, 'sent\n');
  if (ending === '' && random.oneIn(10)) throw new Error('no answer');
});
const count = ending === '' ? Infinity : 50;
for (let events = 0; events < count; events++) {
  audit.info(EventType.ScanCompleted, `${run}/${events}`, { text: 'x'.repeat(100) });
  if (random.oneIn(4)) await sleep(1);
}
await audit.stop();
