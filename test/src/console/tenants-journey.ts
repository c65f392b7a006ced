// Whoever is of one tenant, or bound to one agent, sees nothing of another: on no page, and by no address.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { cannotBrowse } from './browser.ts';
import { visit, visitSite } from './visit.ts';

const skip = cannotBrowse;
const visited = visitSite();

/** Every place of the console, by what its heading says once it is there. */
const places: readonly (readonly [string, string])[] = [
  ['/?since=all', '.event-row'],
  ['/?since=all&order=asc', '.event-row'],
  ['/jobs?since=all', 'tbody tr'],
  ['/agents?since=all', 'tbody tr'],
  ['/integrity', 'a[href*="/integrity/"]'],
  ['/evidence?since=all', 'form.evidence-form'],
  ['/access', 'h1'],
];

/** All that a page holds, seen or not, once nothing is on its way any more. */
async function everything(page: Page, place: string, sign: string): Promise<string> {
  await page.goto(`${visited().site.url}/#${place}`);
  await page.locator(sign).first().waitFor();
  await page.waitForLoadState('networkidle');
  return page.evaluate<string>('document.documentElement.outerHTML');
}

/** Agents and logs by whom they are seen: ids that must not stand anywhere else. */
async function idsOf(isTheirs: (one: { readonly tenant: string; readonly agent: string }) => boolean): Promise<string[]> {
  const logs = (await visited().owner.agents()).filter(isTheirs);
  assert.ok(logs.length > 0);
  return [...new Set(logs.flatMap(({ agent, log, vkey }) => [agent, log, vkey]))];
}

async function seesNothingOf(page: Page, foreign: readonly string[]): Promise<void> {
  for (const [place, sign] of places) {
    const html = await everything(page, place, sign);
    for (const id of foreign) assert.ok(!html.includes(id), `${id} stands at ${place}`);
  }
}

test('a token of one tenant sees nothing of another on any page, nor by address', { skip }, async () => {
  const { site, owner } = visited();
  const page = await visit(visited(), site.tokens.otherReader, '/jobs');
  // The collector's own agent is called by a word that pages use.
  const foreign = (await idsOf(({ tenant }) => tenant !== 'other')).filter((id) => id !== 'collector' && id !== 'relay');
  await seesNothingOf(page, foreign);
  await page.goto(`${site.url}/#/agents`);
  await page.getByRole('link', { name: 'other-1' }).waitFor();
  assert.equal(await page.getByRole('row').filter({ hasText: 'other-1' }).count(), 1);

  const { log } = (await owner.agents()).find(({ agent }) => agent === site.agents.hostile) ?? assert.fail();
  const notThere: readonly (readonly [string, string])[] = [
    [`/agents/${log}`, 'No such log'],
    [`/?event=${log}%2F3&since=all`, 'This line is not here'],
    [`/jobs/${encodeURIComponent('constructor')}`, 'No such job here'],
  ];
  for (const [place, said] of notThere) {
    await page.goto(`${site.url}/#${place}`);
    await page.getByRole('heading', { name: said }).waitFor();
  }
  await page.goto(`${site.url}/#/integrity/${log}/3`);
  await page.getByRole('alert').first().waitFor();
  assert.equal(await page.locator('.integrity-sentence', { hasText: 'In the log by' }).count(), 0);
  // A job of the same id that both tenants have: of its own agent only.
  const html = await everything(page, `/jobs/${site.jobs.failed}`, '.waterfall-row');
  assert.ok(!html.includes(site.agents.live) && html.includes('other-1'));
  await page.context().close();
});

test('a token bound to one agent sees that agent alone', { skip }, async () => {
  const { site } = visited();
  const page = await visit(visited(), site.tokens.boundReader, '/jobs');
  const foreign = (await idsOf(({ agent }) => agent !== site.agents.live)).filter((id) => id !== 'collector' && id !== 'relay');
  await seesNothingOf(page, [...foreign, 'constructor.constructor']);
  await page.goto(`${site.url}/#/agents`);
  await page.getByRole('link', { name: site.agents.live }).waitFor();
  assert.equal(await page.locator('tbody tr').count(), 1);
  await page.context().close();
});

test('no page is wider than a telephone', { skip }, async () => {
  const { site, owner } = visited();
  const { log } = (await owner.agents()).find(({ agent }) => agent === site.agents.hostile) ?? assert.fail();
  const all: readonly (readonly [string, string])[] = [
    ...places,
    [`/agents/${log}`, 'dl'],
    [`/jobs/${site.jobs.completed}`, '.waterfall-row'],
    ['/jobs/nobody-knows-it', 'h1'],
    [`/integrity/${log}/3`, '.integrity-sentence'],
    [`/?event=${log}%2F3&since=all`, '.drawer-title'],
    ['/no-such-page', 'h1'],
  ];
  const page = await visit(visited(), site.tokens.admin, '/jobs', { viewport: { width: 390, height: 844 } });
  for (const [place, sign] of all) {
    await everything(page, place, sign);
    const widest = `[document.scrollingElement, ...document.querySelectorAll('main')].map(({ scrollWidth }) => scrollWidth)`;
    for (const width of await page.evaluate<number[]>(widest)) assert.ok(width <= 390, `${place} is ${width} px wide`);
  }
  await page.context().clearCookies();
  await page.reload();
  await page.getByLabel('Token').waitFor();
  assert.equal(await page.evaluate('document.scrollingElement.scrollWidth'), 390);
  await page.context().close();
});
