// Measures an embedded store: `node packages/collector/dist/store/store-bench-program.js [EVENTS [FOLDER [fill]]]`. Prints what it found,
// one JSON object a line; a FOLDER that is given is kept, and measured again by the next run without filling it. With `fill` it only fills.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from '@agent-audit/search';
import { systemClock } from '../clock.ts';
import { openEmbedded } from '../db/embedded.ts';
import { openStore } from './open-store.ts';
import type { LineBatch, Store } from './store.ts';

const batchLines = 10_000;
/** Of each question. */
const rounds = 5;
const agents = 20;
const stepMs = 250;
const startMs = Date.parse('2026-11-01T00:00:00.000Z');

const types = ['job_started', 'tool_called', 'scan_started', 'scan_completed', 'upload_failed', 'rate_limited', 'job_completed'];
const tools = ['nuclei', 'nmap', 'trivy', 'semgrep', 'zap'];
const searches = [
  '',
  'severity:>=ERROR',
  'type:upload_failed',
  'job_id:j-7-77',
  'agent_id:scanner-3 severity:ERROR',
  'details.tool:zap',
  'details.findings:>88',
  'duration_ms:>9990',
  '"connection reset"',
  'web-123456',
  'nothing-like-this',
  '-type:tool_called -severity:INFO',
  'trace_id:00000000000000000000000000012345',
];

/** A number that looks like chance, and is the same in every run. */
function mixed(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x45d9f3b);
  bits = Math.imul(bits ^ (bits >>> 16), 0x45d9f3b);
  return (bits ^ (bits >>> 16)) >>> 0;
}

function lineOf(agent: number, seq: number): string {
  const chance = mixed(agent * 50_000_017 + seq);
  const type = types[chance % types.length] ?? '';
  const isFailure = type === 'upload_failed';
  const job = `j-${agent}-${seq >> 6}`;
  return JSON.stringify({
    seq,
    timestamp: new Date(startMs + seq * stepMs + (chance % stepMs)).toISOString(),
    type,
    severity: isFailure ? 'ERROR' : chance % 11 === 0 ? 'WARN' : 'INFO',
    agent_id: `scanner-${agent}`,
    tenant_id: 'acme',
    job_id: job,
    message: `${type.replace('_', ' ')} on host web-${chance % 200_000}.example.com`,
    ...(isFailure && { error: chance % 3 === 0 ? 'ECONNRESET: connection reset by peer' : 'ETIMEDOUT: no answer' }),
    duration_ms: (chance % 100_000) / 10,
    details: { tool: tools[chance % 5], target: `web-${chance % 200_000}`, findings: chance % 91, attempt: chance % 3 },
    trace_id: (seq >> 3).toString(16).padStart(32, '0'),
    span_id: chance.toString(16).padStart(16, '0'),
  });
}

function batchOf(agent: number, from: number): LineBatch {
  let text = '';
  for (let seq = from; seq < from + batchLines; seq++) text += `${lineOf(agent, seq)}\n`;
  const logId = agent.toString(16).padStart(32, 'a');
  const name = `scanner-${agent}`;
  const place = { logId, origin: `${name}/${logId}`, tenant: 'acme', agent: name };
  return { ...place, from, bytes: Buffer.from(text), lines: batchLines, receivedAtMs: startMs + from * stepMs };
}

function tell(what: object): void {
  process.stdout.write(`${JSON.stringify({ ...what, rssMb: Math.round(process.memoryUsage().rss / 1e6) })}\n`);
}

async function fill(store: Store, events: number): Promise<void> {
  let ms = 0;
  let bytes = 0;
  let slowestMs = 0;
  let cpuMicros = 0;
  const batches = Math.ceil(events / batchLines);
  for (let index = 0; index < batches; index++) {
    const batch = batchOf(index % agents, Math.floor(index / agents) * batchLines);
    bytes += batch.bytes.length;
    const cpu = process.cpuUsage();
    const began = systemClock.monotonicMs();
    await store.commit({ batches: [batch], nodes: [], alarms: [], records: [] });
    const took = systemClock.monotonicMs() - began;
    ms += took;
    const { user, system } = process.cpuUsage(cpu);
    cpuMicros += user + system;
    slowestMs = Math.max(slowestMs, took);
    const done = (index + 1) * batchLines;
    if (index % 50 === 49) tell({ committed: done, perSecond: Math.round(done / (ms / 1_000)) });
  }
  const count = batches * batchLines;
  const perSecond = Math.round(count / (ms / 1_000));
  tell({ filled: count, perSecond, slowestMs, cpuMicrosAnEvent: cpuMicros / count, rawBytesAnEvent: bytes / count });
}

async function timed(what: string, work: () => Promise<unknown>): Promise<void> {
  const times: number[] = [];
  const cpuMs: number[] = [];
  let found: unknown;
  for (let round = 0; round < rounds; round++) {
    const cpu = process.cpuUsage();
    const began = systemClock.monotonicMs();
    found = await work();
    const { user, system } = process.cpuUsage(cpu);
    cpuMs.push(Math.round((user + system) / 1_000));
    times.push(Math.round(systemClock.monotonicMs() - began));
  }
  const medianMs = times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)];
  tell({ what, firstMs: times[0], medianMs, bestMs: Math.min(...times), cpuMs: Math.min(...cpuMs), found });
}

const [eventsText = '1000000', keep, only] = process.argv.slice(2);
const folder = keep ?? mkdtempSync(join(tmpdir(), 'agent-audit-bench-'));
const database = await openEmbedded({ folder, database: 'agent_audit' });
const store = await openStore({ database });
if ((await store.usage()).events < Number(eventsText)) await fill(store, Number(eventsText));
const { events, bytes } = await store.usage();
tell({ events, bytesAnEvent: bytes / events });
if (only === 'fill') {
  await database.close();
  process.exit();
}
const visible = { tenant: 'acme' };
for (const search of searches) {
  const query = parse(search);
  await timed(`page ${search}`, async () => (await store.events({ visible, query, order: 'desc', limit: 50 })).events.length);
}
for (const search of ['', 'severity:>=ERROR', 'details.tool:zap']) {
  await timed(`count ${search}`, async () => store.count({ visible, query: parse(search) }));
}
const untilMs = startMs + (Number(eventsText) / agents) * stepMs;
const whole = { visible, query: parse('') };
await timed('histogram', async () => (await store.histogram({ ...whole, sinceMs: startMs, untilMs, bars: 100, by: 'severity' })).length);
const fields = ['type', 'severity', 'agent_id', 'job_id'];
await timed('facets', async () => Object.keys(await store.facets({ ...whole, fields, limit: 10 })).length);
await timed('stats', async () => (await store.stats(whole)).events);
await timed('jobs', async () => (await store.jobs({ ...whole, limit: 50 })).length);
const logId = '3'.padStart(32, 'a');
await timed('lines of a log', async () => (await store.lines(logId, 20_000, 20_256)).seqs.length);
await timed('storedSize', async () => store.storedSize(logId, 10_000));
await database.close();
if (keep === undefined) rmSync(folder, { recursive: true });
