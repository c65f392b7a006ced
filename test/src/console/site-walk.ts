// The site that the console's tests look at holds what it says it does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reader } from '../collector/reader.ts';
import { cannotBrowse } from './browser.ts';
import { hostileTexts } from './hostile-texts.ts';
import { visitSite } from './visit.ts';

const visited = visitSite();

test('the site has agents of every state and jobs of every outcome', { skip: cannotBrowse }, async () => {
  const { url, tokens, agents, jobs } = visited().site;
  const reader = new Reader(() => url, tokens.reader);
  const logs = await reader.agents();
  const states = (agent: string): string[] => logs.filter((log) => log.agent === agent).map(({ state }) => state);
  assert.deepEqual([states(agents.live), states(agents.hostile), states(agents.stopped)], [['live'], ['live'], ['stopped']]);
  assert.deepEqual(states(agents.silent), ['silent']);
  assert.ok(states(agents.forked).includes('forked'));
  assert.equal(logs.find(({ agent }) => agent === agents.gap)?.gaps.length, 1);
  const kinds = new Set((await reader.alarms()).map(({ kind }) => kind));
  assert.ok(kinds.has('FORK') && kinds.has('GAP'), [...kinds].join(' '));
  for (const job of Object.values(jobs)) assert.ok((await reader.count(`job_id:${job} agent_id:${agents.live}`)).count > 0, job);
  assert.equal((await reader.count(`type:hostile_text`)).count, hostileTexts.length);
  assert.equal((await reader.count('type:relayed')).count, hostileTexts.length);
  assert.deepEqual((await new Reader(() => url, tokens.otherReader).agents()).map(({ agent }) => agent), ['other-1']);
  assert.deepEqual((await new Reader(() => url, tokens.boundReader).agents()).map(({ agent }) => agent), [agents.live]);
});
