// The command line and a whole collector, on the embedded store. One process has one folder at a time, so this file keeps to one.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Collector, startCollector } from '@agent-audit/collector';
import { type Completeness, parseOrigin, type ReadAgent } from '@agent-audit/log';
import { createLogger, type Logger } from 'agent-audit';
import { runCli, type RunOptions, type RunResult } from '../run.test.support.ts';

const folder = mkdtempSync(join(tmpdir(), 'agent-audit-cli-real-'));
const troubles: string[] = [];
const options = { dataFolder: join(folder, 'data'), port: 0 };
const parts = { env: {}, onTrouble: (code: string, message: string): void => void troubles.push(`${code}: ${message}`) };
const loggers: Logger[] = [];
let collector: Collector;
let admin = '';
/** Why the collector cannot run here. */
let missing: string | undefined;

const path = (agentId: string): string => join(folder, agentId, 'audit.log');

function start(agentId: string, remoteToken: string): Logger {
  const logger = createLogger({
    agentId,
    logFile: path(agentId),
    remoteEndpoint: collector.url,
    remoteToken,
    env: false,
    onError: ({ code, message }) => troubles.push(`${code}: ${message}`),
  });
  loggers.push(logger);
  return logger;
}

/** As an admin of all tenants; `now` is the real one, for the collector has its own clock. */
function cli(argv: readonly string[], more: RunOptions = {}): Promise<RunResult> {
  const env = { AGENT_AUDIT_COLLECTOR: collector.url, AGENT_AUDIT_TOKEN: admin, ...more.env };
  return runCli(argv, { nowMs: performance.timeOrigin + performance.now(), ...more, env });
}

/** Asks until the answer is what is waited for. */
async function until(argv: readonly string[], holds: (result: RunResult) => boolean): Promise<RunResult> {
  let result = await cli(argv);
  for (let turn = 0; turn < 2_000 && !holds(result); turn++) result = await cli(argv);
  assert.ok(holds(result), `never came: ${argv.join(' ')}\n${result.out}${result.err}${troubles.join('\n')}`);
  return result;
}

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

before(async () => {
  try {
    collector = await startCollector(options, parts);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'DB_MISSING')) throw error;
    missing = error.message;
    return;
  }
  const { admin: secret = '', ingest = '' } = collector.firstTokens ?? {};
  admin = secret;
  const [first, second] = [start('scanner-7', ingest), start('scanner-9', ingest)];
  await first.operation({ type: 'job', jobId: 'j-42', message: 'scan' }, async (op) => {
    op.info('chunk_uploaded', 'a chunk', { n: 1 });
    await second.operation({ type: 'scan', jobId: 'j-42' }, async () => {});
    op.error('upload_failed', 'Upload \u001b[31mfailed', new Error('ECONNRESET: socket hang up'));
  });
  await Promise.all(loggers.map((logger) => logger.flush()));
});

