// Runs the examples of docs/cli.md on a log made for them, and compares. UPDATE_DOCS=1 writes what they print into the page.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LaggingLog, ReadAgent } from '@agent-audit/log';
import { fieldNames } from '@agent-audit/search';
import { environmentVariables } from 'agent-audit/files';
import { goodToken, stored, TestCollector } from './collector/collector.test.support.ts';
import { commands } from './commands.ts';
import { type Fields, startMs, temporaryFolder, TestLog } from './log.test.support.ts';
import { runCli } from './run.test.support.ts';

const page = fileURLToPath(new URL('../../../docs/cli.md', import.meta.url));
const block = /^```console\n([^]*?)^```$/gm;
/** An example on the page: a command, and what it prints. */
const example = /^\$ (agent-audit .*)\n((?:(?!\$ agent-audit ).*\n)*)/gm;

/** What differs from run to run. */
function steady(text: string): string {
  return text
    .replaceAll(/\d+\.\d\d s\b/g, '0.01 s')
    .replaceAll(/node \d[\d.]*/g, 'node 22.0.0')
    .replaceAll(/^(✔ (?:disk|clock|node) +).*$/gm, '$1…');
}

/** The words of a command line, as a shell parts them. */
function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '').slice(1);
}

/** Four jobs: one that went well, one that was tried twice, one whose process died, and one that runs. */
function makeLog(home: string): TestLog {
  const log = new TestLog(join(home, '.openctem'));
  const at = (ms: number, type: string, severity: string, message: string, fields: Fields = {}): void => {
    const timestamp = new Date(startMs + ms).toISOString();
    log.line(JSON.stringify({ seq: log.size, timestamp, type, severity, agent_id: 'scanner-7', message, ...fields }));
  };
  const span = (job_id: string, span_id: string, parent_span_id?: string): Fields => ({ job_id, span_id, parent_span_id });
  const job = { target: { type: 'host', id: 'web-01' }, details: { job_type: 'scan' }, operation: 'start' };
  at(40, 'agent_start', 'INFO', 'Scanner ready', { details: { version: '1.4.2' } });
  at(100, 'job_started', 'INFO', 'Job started', { ...span('j-41', 'a1'), ...job });
  at(110, 'scan_started', 'INFO', 'Scan started', { ...span('j-41', 'a2', 'a1'), operation: 'start' });
  const few = { duration_ms: 1_790, details: { findings_count: 3 }, outcome: 'success', operation: 'end' };
  at(1_900, 'scan_completed', 'INFO', 'Scan completed', { ...span('j-41', 'a2', 'a1'), ...few });
  at(1_950, 'job_completed', 'INFO', 'Job completed', { ...span('j-41', 'a1'), ...few, duration_ms: 1_850, details: {} });
  const start = 5_000;
  at(start, 'job_started', 'INFO', 'Job started', { ...span('j-42', 'b1'), ...job });
  at(start, 'scan_started', 'INFO', 'Scan started', { ...span('j-42', 'b2', 'b1'), operation: 'start' });
  const cpu = { severity: 'WARN', details: { cpu_percent: 95 } };
  at(start + 600, 'resource_throttle', 'WARN', 'Resource throttling activated: cpu', { ...span('j-42', 'b2', 'b1'), ...cpu });
  at(start + 1_100, 'resource_resume', 'INFO', 'Resource throttling lifted', span('j-42', 'b2', 'b1'));
  const found = { duration_ms: 2_100, details: { findings_count: 212 }, outcome: 'success', operation: 'end' };
  at(start + 2_100, 'scan_completed', 'INFO', 'Scan completed', { ...span('j-42', 'b2', 'b1'), ...found });
  at(start + 2_400, 'upload_started', 'INFO', 'Upload started', { ...span('j-42', 'b3', 'b1'), operation: 'start' });
  for (const [n, ms] of [2_600, 2_900].entries())
    at(start + ms, 'upload_retry', 'WARN', 'Upload is tried again', { ...span('j-42', 'b3', 'b1'), details: { attempt: n + 1 } });
  const failed = { error: 'ECONNRESET: socket hang up', outcome: 'failure', operation: 'end' };
  at(start + 3_200, 'upload_failed', 'ERROR', 'Upload failed', { ...span('j-42', 'b3', 'b1'), ...failed, duration_ms: 800 });
  at(start + 3_200, 'job_failed', 'ERROR', 'Job failed', { ...span('j-42', 'b1'), ...failed, duration_ms: 3_200 });
  log.cosign();
  at(9_000, 'job_started', 'INFO', 'Job started', { ...span('j-44', 'd1'), ...job });
  at(9_010, 'scan_started', 'INFO', 'Scan started', { ...span('j-44', 'd2', 'd1'), operation: 'start' });
  at(10_500, 'resource_warning', 'WARN', 'Memory is short', { ...span('j-44', 'd2', 'd1'), details: { memory_percent: 91 } });
  log.open();
  log.event('log.orphan', 'INFO', 'The outcome of an operation is unknown', { details: { seq: 16, span_id: 'd1' } });
  log.event('log.orphan', 'INFO', 'The outcome of an operation is unknown', { details: { seq: 17, span_id: 'd2' } });
  at(70_000, 'job_started', 'INFO', 'Job started', { ...span('j-45', 'e1'), ...job, target: { type: 'host', id: 'db-02' } });
  log.seal();
  chmodSync(dirname(log.path), 0o700);
  for (const name of readdirSync(dirname(log.path))) chmodSync(log.file(name), 0o600);
  // So that the doctor has something to say.
  chmodSync(log.path, 0o644);
  return log;
}

