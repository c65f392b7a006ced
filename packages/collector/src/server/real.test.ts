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
  assert.equal((await ask(`${second.url}/v1/tokens`, { token: admin })).status, 200);
  await second.close();
  assert.deepEqual(troubles, []);
});
