// The agent of tests: `agent-program OPTIONS`, a JSON object (see AgentOptions). It says `open ORIGIN`, and what troubles it; then it does
// what it is told on stdin, one word a line, and answers with one line each:
//
//   log N        logs N events, a few a tick → logged EVENTS SEQUENCED
//   run          logs a few events in every tick from then on → running
//   rest         no more → resting EVENTS SEQUENCED
//   count        → counted EVENTS SEQUENCED
//   flush        → flushed
//   health       → health JSON
//   stop         stops, and ships before it does → stopped EVENTS SEQUENCED; then it ends
//
// EVENTS: how often log() was called; SEQUENCED: how often it gave a seq.
import { randomBytes } from 'node:crypto';
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setImmediate as nextTick, setTimeout as sleep } from 'node:timers/promises';
import type { AgentOptions } from './agent.ts';

const options = JSON.parse(process.argv[2] ?? '{}') as AgentOptions;
const { agentId, logFile, endpoint, tokenFile, maxSizeMB, maxTotalSizeMB, skewMs = 0 } = options;
const say = (text: string): void => void writeSync(1, `${text}\n`);

if (skewMs !== 0) {
  const now = Date.now;
  Date.now = () => now() + skewMs;
}
// Only now: its clock is the machine's as it is when it is loaded.
const { createLogger, EventType } = await import('agent-audit');
const audit = createLogger({
  agentId,
  logFile,
  remoteEndpoint: endpoint,
  remoteToken: { file: tokenFile },
  maxSizeMB,
  maxTotalSizeMB,
  // The oldest lines go by size alone, and those that were not shipped too where that is the size's doing.
  minFreeDiskMB: 0,
  env: false,
  onError: ({ code, message }) => say(`trouble ${code} ${message}`),
});
say(`open ${audit.origin}`);

const perTick = 5;
const stopMsMax = 50_000;
let events = 0;
let sequenced = 0;
let running: AbortController | undefined;

function logSome(count: number): void {
  for (let left = count; left > 0; left--) {
    const text = `ünï ${randomBytes(events % 150).toString('base64')}`;
    const seq = audit.info(EventType.ScanCompleted, `${agentId} ${events++}`, { text });
    if (seq !== undefined) sequenced++;
  }
}

async function logMany(count: number): Promise<void> {
  for (let left = count; left > 0; left -= perTick) {
    logSome(Math.min(perTick, left));
    await nextTick();
  }
}

async function run({ signal }: AbortController): Promise<void> {
  while (!signal.aborted) {
    logSome(perTick);
    await sleep(50);
  }
}

async function stop(): Promise<never> {
  running?.abort();
  await audit.stop({ signal: AbortSignal.timeout(stopMsMax) });
  say(`stopped ${events} ${sequenced}`);
  process.exit();
}

for await (const line of createInterface({ input: process.stdin })) {
  const [word, count] = line.split(' ');
  switch (word) {
    case 'log':
      await logMany(Number(count));
      say(`logged ${events} ${sequenced}`);
      break;
    case 'run':
      void run((running = new AbortController()));
      say('running');
      break;
    case 'rest':
      running?.abort();
      say(`resting ${events} ${sequenced}`);
      break;
    case 'count':
      say(`counted ${events} ${sequenced}`);
      break;
    case 'flush':
      await audit.flush();
      say('flushed');
      break;
    case 'health':
      say(`health ${JSON.stringify(audit.health())}`);
      break;
    case 'stop':
      await stop();
      break;
    default:
      say(`what ${line}`);
  }
}
