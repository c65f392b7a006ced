// Agents in a real browser: how each is, in words; how much it recorded; what was lost, what is missing, and what an auditor must hear of.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createLogger } from 'agent-audit';
import type { Page } from 'playwright-core';
import { waitFor } from '../collector/conversation.ts';
import { HeldLine } from './held-line.ts';
import { cannotBrowse } from './browser.ts';
import { cellsOf, isAt, visit, visitSite } from './visit.ts';

const skip = cannotBrowse;
const visited = visitSite();
const heldAgent = 'held-1';
/** Its own: elsewhere nobody is behind. */
const heldTenant = 'held';
/** More than one request may hold. */
const heldLines = 1_200;

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
  const drawn = await rowOf(page, agents.stopped).locator('.sparkline path').boundingBox();
  assert.ok(drawn !== null && drawn.width >= 1 && drawn.height >= 2, JSON.stringify(drawn));
  // Of whom nothing is known in the chosen time, that is said.
  await page.goto(`${visited().site.url}/#/agents?since=2020-01-01T00:00:00Z&until=2020-01-02T00:00:00Z`);
  await rowOf(page, agents.stopped).getByRole('img', { name: 'no events in the chosen time' }).waitFor();
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
  await page.getByText('No line that it told of is still to come, and it was heard of lately.').waitFor();
  const facts = [known.vkey, known.origin, 'nothing is still to come'];
  for (const text of facts) await page.getByText(text, { exact: true }).waitFor();
  // What it did last, whatever time is looked at; each line opens on its own.
  const newest = page.locator('.agent-lines li').first();
  const message = await newest.locator('span').last().innerText();
  await newest.getByRole('link').click();
  await page.locator('.drawer').getByText(message).first().waitFor();
  await page.goBack();
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

/** An agent of a tenant of its own, that told of more lines than have come: all but the first of its requests are held up. */
async function heldUp(t: TestContext): Promise<{ readonly line: HeldLine; readonly reader: string; readonly size: number }> {
  const { owner, site } = visited();
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-held-'));
  const logFile = join(folder, 'audit.log');
  const alone = createLogger({ agentId: heldAgent, logFile, env: false });
  for (let n = 0; n < heldLines; n++) alone.info('scan_completed', `result ${n}`, { found: `${n} `.repeat(1_000) });
  await alone.stop();
  const line = await HeldLine.open(site.url);
  const { secret } = await owner.makeToken(['ingest'], heldTenant);
  const audit = createLogger({ agentId: heldAgent, logFile, remoteEndpoint: line.url, remoteToken: secret, env: false });
  t.after(async () => {
    line.letGo();
    await audit.stop();
    line.close();
    rmSync(folder, { recursive: true });
  });
  await waitFor('its second request is held up', () => line.held > 0);
  return { line, reader: (await owner.makeToken(['read'], heldTenant)).secret, size: audit.health().size };
}

test('an agent whose lines are held up half-way is behind, by how many: in its row, on its page, and at the top', { skip }, async (t) => {
  const { line, reader, size } = await heldUp(t);
  const known = (await visited().owner.agents()).find(({ agent }) => agent === heldAgent);
  assert.ok(known?.lag_events !== undefined && known.lag_events > 0 && known.size > 0, JSON.stringify(known));
  // The line that says the log goes on may have been sealed after that.
  const toldSize = known.size + known.lag_events;
  assert.ok(toldSize >= heldLines && toldSize <= size, `${toldSize} of ${size}`);
  const lag = new Intl.NumberFormat('en').format(known.lag_events);

  const page = await visit(visited(), reader, '/agents?state=behind');
  await rowOf(page, heldAgent).waitFor();
  const told = await rowOf(page, heldAgent).locator('td').allInnerTexts();
  assert.deepEqual([told[1], told[4]], ['behind', lag]);
  await page.getByRole('button', { name: 'behind 1' }).waitFor();
  const top = page.getByTitle('How complete this is');
  await top.filter({ hasText: '1 of 1 agent behind' }).waitFor();
  await top.click();
  await page.getByText(`${lag} lines to come`).waitFor();
  await page.getByRole('group', { name: 'How complete this is' }).getByRole('link', { name: heldAgent }).click();
  await page.getByText(`${lag} lines are still to come; heard`).waitFor();
  await page.getByRole('link', { name: 'Its jobs' }).click();
  await page.getByText('1 of 1 agent behind').last().waitFor();
  await page.goBack();

  line.letGo();
  await page.getByText('Live and whole; heard').waitFor();
  await page.getByText('nothing is still to come').waitFor();
  await top.filter({ hasText: 'behind' }).waitFor({ state: 'detached' });
  await page.context().close();
});

