// The whole collector, on the embedded store. One process has one folder at a time, so this file keeps to one.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createLogger } from 'agent-audit';
import { cannotEmbed } from '../store/store.test.support.ts';
import { ask, post, until } from './collector.test.support.ts';
import { startCollector } from './collector.ts';

interface Found {
  readonly log: string;
  readonly seq: number;
  readonly tenant: string;
  readonly agent: string;
  readonly marks: readonly string[];
  readonly line: string;
}

const folder = mkdtempSync(join(tmpdir(), 'collector-real-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const troubles: string[] = [];
const options = { dataFolder: join(folder, 'data'), port: 0 };
const parts = { env: {}, onTrouble: (code: string, message: string): void => void troubles.push(`${code}: ${message}`) };

test('an agent ships its log, another sends plain events, and the collector records itself', { skip: cannotEmbed }, async () => {
  const stages: string[] = [];
  const first = await startCollector(options, { ...parts, onProgress: (stage) => stages.push(stage) });
  assert.deepEqual(stages, ['opening the store', 'reading the logs', 'listening']);
  const { admin = '', ingest = '' } = first.firstTokens ?? {};
  const logger = createLogger({
    agentId: 'scanner-1',
    logFile: join(folder, 'agent', 'audit.log'),
    remoteEndpoint: first.url,
    remoteToken: ingest,
    env: false,
    onError: ({ code, message }) => troubles.push(`${code}: ${message}`),
  });
  logger.info('agent_start', 'ready');
  await logger.flush();
  await until('shipped', () => (logger.health().remote?.size ?? 0) >= 2);
  const sent = await ask(`${first.url}/v1/events?duration=ns`, {
    ...post([
      { AgentID: 'go-agent', Type: 'job_completed', Severity: 'INFO', Message: 'done', DurationMs: 1_500_000_000 },
      { type: 'log.open', message: 'forged' },
    ]),
    token: ingest,
  });
  assert.equal(sent.status, 207, sent.text);
  assert.equal(sent.json['accepted'], 1);
  await logger.stop();
  const metrics = async (): Promise<string> => (await ask(`${first.url}/metrics`, { token: admin })).text;
  await until('three logs', async () => /^agent_audit_logs 3$/m.test(await metrics()));
  await first.close();
  const second = await startCollector(options, parts);
  assert.equal(second.firstTokens, undefined);
  assert.equal(second.vkey, first.vkey);
  assert.equal(second.stored.logs, 3);
  assert.ok(second.stored.events >= 10, String(second.stored.events));
  const found = async (search: string): Promise<Found[]> => {
    const answer = await ask(`${second.url}/v1/events?q=${encodeURIComponent(search)}`, { token: admin });
    assert.equal(answer.status, 200, answer.text);
    return answer.json['events'] as Found[];
  };
  const [relayed, ...more] = await found('agent_id:go-agent');
  assert.deepEqual([relayed?.agent, relayed?.tenant, relayed?.marks, more.length], ['go-agent', 'default', ['RELAYED'], 0]);
  assert.match(relayed?.line ?? '', /"duration_ms":1500\b/);
  const [shipped] = await found('agent_id:scanner-1 type:agent_start');
  assert.deepEqual([shipped?.agent, shipped?.marks], ['scanner-1', []]);
  // Who read what is an event like any other, stored and provable.
  await until('the search itself is found', async () => (await found('type:events_searched go-agent')).length > 0);
  const [search] = await found('type:events_searched go-agent');
  assert.deepEqual([search?.tenant, search?.agent], ['_collector', 'collector']);
  assert.equal((await ask(`${second.url}/v1/logs/${search?.log}/${search?.seq}/proof`, { token: admin })).status, 200);
  await second.close();
  assert.deepEqual(troubles, []);
});