/** A collector of three agents, one of which is silent. */
async function makeCollector(context: TestContext): Promise<TestCollector> {
  const collector = await TestCollector.start(context);
  const failed = { severity: 'ERROR', error: 'ECONNRESET: socket hang up' };
  collector.events = [
    stored('scanner-7', 5, { type: 'job_failed', job_id: 'j-42', message: 'Job failed', ...failed }),
    stored('scanner-10', 7, { type: 'job_started', job_id: 'j-43', message: 'Job started' }),
    stored('db-1', 9, { type: 'auth_failed', severity: 'WARN', message: 'Login refused' }, ['RELAYED']),
  ];
  const at = (ms: number): string => new Date(startMs + ms).toISOString();
  const of = (agent: string, state: ReadAgent['state'], more: Partial<ReadAgent>): ReadAgent => {
    const { log, origin, tenant } = stored(agent, 0, {});
    const known = { log, origin, tenant, agent, state, vkey: '', size: 12_304, first: 0, enrolled_at: at(0), seen_at: at(80_000) };
    return { ...known, lag_ms: 10_000, lag_events: 0, lost_events: 0, gaps: [], alarms: 0, ...more };
  };
  collector.agents = [
    of('db-1', 'live', {}),
    of('scanner-7', 'behind', { lag_events: 114, size: 8_192, lost_events: 3 }),
    of('scanner-10', 'silent', { lag_ms: 5_400_000, gaps: [{ from: 0, to: 4_096 }], alarms: 1 }),
  ];
  const lagging = (agent: string, seen_at: string): LaggingLog => ({ log: stored(agent, 0, {}).log, agent, seen_at });
  collector.completeness = {
    complete_to: at(-5_310_000),
    heard_to: at(79_000),
    logs: { live: 1, behind: 1, stopped: 0, silent: 1, forked: 0 },
    behind: [{ ...lagging('scanner-7', at(80_000)), lag_events: 114 }],
    silent: [lagging('scanner-10', at(-5_310_000))],
    forked: [],
    gaps: [{ log: stored('scanner-10', 0, {}).log, agent: 'scanner-10', from: 0, to: 4_096 }],
    gaps_total: 1,
  };
  return collector;
}

