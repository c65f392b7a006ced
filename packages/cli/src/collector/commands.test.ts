// The commands besides query and tail, asked of a collector.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { agentsAnswer, agentsPath, exportMediaTypes, exportPath, type ReadAgent, tokensPath } from '@agent-audit/log';
import { startMs, temporaryFolder } from '../log.test.support.ts';
import { golden, runCli, type RunOptions, type RunResult } from '../run.test.support.ts';
import { answer, goodToken, logId, refuse, stored, TestCollector, token } from './collector.test.support.ts';

function ask(collector: TestCollector, argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const env = { AGENT_AUDIT_TOKEN: goodToken, ...options.env };
  return runCli([...argv, '--collector', collector.url, '--utc'], { ...options, env });
}

const hostOf = ({ url }: TestCollector): string => new URL(url).host;
const at = (ms: number): string => new Date(startMs + ms).toISOString();

/** One job, on two agents; the process of the second died. */
async function jobCollector(context: TestContext): Promise<TestCollector> {
  const collector = await TestCollector.start(context);
  const job = { job_id: 'j-42', agent_id: undefined };
  const failed = { severity: 'ERROR', error: 'boom' };
  collector.events = [
    stored('scanner-7', 1, { ...job, type: 'job_started', message: 'Job started: scan', span_id: 'a1', operation: 'start' }),
    stored('scanner-7', 2, { ...job, type: 'scan_completed', span_id: 'a2', parent_span_id: 'a1', duration_ms: 900, operation: 'end' }),
    stored('scanner-7', 3, { agent_id: undefined, type: 'resource_throttle', message: 'cpu', details: { cpu_percent: 95 } }),
    stored('other', 3, { type: 'resource_throttle', details: { cpu_percent: 1 } }),
    stored('scanner-7', 5, { ...job, ...failed, type: 'job_failed', span_id: 'a1', duration_ms: 4_000, operation: 'end' }),
    stored('db', 6, { ...job, type: 'job_started', message: 'Job started: clean', span_id: 'b1', operation: 'start' }),
    stored('db', 9, { agent_id: undefined, type: 'log.open', details: {} }),
  ];
  const known = { job_id: 'j-42', tenant: 'acme', events: 3, errors: 1 };
  collector.jobs = [
    { ...known, agent: 'db', started_at: at(6_000), outcome: 'unknown', errors: 0, findings: 12 },
    { ...known, agent: 'scanner-7', started_at: at(1_000), ended_at: at(5_000), took_ms: 4_000, outcome: 'failed' },
  ];
  return collector;
}

