import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { countPath, eventsPath, type ReadEvent } from '@agent-audit/log';
import { startMs, temporaryFolder } from '../log.test.support.ts';
import { golden, runCli, type RunOptions, type RunResult } from '../run.test.support.ts';
import { goodToken, logId, stored, TestCollector, whole } from './collector.test.support.ts';

const fleet: readonly ReadEvent[] = [
  stored('scanner-7', 1, { type: 'job_started', job_id: 'j-42', message: 'Job started' }),
  stored('scanner-7', 4, { type: 'upload_failed', severity: 'ERROR', job_id: 'j-42', error: 'ECONNRESET: socket hang up' }),
  stored('db', 2, { type: 'auth_failed', severity: 'WARN', message: 'Login\u001b[31m refused\u202e' }, ['OTHER_AGENT']),
];

async function fleetCollector(context: TestContext): Promise<TestCollector> {
  const collector = await TestCollector.start(context);
  collector.events = [...fleet];
  return collector;
}

function ask(collector: TestCollector, argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const env = { AGENT_AUDIT_TOKEN: goodToken, ...options.env };
  return runCli([...argv, '--collector', collector.url, '--utc'], { ...options, env });
}

describe('query --collector', () => {
  it('shows the events of all agents in the order of their times, and then how complete they are', async (context) => {
    const collector = await fleetCollector(context);
    const { status, out, err } = await ask(collector, ['query', ''], { terminal: true, columns: 120 });
    assert.equal(
      out,
      golden(`
        ── 2026-11-24 UTC
        14:03:23.118 scanner-7  #1      INFO  job_started    j-42  Job started
        14:03:24.118 db         #2      WARN  auth_failed          Login\\u001b[31m refused\\u202e  [OTHER_AGENT]
        14:03:26.118 scanner-7  #4      ERROR upload_failed  j-42  m
                     └ ECONNRESET: socket hang up
      `),
    );
    assert.equal(err, `${new URL(collector.url).host} · complete to 14:03:52 · 2 agents, none behind\n`);
    assert.equal(status, 0);
  });

  it('prints the lines unchanged for a program, page by page', async (context) => {
    const collector = await fleetCollector(context);
    collector.pageMax = 1;
    const { out, err } = await ask(collector, ['query', 'severity:>=WARN', '--json', '--since', '2026-11-24T14:03:22.1Z']);
    assert.equal(out, `${fleet[2]?.line ?? ''}\n${fleet[1]?.line ?? ''}\n`);
    assert.deepEqual(JSON.parse(err), { collector: collector.url, completeness: whole });
    assert.deepEqual(collector.asked, [
      `GET ${eventsPath}?q=severity:>=WARN&since=2026-11-24T14:03:22.100Z&order=asc&limit=1000`,
      `GET ${eventsPath}?q=severity:>=WARN&since=2026-11-24T14:03:22.100Z&order=asc&limit=1000&cursor=1`,
    ]);
  });

  it('bounds by a time that is finer than a millisecond too', async (context) => {
    const collector = await fleetCollector(context);
    const bounds = ['--since', '2026-11-24T14:03:24.1179Z', '--until', '2026-11-24T14:03:26.118Z'];
    assert.equal((await ask(collector, ['query', 'agent_id:db', '--count', ...bounds])).out, '1\n');
    assert.equal(
      collector.asked.at(-1),
      `GET ${countPath}?q=agent_id:db+timestamp:>=2026-11-24T14:03:24.1179Z&until=2026-11-24T14:03:26.118Z`,
    );
  });

  it('takes the newest, newest last or first, only some fields, or only their number', async (context) => {
    const collector = await fleetCollector(context);
    collector.pageMax = 1;
    assert.equal((await ask(collector, ['query', '', '-n', '2', '--fields', 'seq,agent_id'])).out, '2\tdb\n4\tscanner-7\n');
    assert.equal((await ask(collector, ['query', '', '-n', '2', '--reverse', '--fields', 'seq'])).out, '4\n2\n');
    assert.equal((await ask(collector, ['query', '', '--reverse', '--fields', 'seq'])).out, '4\n2\n1\n');
    assert.equal((await ask(collector, ['query', 'type:(auth_failed OR upload_failed)', '--count'])).out, '2\n');
    assert.equal((await ask(collector, ['query', '', '--count', '-n', '2', '--json'])).out, '{"count":2}\n');
    assert.equal((await ask(collector, ['tail', '-n', '1', '--fields', 'seq'])).out, '4\n');
    assert.equal((await ask(collector, ['tail', '--since', '2026-11-24T14:03:24Z', '--fields', 'seq'])).out, '2\n4\n');
  });

  it('says of an empty result how far it can be trusted', async (context) => {
    const collector = await fleetCollector(context);
    const log = logId(1);
    const seen = new Date(startMs - 86_400_000).toISOString();
    collector.completeness = {
      complete_to: seen,
      heard_to: new Date(startMs).toISOString(),
      logs: { live: 37, behind: 2, stopped: 1, silent: 1, forked: 1 },
      behind: [
        { log, agent: 'a', lag_events: 3, seen_at: seen },
        { log, agent: 'b\u001b[2J', seen_at: seen },
      ],
      silent: [{ log, agent: 'c', seen_at: seen }],
      forked: [{ log, agent: 'd', seen_at: seen }],
      gaps: [
        { log, agent: 'a', from: 3, to: 4 },
        { log, agent: 'e', from: 0, to: 1_200 },
      ],
      gaps_total: 9,
    };
    const { status, out, err } = await ask(collector, ['query', 'type:nothing', '--exit-status'], { terminal: true, columns: 400 });
    assert.deepEqual([status, out], [1, '']);
    assert.equal(
      err.replace(/127\.0\.0\.1:\d+/, 'HOST'),
      'nothing found\nHOST · complete to 2026-11-23 14:03:22 (14:03:22 without the silent) · ' +
        '2 of 42 agents behind (a, b\\u001b[2J) · 1 silent (c since 2026-11-23 14:03:22) · ' +
        '1 FORKED (d) · 9 gaps for ever (a line 3, e lines 0–1,199, …)\n',
    );
    const nobody = { ...whole, logs: { live: 0, behind: 0, stopped: 0, silent: 0, forked: 0 } };
    collector.completeness = nobody;
    assert.match((await ask(collector, ['query', 'x'])).err, / · no agent has sent anything yet\n$/);
  });

  it('reads which collector and which token from the environment or the settings', async (context) => {
    const collector = await fleetCollector(context);
    const folder = temporaryFolder(context);
    const [tokenFile, settings] = [join(folder, 'token'), join(folder, 'agent-audit', 'config.json')];
    writeFileSync(tokenFile, `${goodToken}\n`);
    mkdirSync(join(folder, 'agent-audit'));
    writeFileSync(settings, JSON.stringify({ collector: `${collector.url}/`, token: goodToken }));
    chmodSync(settings, 0o600);
    const argv = ['query', '', '--count'];
    type Env = Readonly<Record<string, string>>;
    const seen = async (more: readonly string[], env: Env): Promise<RunResult> => runCli([...argv, ...more], { env });
    assert.equal((await seen([], { AGENT_AUDIT_COLLECTOR: collector.url, AGENT_AUDIT_TOKEN: goodToken })).out, '3\n');
    assert.equal((await seen(['--token-file', tokenFile, '--collector', collector.url], {})).out, '3\n');
    assert.equal((await seen([], { AGENT_AUDIT_COLLECTOR: collector.url, AGENT_AUDIT_TOKEN_FILE: tokenFile })).out, '3\n');
    const quiet = await seen([], { XDG_CONFIG_HOME: folder });
    assert.equal(quiet.out, '3\n');
    assert.doesNotMatch(quiet.err, /warning/);
    chmodSync(settings, 0o640);
    assert.match((await seen([], { XDG_CONFIG_HOME: folder })).err, /^warning: others can read the token in .*: chmod 600 /);
    // A file or --log is about a log, whatever is set.
    assert.match((await seen([join(folder, 'absent.log')], { XDG_CONFIG_HOME: folder })).err, /absent\.log/);
  });

  it('sends the token of the settings to no other collector, and knows no token from the command line', async (context) => {
    const [collector, other] = [await fleetCollector(context), await fleetCollector(context)];
    const folder = temporaryFolder(context);
    mkdirSync(join(folder, 'agent-audit'));
    const settings = JSON.stringify({ collector: collector.url, token: goodToken });
    writeFileSync(join(folder, 'agent-audit', 'config.json'), settings, { mode: 0o600 });
    const { status, err } = await runCli(['query', '', '--collector', other.url], { env: { XDG_CONFIG_HOME: folder } });
    assert.equal(status, 4);
    assert.match(err, /asks for a token: give --token-file FILE.* {3}TOKEN_MISSING\n$/);
    assert.equal(other.headers[0]?.authorization, undefined);
    assert.match((await ask(collector, ['query', '', '--token', goodToken])).err, /unknown option --token .*USAGE_UNKNOWN_OPTION/);
  });
});