/** The page, with what the examples print now. */
async function run(context: TestContext): Promise<string> {
  const home = temporaryFolder(context);
  const before = { folder: process.cwd(), HOME: process.env['HOME'], TZ: process.env['TZ'] };
  context.after(() => {
    process.chdir(before.folder);
    for (const name of ['HOME', 'TZ'] as const) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  });
  process.chdir(home);
  Object.assign(process.env, { HOME: home, TZ: 'Europe/Berlin' });
  const { vkey } = makeLog(home);
  writeFileSync('scanner-7.vkey', `${vkey}\n`);
  const old = { timestamp: '2026-11-23T09:00:00.123456789Z', type: 'job_completed', severity: 'INFO', message: 'Job completed' };
  writeFileSync('old.log', `${JSON.stringify({ ...old, job_id: 'j-1', duration_ms: 1_500_000_000 })}\n{"type":7}\n`);
  const collector = await makeCollector(context);
  // What stands on the page in place of an address that differs from run to run.
  const shown = (printed: string): string =>
    printed.replaceAll(collector.url, 'https://collector.example').replaceAll(new URL(collector.url).host, 'collector.example');
  let text = '';
  let end = 0;
  const source = readFileSync(page, 'utf8');
  for (const match of source.matchAll(block)) {
    text += source.slice(end, match.index);
    end = match.index + match[0].length;
    const examples = [];
    for (const [, command = ''] of (match[1] ?? '').matchAll(example)) {
      const argv = wordsOf(command).map((word) => word.replace('https://collector.example', collector.url));
      const env: Record<string, string> = argv.includes(collector.url) ? { AGENT_AUDIT_TOKEN: goodToken } : {};
      const { out, err } = await runCli(argv, { terminal: true, columns: 100, nowMs: startMs + 90_000, env });
      examples.push(`$ ${command}\n${steady(shown(`${out}${err}`).replaceAll('\r\n', '\n').replaceAll(home, '~'))}`);
    }
    text += `\`\`\`console\n${examples.join('')}\`\`\``;
  }
  return text + source.slice(end);
}

describe('docs/cli.md', { skip: existsSync(page) ? false : 'the page is not here' }, () => {
  it('shows what its commands print', async (context) => {
    const text = await run(context);
    if (process.env['UPDATE_DOCS'] === '1') writeFileSync(page, text);
    else assert.equal(text, readFileSync(page, 'utf8'), 'docs/cli.md is stale: UPDATE_DOCS=1 node --test packages/cli/dist/docs.test.js');
  });

  it('has every code of what the command line and a search refuse', () => {
    const text = readFileSync(page, 'utf8');
    const sources = ['../src/error.ts', '../../search/src/error.ts'].map((path) => readFileSync(new URL(path, import.meta.url), 'utf8'));
    const lists = sources.map((source) => /ErrorCode =([^;]*);/.exec(source)?.[1] ?? '');
    const codes = lists.flatMap((list) => [...list.matchAll(/'(\w+)'/g)].map(([, code = '']) => code));
    assert.ok(codes.includes('USAGE_CONFLICT') && codes.includes('SEARCH_SYNTAX'), codes.join(' '));
    assert.deepEqual(
      codes.filter((code) => !text.includes(`\`${code}\``)),
      [],
    );
  });

  it('has an example of every command', () => {
    const text = readFileSync(page, 'utf8');
    for (const { name } of commands) if (name !== 'help') assert.match(text, new RegExp(`^\\$ agent-audit ${name}\\b`, 'm'), name);
  });
});

const format = fileURLToPath(new URL('../../../docs/format.md', import.meta.url));

describe('docs/format.md', { skip: existsSync(format) ? false : 'the page is not here' }, () => {
  it('names no field of a line that a search cannot name', () => {
    const [, table = ''] = /^\| field \| value \|\n\|---\|---\|\n((?:\|.*\n)+)/m.exec(readFileSync(format, 'utf8')) ?? [];
    const names = table.split('\n').flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, name = '']) => name));
    assert.ok(names.includes('operation') && names.length > 20, names.join(' '));
    assert.deepEqual(
      names.filter((name) => !fieldNames.includes(name)),
      [],
    );
  });
});

const operations = fileURLToPath(new URL('../../../docs/operations.md', import.meta.url));

describe('docs/operations.md', { skip: existsSync(operations) ? false : 'the page is not here' }, () => {
  it('has every variable that the logger looks at, and no other', () => {
    const rows = readFileSync(operations, 'utf8').match(/^\| `AGENT_AUDIT_.*$/gm) ?? [];
    const names = rows.flatMap((row) => row.split('|')[1]?.match(/AGENT_AUDIT_\w+/g) ?? []);
    assert.deepEqual(names.toSorted(), environmentVariables.toSorted());
  });
});