describe('jobs --collector', () => {
  it('lists them, the newest at the end', async (context) => {
    const collector = await jobCollector(context);
    const { out, err } = await ask(collector, ['jobs'], { terminal: true });
    assert.equal(
      out,
      golden(`
        started   job   outcome   took  agent      events  errors  what
        ── 2026-11-24 UTC
        14:03:23  j-42  failed   4.0 s  scanner-7       3       1
        14:03:28  j-42  unknown         db              3          12 findings
      `),
    );
    assert.match(err, / · complete to 14:03:52 · 2 agents, none behind\n$/);
    assert.equal((await ask(collector, ['jobs', '-n', '1', '--json'])).out.trim().split('\n').length, 1);
    assert.match(collector.asked.at(-1) ?? '', /limit=1$/);
    collector.jobs = [];
    assert.equal((await ask(collector, ['jobs', '--exit-status'])).status, 1);
  });

  it('draws one over all agents, with what their logs say around it', async (context) => {
    const { out, status } = await ask(await jobCollector(context), ['jobs', 'j-42', '--exit-status'], { terminal: true });
    assert.match(out, /^j-42 1st attempt scan · failed after 4\.0 s · scanner-7 · 2026-11-24 14:03:23 UTC · 9{32}\n/);
    assert.match(out, /├ throttle +░+ +.*cpu 95 %\n/);
    assert.match(out, /\nj-42 2nd attempt clean · outcome unknown: the process ended before it · db · /);
    assert.doesNotMatch(out, /cpu 1 %/);
    assert.equal(status, 1);
    const none = await ask(await jobCollector(context), ['jobs', '../x "y']);
    assert.deepEqual([none.status, none.out], [1, '']);
    assert.match(none.err, /^no job \.\.\/x "y in 127\.0\.0\.1:\d+; agent-audit jobs lists what there is\n/);
  });
});

describe('stats --collector', () => {
  it('shows what the collector counts', async (context) => {
    const collector = await jobCollector(context);
    const { out, err } = await ask(collector, ['stats'], { terminal: true });
    assert.match(out, new RegExp(`^${hostOf(collector)}\n7 events · 2026-11-24 14:03:23 to 14:03:31 UTC · 8\\.0 s`));
    assert.match(out, /\nseverity {4}ERROR {2}1 .* 14 %\n/);
    assert.match(out, /\nerrors {6}1 {4}boom\n/);
    assert.match(out, /scan {2,}1 {2}2\.1 s {2}2\.1 s {8}-\n/);
    assert.match(out, /\nlog {9}no losses · no outcome unknown\n$/);
    assert.match(err, /none behind/);
    const told = JSON.parse((await ask(collector, ['stats', 'type:job_started', '--json'])).out) as { events: number; types: unknown };
    assert.deepEqual([told.events, told.types], [2, { job_started: 2 }]);
    assert.equal((await ask(collector, ['stats', 'type:nothing', '--json'])).status, 0);
  });
});

describe('export --collector', () => {
  it('writes the lines unchanged, csv, or parquet as it comes', async (context) => {
    const collector = await jobCollector(context);
    const folder = temporaryFolder(context);
    const { out } = await ask(collector, ['export', 'type:job_*']);
    const jobs = collector.events.filter(({ line }) => line.includes('"type":"job_'));
    assert.equal(out, jobs.map(({ line }) => `${line}\n`).join(''));
    const file = join(folder, 'x.csv');
    const written = await ask(collector, ['export', 'error:*', '--fields', 'seq,error', '--out', file]);
    assert.equal(readFileSync(file, 'utf8'), 'seq,error\r\n5,boom\r\n');
    assert.match(written.err, /1 event in .*x\.csv\n$/);
    const bytes = Buffer.from([0x50, 0x41, 0x52, 0x31, 0x00, 0xff, 0x0a]);
    collector.answers.set(exportPath, (_, response) => {
      response.setHeader('content-type', exportMediaTypes.parquet);
      response.end(bytes);
    });
    assert.equal((await ask(collector, ['export', '--out', join(folder, 'x.parquet')])).status, 0);
    assert.deepEqual(readFileSync(join(folder, 'x.parquet')), bytes);
    assert.match(collector.asked.at(-1) ?? '', /format=parquet$/);
    assert.match((await runCli(['export', '--format', 'parquet', file])).err, /parquet is what a collector writes.*USAGE_CONFLICT/);
  });

  it('leaves no file where the answer breaks off, within a line or not', async (context) => {
    const collector = await jobCollector(context);
    const out = join(temporaryFolder(context), 'x.ndjson');
    const broken = async (end: (response: Parameters<typeof refuse>[0]) => void): Promise<string> => {
      collector.answers.set(exportPath, (_, response) => {
        response.setHeader('content-type', exportMediaTypes.ndjson);
        response.write('{"seq":1}\n{"seq"');
        end(response);
      });
      const { status, err } = await ask(collector, ['export', '--out', out]);
      assert.deepEqual([status, existsSync(out)], [4, false]);
      return err;
    };
    assert.match(await broken((response) => response.end()), /it breaks off within a line.*COLLECTOR_ANSWER_MALFORMED/);
    assert.match(await broken((response) => response.socket?.destroySoon()), /the answer broke off: .*COLLECTOR_UNREACHABLE/);
  });
});

describe('agents', () => {
  const agent: ReadAgent = {
    log: logId(9),
    origin: `scanner-7/${logId(9)}`,
    vkey: 'v',
    tenant: 'acme',
    agent: 'scanner-7\u001b[2J',
    state: 'forked',
    size: 8_192,
    first: 0,
    enrolled_at: at(0),
    seen_at: at(0),
    lag_ms: 4_000,
    lost_events: 0,
    gaps: [],
    alarms: 2,
  };

  it('shows each in words, and says with --exit-status that one is in trouble', async (context) => {
    const collector = await TestCollector.start(context);
    collector.agents = [agent, { ...agent, agent: 'db', state: 'live', alarms: 0 }];
    const { status, out, err } = await ask(collector, ['agents', '--exit-status'], { terminal: true });
    assert.equal(
      out,
      golden(`
        agent               state   lines  heard      behind  not to be had  log
        scanner-7\\u001b[2J  FORKED  8,192  4.0 s ago  ?       2 alarms       ${logId(9)}
        db                  live    8,192  4.0 s ago  no      -              ${logId(9)}
      `),
    );
    assert.equal(err, `${hostOf(collector)} · 2 agents: 1 live, 1 forked\n`);
    assert.equal(status, 1);
    const live = await ask(collector, ['agents', '--exit-status', '--state', 'live', '--json']);
    assert.deepEqual([live.status, JSON.parse(live.out)], [0, collector.agents[1]]);
    assert.match((await ask(collector, ['agents', '--state', 'dead'])).err, /give live, behind, stopped, silent, forked.*USAGE_BAD_VALUE/);
    collector.agents = [];
    assert.match((await ask(collector, ['agents'])).err, /no agent has sent anything yet/);
    collector.answers.set(agentsPath, (_request, response, url) => {
      const isFirst = url.searchParams.get('cursor') === null;
      const page = isFirst ? { agents: [agent], before: 0, next: 'more' } : { agents: [{ ...agent, agent: 'second' }], before: 1 };
      answer(response, agentsAnswer, { ...page, counts: { live: 0, behind: 0, stopped: 0, silent: 0, forked: 2 } });
    });
    assert.match((await ask(collector, ['agents'])).err, / · 2 agents: 2 forked\n$/);
    const nowhere = await runCli(['agents']);
    assert.equal(nowhere.status, 2);
    assert.match(nowhere.err, /which collector\? give --collector URL, set AGENT_AUDIT_COLLECTOR, .*config\.json {3}USAGE_NO_COLLECTOR/);
  });
});

describe('token', () => {
  it('creates one, and gives its secret alone, or into a file of its owner', async (context) => {
    const collector = await TestCollector.start(context);
    const made = await ask(collector, ['token', 'create', 'ci', '--scope', 'read', '--scope', 'ingest', '--expires', '90d']);
    assert.equal(made.out, 'aat_new-secret\n');
    assert.match(made.err, /^token t2: this is the only time/);
    const { id: _, ...told } = collector.tokens[1] ?? token;
    assert.deepEqual([told.name, told.scopes, told.tenant], ['ci', ['read', 'ingest'], 'acme']);
    assert.match(told.expires_at ?? '', /^2027-02-22T14:04:2/);
    const file = join(temporaryFolder(context), 'ci.token');
    const kept = await ask(collector, ['token', 'create', 'a', '--scope', 'ingest', '--agent', 'a', '--out', file]);
    assert.deepEqual([kept.out, readFileSync(file, 'utf8'), statSync(file).mode & 0o777], ['', 'aat_new-secret\n', 0o600]);
    const asked = collector.asked.length;
    const again = await ask(collector, ['token', 'create', 'a', '--scope', 'ingest', '--out', file]);
    assert.match(again.err, /is there already.*ALREADY_THERE/);
    assert.equal(collector.asked.length, asked, 'no token is made that cannot be kept');
    collector.answers.set(tokensPath, (_request, response) => refuse(response, 'SCOPE_MISSING', 'no', { needs: 'admin' }));
    const refused = await ask(collector, ['token', 'create', 'a', '--scope', 'ingest', '--out', `${file}2`]);
    assert.match(refused.err, /may not do this at .*: it lacks the scope "admin": ask for another one {3}SCOPE_MISSING/);
    assert.ok(!existsSync(`${file}2`));
  });

  it('lists and revokes', async (context) => {
    const collector = await TestCollector.start(context);
    collector.tokens = [token, { ...token, id: 't2', agent: 'a\u202e', scopes: ['ingest'], expires_at: at(0) }];
    assert.equal(
      (await ask(collector, ['token', 'list'])).out,
      golden(`
        id  name    may     tenant  agent    made        state
        t1  reader  read    acme    any      2026-11-24  good
        t2  reader  ingest  acme    a\\u202e  2026-11-24  expired 2026-11-24
      `),
    );
    assert.equal((await ask(collector, ['token', 'list', '--json'])).out.trim().split('\n').length, 2);
    assert.equal((await ask(collector, ['token', 'revoke', 't2'])).out, 'revoked t2 (reader)\n');
    const gone = await ask(collector, ['token', 'revoke', 'a/b']);
    assert.deepEqual([gone.status, collector.asked.at(-1)], [4, `DELETE ${tokensPath}/a/b`]);
    assert.match(gone.err, /refuses: there is no token a\/b {3}NOT_FOUND/);
  });

  const mistakes: readonly (readonly [argv: readonly string[], code: string])[] = [
    [['make', 'x'], 'USAGE_BAD_VALUE'],
    [['list', 'x'], 'USAGE_UNWANTED_ARGUMENT'],
    [['list', '--scope', 'read'], 'USAGE_CONFLICT'],
    [['create', '--scope', 'read'], 'USAGE_MISSING_ARGUMENT'],
    [['revoke'], 'USAGE_MISSING_ARGUMENT'],
    [['create', 'x'], 'USAGE_MISSING_VALUE'],
    [['create', 'x', '--scope', 'write'], 'USAGE_BAD_VALUE'],
    [['create', 'x', '--scope', 'read', '--expires', '2020-01-01'], 'USAGE_BAD_VALUE'],
  ];
  for (const [argv, code] of mistakes) {
    it(`refuses token ${argv.join(' ')} with ${code}`, async (context) => {
      const collector = await TestCollector.start(context);
      const { status, err } = await ask(collector, ['token', ...argv]);
      assert.deepEqual([status, err.includes(code), collector.asked], [2, true, []], err);
    });
  }
});
