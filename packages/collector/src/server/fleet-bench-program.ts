// Measures a collector that has thousands of agents: `node packages/collector/dist/server/fleet-bench-program.js [AGENTS [EVENTS
// [FOLDER]]]`. Prints what the answers of the read API take and weigh, one JSON object a line. With AGENT_AUDIT_BENCH_STAY=1 the
// collector stays up, and says where and with which token a browser finds it; a FOLDER that is given is kept, and used again.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agentsAnswer } from '@agent-audit/log';
import { systemClock } from '../clock.ts';
import type { Alarm, Commit, LineBatch, LogRecord, Store } from '../store/store.ts';
import { composeCollector } from './collector.ts';
import { openConfiguredStore } from './real-store.ts';

const rounds = 5;
const batchesOfCommit = 500;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

const [agentsText = '5000', eventsText = '1000000', keep] = process.argv.slice(2);
const agents = Number(agentsText);
const linesEach = Math.ceil(Number(eventsText) / agents);
const folder = keep ?? mkdtempSync(join(tmpdir(), 'agent-audit-fleet-'));
const nowMs = systemClock.now();

const nameOf = (agent: number): string => `scanner-${String(agent).padStart(5, '0')}`;
const logOf = (agent: number): string => `f${agent.toString(16).padStart(31, '0')}`;
/** Of every hundred: one forked, three silent, two behind, four stopped, one with a gap. */
const kindOf = (agent: number): number => (agent * 37) % 100;

function placeOf(agent: number): Pick<LogRecord, 'logId' | 'origin' | 'tenant' | 'agent'> {
  return { logId: logOf(agent), origin: `${nameOf(agent)}/${logOf(agent)}`, tenant: 'default', agent: nameOf(agent) };
}

/** Lines of the last day, more of them the later it is. */
function batchOf(agent: number): LineBatch {
  let text = '';
  for (let seq = 0; seq < linesEach; seq++) {
    const atMs = nowMs - Math.round(dayMs * (1 - (seq + 1) / linesEach) ** (1 + (agent % 3)));
    const type = seq % 50 === 49 && agent % 20 === 0 ? 'upload_failed' : 'tool_called';
    const severity = type === 'upload_failed' ? 'ERROR' : 'INFO';
    const line = { seq, timestamp: new Date(atMs).toISOString(), type, severity, agent_id: nameOf(agent), message: `line ${seq}` };
    text += `${JSON.stringify({ ...line, details: { tool: 'nuclei', target: `web-${(agent * 7 + seq) % 1_000}` } })}\n`;
  }
  return { ...placeOf(agent), from: 0, bytes: Buffer.from(text), lines: linesEach, receivedAtMs: nowMs };
}

function recordOf(agent: number): LogRecord {
  const kind = kindOf(agent);
  const seenAtMs = kind >= 1 && kind < 4 ? nowMs - 2 * hourMs : nowMs + hourMs;
  const first = kind === 20 ? 10 : 0;
  const toldSize = kind === 5 || kind === 6 ? linesEach + 1_000 + agent : linesEach;
  const times = { enrolledAtMs: nowMs - dayMs, seenAtMs, grownAtMs: Math.min(nowMs, seenAtMs), newestEventMs: nowMs };
  const how = { end: kind >= 10 && kind < 14 ? 'stop' : 'open', state: kind === 0 ? 'forked' : 'sound', erasing: [] } as const;
  const vkey = `${nameOf(agent)}/${logOf(agent)}+00000000+${'A'.repeat(44)}`;
  return { ...placeOf(agent), ...times, ...how, vkey, first, size: linesEach, toldSize, frontier: [], note: '' };
}

function alarmsOf(agent: number): readonly Alarm[] {
  const kind = kindOf(agent);
  if (kind !== 0 && kind !== 20) return [];
  const gap = kind === 20 ? { kind: 'GAP', from: 0, to: 10 } as const : { kind: 'FORK' } as const;
  return [{ id: `alarm-${agent}`, ...placeOf(agent), atMs: nowMs, message: 'as a bench makes it', notes: ['n'.repeat(400)], ...gap }];
}

async function fill(store: Store): Promise<void> {
  for (let from = 0; from < agents; from += batchesOfCommit) {
    const some = Array.from({ length: Math.min(batchesOfCommit, agents - from) }, (_, index) => from + index);
    const commit: Commit = { batches: some.map(batchOf), nodes: [], alarms: some.flatMap(alarmsOf), records: some.map(recordOf) };
    await store.commit(commit);
  }
}

function tell(what: object): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

/** What a browser asks for with a token. */
async function measure(url: string, token: string): Promise<void> {
  const ask = async (path: string): Promise<string> => {
    const response = await fetch(url + path, { headers: { authorization: `Bearer ${token}` } });
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.text();
  };
  const timed = async (path: string): Promise<string> => {
    const times: number[] = [];
    let text = '';
    for (let round = 0; round < rounds; round++) {
      const began = systemClock.monotonicMs();
      text = await ask(path);
      times.push(Math.round(systemClock.monotonicMs() - began));
    }
    const medianMs = times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)];
    tell({ path: path.slice(0, 70), firstMs: times[0], medianMs, kilobytes: Math.round(text.length / 1_000) });
    return text;
  };
  const day = `since=${nowMs - dayMs}`;
  await timed('/v1/completeness');
  await timed('/v1/events?limit=1');
  const list = agentsAnswer.parse(await timed('/v1/agents?order=state&limit=100'));
  await timed('/v1/agents?order=state&limit=100&name=0042');
  await timed('/v1/agents?limit=1000');
  await timed(`/v1/agents/rates?${day}&logs=${list.agents.map(({ log }) => log).join()}`);
  await timed(`/v1/agents/rates?logs=${list.agents.map(({ log }) => log).join()}`);
  await timed('/v1/alarms');
  await timed(`/v1/events?${day}&limit=500`);
}

const began = systemClock.monotonicMs();
const collector = await composeCollector(
  async (config, name) => {
    const store = await openConfiguredStore(config, name);
    if ((await store.usage()).events < agents * linesEach) await fill(store);
    return store;
  },
  { dataFolder: join(folder, 'data'), port: 0 },
  { env: {}, newAdminToken: true },
);
tell({ agents, events: collector.stored.events, logs: collector.stored.logs, startedMs: Math.round(systemClock.monotonicMs() - began) });
const token = collector.firstTokens?.admin ?? '';
await measure(collector.url, token);
if (process.env['AGENT_AUDIT_BENCH_STAY'] === '1') {
  tell({ console: collector.consoleUrl, token });
} else {
  await collector.close();
  if (keep === undefined) rmSync(folder, { recursive: true });
}