test('the log of the collector’s own says what it is', { skip }, async () => {
  const page = await visit(visited(), visited().site.tokens.reader, '/agents?name=REL');
  await rowOf(page, 'relay').getByText('events that programs without one sent it over HTTP').waitFor();
  await page.getByRole('link', { name: 'relay', exact: true }).click();
  await page.getByText('They are of the agents that they name: search for those.').waitFor();
  await page.locator('.agent-lines').getByText('relayed').first().waitFor();
  assert.equal(await page.getByRole('link', { name: 'Its events' }).count(), 0, 'no search finds them by that name');
  await page.context().close();
});

test('agents by a part of their name, counted; page by page, where there are many', { skip }, async () => {
  const { site: { tokens, agents } } = visited();
  const page = await visit(visited(), tokens.reader, '/agents');
  await page.getByLabel('Agents whose name has').fill('LIVE-');
  await isAt(page, '/agents?name=LIVE-');
  await page.getByRole('button', { name: 'All 1', exact: true }).waitFor();
  assert.deepEqual(await states(page), [`${agents.live} live`]);
  await page.getByLabel('Agents whose name has').fill('no such name');
  await page.getByRole('heading', { name: 'No agent has “no such name” in its name' }).waitFor();
  await page.getByLabel('Agents whose name has').fill('');
  await isAt(page, '/agents');
  await rowOf(page, agents.silent).waitFor();

  // As if a page held two: everything that the collector says of it is its own.
  await page.route(/\/v1\/agents\?/, (route) => route.continue({ url: route.request().url().replace('limit=100', 'limit=2') }));
  await page.reload();
  await page.getByText(/^1–2 of \d+$/).waitFor();
  const first = await states(page);
  await page.getByRole('link', { name: 'After these' }).click();
  await page.getByText(/^3–4 of \d+$/).waitFor();
  const second = await states(page);
  assert.equal(new Set([...first, ...second]).size, 4);
  await page.reload();
  await page.getByText(/^3–4 of \d+$/).waitFor();
  await page.getByRole('link', { name: 'Before these' }).click();
  await page.getByText(/^1–2 of \d+$/).waitFor();
  assert.deepEqual(await states(page), first);
  await page.goto(`${visited().site.url}/#/agents?page=from-another-time`);
  await page.getByText('CURSOR_MALFORMED').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await isAt(page, '/agents');
  await page.getByText(/^1–2 of \d+$/).waitFor();
  await page.context().close();
});

test('the rates of all rows come in one answer after the rows, and completeness without a look at events', { skip }, async () => {
  const page = await visit(visited(), visited().site.tokens.reader, '/evidence');
  const asked: string[] = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.getByRole('link', { name: 'Agents', exact: true }).click();
  await page.locator('.sparkline path').first().waitFor();
  const of = (path: string): number => asked.filter((one) => one === path).length;
  assert.deepEqual([of('/v1/agents/rates'), of('/v1/events'), of('/v1/histogram')], [1, 0, 0], asked.join(' '));
  assert.ok(asked.indexOf('/v1/agents') < asked.indexOf('/v1/agents/rates'));
  // A page whose answer does not come keeps nobody from hearing how complete everything is.
  await page.route(/\/v1\/agents\?/, () => {});
  await page.reload();
  await page.getByTitle('How complete this is').waitFor();
  assert.equal(await page.locator('tbody tr').count(), 0);
  await page.context().close();
});
