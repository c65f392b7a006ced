// Real agents and a real collector: what agents log is there, once, proven and witnessed.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { FileVerifyReport } from 'agent-audit/files';
import { cannotCollect } from './collector.ts';
import { agentAudit } from './command-line.ts';
import { assertProven, assertStoredOnce } from './promises.ts';
import { Site } from './site.ts';

test('three agents that log, rotate and stop: every line is stored once, proven and witnessed', { skip: cannotCollect }, async (t) => {
  const site = await Site.open(t);
  const names = ['scanner-1', 'scanner-2', 'scanner-3'];
  const agents = await Promise.all(names.map((name) => site.agent(name, { maxSizeMB: 0.05 })));
  await Promise.all(agents.map((agent) => agent.log(800)));
  const states = async (): Promise<string[]> => (await site.reader.agents()).map(({ agent, state }) => `${agent} ${state}`);
  for (const agent of agents) await agent.shipped();
  assert.deepEqual(await states(), names.map((name) => `${name} live`));

  const counts = await Promise.all(agents.map((agent) => agent.stop()));
  assert.deepEqual(counts, names.map(() => ({ events: 800, sequenced: 800 })));
  await site.when('all have stopped', async () => (await states()).every((state) => state.endsWith(' stopped')));
  for (const agent of agents) {
    await assertStoredOnce(site, agent);
    await assertProven(site, agent, 10);
    assert.deepEqual(agent.troubles, []);
  }
  const { count, completeness } = await site.reader.count('type:scan_completed');
  assert.equal(count, 3 * 800);
  assert.deepEqual({ stopped: completeness.logs.stopped, gaps: completeness.gaps_total }, { stopped: 3, gaps: 0 });
  assert.deepEqual(await site.reader.alarms(), []);

  const readToken = join(site.folder, 'read-token');
  writeFileSync(readToken, (await site.admin.makeToken(['read'])).secret);
  for (const { options } of agents) {
    const given = ['verify', options.logFile, '--witness', site.collector.url, '--token-file', readToken, '--json'];
    const { code, stdout, stderr } = await agentAudit(...given);
    assert.equal(code, 0, stdout + stderr);
    const { ok, unwitnessed, unsigned, segments } = JSON.parse(stdout) as FileVerifyReport;
    assert.deepEqual({ ok, unwitnessed, unsigned }, { ok: true, unwitnessed: 0, unsigned: 0 });
    assert.ok(segments > 1, 'it was rotated');
  }
});
