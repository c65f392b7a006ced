// Agents in a real browser: how each is, in words; how much it recorded; what was lost, what is missing, and what an auditor must hear of.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentsAnswer } from '@agent-audit/log';
import type { Page } from 'playwright-core';
import { cannotBrowse } from './integrity-support.ts';
import { cellsOf, isAt, visit, visitSite } from './visit.ts';

const skip = cannotBrowse;
const visited = visitSite();

/** Agents of the list with their states, in the words that people read: an agent may have several logs. */
async function states(page: Page): Promise<string[]> {
  return (await cellsOf(page.locator('tbody tr'))).map(([agent = '', state = '']) => `${agent} ${state}`);
}

const rowOf = (page: Page, agent: string) => page.getByRole('row').filter({ has: page.getByRole('link', { name: agent, exact: true }) });

test('every agent’s state is told in words, the worst first, and a filter stands in the address', { skip }, async () => {
  const { site: { tokens, agents } } = visited();
  const page = await visit(visited(), tokens.reader, '/agents');
  const told = await states(page);
  const expected = [
    `${agents.forked} FORK`,
    `${agents.silent} silent`,
    `${agents.live} live`,
    `${agents.hostile} live`,
    `${agents.gap} live`,
    `${agents.stopped} stopped`,
  ];
  for (const one of expected) assert.ok(told.includes(one), `${one} is not among ${told.join(', ')}`);
  assert.deepEqual([told[0], told.at(-1)], [`${agents.forked} FORK`, `${agents.stopped} stopped`]);

  await page.getByRole('button', { name: 'silent 1' }).click();
  await isAt(page, '/agents?state=silent');
  await rowOf(page, agents.live).waitFor({ state: 'detached' });
  assert.deepEqual(await states(page), [`${agents.silent} silent`]);
  await page.reload();
  assert.deepEqual(await states(page), [`${agents.silent} silent`]);
  await page.getByRole('button', { name: 'behind 0' }).click();
  await page.getByRole('heading', { name: 'None is in this state' }).waitFor();
  await page.goBack();
  await page.goBack();
  await rowOf(page, agents.live).waitFor();
  await page.context().close();
});

test('how much an agent recorded is drawn, and said for who does not see it', { skip }, async () => {
  const { site: { tokens, agents }, owner } = visited();
  const page = await visit(visited(), tokens.reader, '/agents');
  const { count } = await owner.count(`agent_id:${agents.stopped}`);
  await rowOf(page, agents.stopped).getByRole('img', { name: `${count} events` }).waitFor();
  await page.getByTitle('Time range').click();
  await page.getByRole('button', { name: 'Last 15 minutes' }).click();
  await isAt(page, '/agents?since=15m');
  await rowOf(page, agents.stopped).getByRole('img', { name: `${count} events` }).waitFor();
  assert.ok((await page.locator('.sparkline rect:not(.none)').count()) > 0);
  await page.context().close();
});

test('lines that nobody will ever have, and both histories of a fork, are shown with what proves them', { skip }, async () => {
  const { site: { tokens, agents }, owner } = visited();
  const gap = (await owner.agents()).find(({ agent }) => agent === agents.gap)?.gaps[0] ?? assert.fail('there is no gap');
  const page = await visit(visited(), tokens.reader, '/agents');
  await rowOf(page, agents.gap).waitFor();
  const cells = await rowOf(page, agents.gap).locator('td').allInnerTexts();
  assert.deepEqual(cells.slice(6), ['–', '1', '1']);
  await page.getByRole('heading', { name: 'Alarms' }).waitFor();
  const fork = page.getByRole('listitem').filter({ hasText: 'FORK' }).filter({ hasText: agents.forked }).first();
  await fork.getByText('signed note').click();
  const notes = await fork.locator('pre').allInnerTexts();
  assert.ok(notes.length >= 1 && notes.every((note) => note.startsWith(`${agents.forked}/`) && note.includes('\n— ')), notes.join('\n'));

  await page.getByRole('link', { name: agents.gap }).click();
  await page.getByRole('heading', { name: agents.gap }).waitFor();
  const number = new Intl.NumberFormat('en');
  await page.getByText(`lines ${number.format(gap.from)}–${number.format(gap.to - 1)}`, { exact: true }).waitFor();
  await page.getByRole('listitem').filter({ hasText: 'nobody will be able to prove what they were' }).waitFor();
  await page.getByRole('link', { name: 'All agents' }).click();
  await isAt(page, '/agents');
  await page.context().close();
});

test('one agent: what its state means, its key, and its events, jobs and newest proof a step away', { skip }, async () => {
  const { site: { tokens, agents, jobs }, owner } = visited();
  const known = (await owner.agents()).find(({ agent }) => agent === agents.live) ?? assert.fail('there is no such agent');
  const page = await visit(visited(), tokens.reader, `/agents/${known.log}`);
  await page.getByRole('heading', { name: agents.live }).waitFor();
  await page.getByText('All lines that it told of are here, and it was heard of lately.').waitFor();
  const facts = [known.vkey, known.origin, 'nothing: all that it told of is here'];
  for (const text of facts) await page.getByText(text, { exact: true }).waitFor();
  await page.getByRole('link', { name: 'Its jobs' }).click();
  await page.getByRole('link', { name: jobs.failed }).waitFor();
  assert.equal(await page.getByLabel('Jobs with an event that a search finds').inputValue(), `agent_id:"${agents.live}"`);
  await page.goBack();
  await page.getByRole('link', { name: 'Its events' }).click();
  await page.getByText('Disk nearly full').first().waitFor();
  await page.goBack();
  await page.getByRole('link', { name: 'Prove its newest line' }).click();
  await page.locator('.integrity-sentence', { hasText: `In the log by` }).waitFor();
  await page.goto(`${visited().site.url}/#/agents/${'0'.repeat(32)}`);
  await page.getByRole('heading', { name: 'No such log' }).waitFor();
  await page.context().close();
});

test('an agent whose lines are not all here is behind, by how many', { skip }, async () => {
  const { site: { tokens, agents, url } } = visited();
  const page = await visit(visited(), tokens.reader, '/jobs');
  // As the collector tells it of an agent whose line is slow.
  await page.route(/\/v1\/agents(\?|$)/, async (route) => {
    const response = await route.fetch();
    const answer = agentsAnswer.parse(await response.text());
    const list = answer.agents.map((one) => (one.agent === agents.live ? { ...one, state: 'behind' as const, lag_events: 1_234 } : one));
    await route.fulfill({ response, body: agentsAnswer.format({ ...answer, agents: list }) });
  });
  await page.goto(`${url}/#/agents`);
  await rowOf(page, agents.live).waitFor();
  const told = await rowOf(page, agents.live).locator('td').allInnerTexts();
  assert.deepEqual([told[1], told[4]], ['behind', '1,234']);
  await page.context().close();
});