after(async () => {
  await Promise.all(loggers.map((logger) => logger.stop()));
  if (missing === undefined) await collector.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the command line and a real collector', () => {
  it('finds the events of all agents, unchanged, and says that they are complete', async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const completenessOf = (text: string): Completeness => (JSON.parse(text) as { completeness: Completeness }).completeness;
    // A line is found a moment before its log's commit point, and the log is behind until then.
    const isWhole = (result: RunResult): boolean => lines(result.out).length >= 6 && completenessOf(result.err).logs.live >= 2;
    const { out, err } = await until(['query', 'job_id:j-42', '--json'], isWhole);
    const local = await runCli(['query', 'job_id:j-42', '--json', path('scanner-7'), path('scanner-9')]);
    assert.deepEqual(lines(out).toSorted(), lines(local.out).toSorted());
    assert.ok(completenessOf(err).logs.live >= 2, err);
    assert.equal((await cli(['query', 'job_id:j-42', '--count'])).out, `${lines(out).length}\n`);
    assert.equal((await cli(['query', 'job_id:j-42', '-n', '1', '--fields', 'type'])).out, 'job_completed\n');
    const paged = await cli(['query', '', '--reverse', '--json']);
    assert.ok(lines(paged.out).length > lines(out).length);
    const shown = await cli(['query', 'type:upload_failed'], { terminal: true });
    assert.match(shown.out, /scanner-7 .* ERROR upload_failed +j-42 +Upload \\u001b\[31mfailed/);
    const refused = await cli(['query', 'sevrity:x']);
    assert.equal(refused.status, 2);
  });

  it('draws a job over both agents, lists it, and counts', async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const drawn = await cli(['jobs', 'j-42'], { terminal: true });
    assert.match(drawn.out, /^j-42 .*completed after /m);
    assert.match(drawn.out, /scanner-9/);
    const listed = lines((await cli(['jobs', '--json'])).out).map((line) => JSON.parse(line) as { job_id: string; outcome: string });
    assert.ok(listed.some(({ job_id: id, outcome }) => id === 'j-42' && outcome === 'completed'), JSON.stringify(listed));
    const stats = JSON.parse((await cli(['stats', 'job_id:j-42', '--json'])).out) as { events: number; types: Record<string, number> };
    assert.equal(stats.types['upload_failed'], 1);
    assert.match((await cli(['stats'], { terminal: true })).out, /errors +1 .*ECONNRESET: socket hang up/);
  });

  it('exports lines, csv and parquet', async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const local = await runCli(['query', 'job_id:j-42', '--json', path('scanner-7'), path('scanner-9')]);
    const { out, err } = await cli(['export', 'job_id:j-42']);
    assert.deepEqual(lines(out).toSorted(), lines(local.out).toSorted(), err);
    const csv = await cli(['export', 'type:upload_failed', '--format', 'csv', '--fields', 'type,job_id']);
    assert.equal(csv.out, 'type,job_id\r\nupload_failed,j-42\r\n');
    const file = join(folder, 'x.parquet');
    const parquet = await cli(['export', '--out', file]);
    assert.equal(parquet.status, 0, parquet.err);
    const bytes = readFileSync(file);
    assert.equal(bytes.subarray(0, 4).toString() + bytes.subarray(-4).toString(), 'PAR1PAR1');
  });

  it('lists the agents, proves a line, and vouches for a log until it is changed', async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const { out } = await until(['agents', '--json'], (result) => lines(result.out).length >= 2);
    const all = lines(out).map((line) => JSON.parse(line) as ReadAgent);
    const found = all.find(({ agent: name }) => name === 'scanner-7');
    assert.ok(found !== undefined, out);
    assert.equal(found.state, 'live');
    assert.match((await cli(['agents'], { terminal: true })).out, /scanner-7 +live/);
    const evidence = join(folder, 'evidence');
    const proven = await cli(['prove', '1', '--log', found.log, '--out', evidence, '--collector', collector.url]);
    assert.equal(proven.status, 0, proven.err);
    assert.match(proven.out, /witnessed {2}/);
    assert.equal((await runCli(['verify', '--proof', evidence, '--key', found.vkey])).status, 0);
    const sound = await cli(['verify', path('scanner-7'), '--witness', collector.url]);
    assert.equal(sound.status, 0, sound.out + sound.err);
    assert.equal(parseOrigin(found.origin).logId, found.log);
  });

  it('makes a token, and takes it back', async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const made = await cli(['token', 'create', 'looker', '--scope', 'read', '--tenant', 'default', '--json']);
    assert.equal(made.status, 0, made.err);
    const { id, secret } = JSON.parse(made.out) as { id: string; secret: string };
    const as = (argv: readonly string[]): Promise<RunResult> => cli(argv, { env: { AGENT_AUDIT_TOKEN: secret } });
    assert.equal((await as(['query', 'type:upload_failed', '--count'])).out, '1\n');
    assert.match((await as(['token', 'list'])).err, /it lacks the scope "admin".*SCOPE_MISSING/);
    assert.match((await cli(['token', 'list'])).out, new RegExp(`^${id} +looker +read +default +any .* good$`, 'm'));
    assert.equal((await cli(['token', 'revoke', id])).status, 0);
    assert.match((await as(['query', ''])).err, /TOKEN_INVALID/);
  });

  it('follows what comes in, over a restart of the collector', async (context) => {
    if (missing !== undefined) return context.skip(missing);
    const end = new AbortController();
    const [logger] = loggers;
    assert.ok(logger !== undefined);
    let seen = '';
    let restarted: Promise<void> | undefined;
    const { port } = new URL(collector.url);
    const restart = async (): Promise<void> => {
      await collector.close();
      logger.info('while_away', 'second');
      collector = await startCollector({ ...options, port: Number(port) }, parts);
    };
    const result = await cli(['tail', '-f', '--json', '-n', '1', '-s', 'type:(first_event OR while_away OR upload_failed)'], {
      signal: end.signal,
      onOutput: (text) => {
        seen += text;
        if (seen.includes('upload_failed') && restarted === undefined && !seen.includes('first_event')) logger.info('first_event', 'first');
        if (seen.includes('first_event')) restarted ??= restart();
        if (seen.includes('while_away')) end.abort();
      },
      onWait: async () => restarted,
    });
    await restarted;
    assert.equal(result.status, 130, result.err);
    assert.deepEqual(
      lines(result.out).map((line) => (JSON.parse(line) as { type: string }).type),
      ['upload_failed', 'first_event', 'while_away'],
    );
    assert.match(result.err, /connected again: going on behind the last event/);
  });

  it('finds a log that was changed since it was witnessed', async (context) => {
    if (missing !== undefined) return context.skip(missing);
    await Promise.all(loggers.map((logger) => logger.stop()));
    const file = path('scanner-9');
    writeFileSync(file, readFileSync(file, 'utf8').replace('scan_completed', 'scan_complated'));
    const { status, out } = await cli(['verify', file, '--witness', collector.url]);
    assert.equal(status, 1);
    assert.match(out, /^✘ TAMPERED/);
    assert.match(out, /checkpoint of http:\/\/127\.0\.0\.1:\d+\n {4}scanner-9\//);
  });
});
