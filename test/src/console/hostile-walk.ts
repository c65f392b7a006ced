// Texts that mean harm, in every field that an event has, shown on every page that shows it: nothing runs, nothing is made of them, nobody
// else is asked, and no character of theirs turns around or hides what is read. The page's policy is on, and has nothing to report.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { waitFor } from '../collector/conversation.ts';
import { cannotBrowse } from './browser.ts';
import { visitSite } from './visit.ts';
import { contextOf, openAt, settled, type Visitor, type Walk, walkOf } from './walk.ts';

const skip = cannotBrowse;
const visited = visitSite();
let walk: Walk;
before(() => {
  if (skip === false) walk = walkOf(visited());
});

/** Runs before the page's own scripts: remembers what the policy stopped, and what ran in spite of it. */
const watch = `globalThis.wrongs = [];
  addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => wrongs.push(violatedDirective + ' ' + blockedURI));
  for (const name of ['alert', 'confirm', 'prompt', 'open']) globalThis[name] = () => wrongs.push(name + ' was called');`;

/** What must not be found on a page that shows hostile texts, as a list of what was. */
const look = `(() => {
  const wrongs = [...globalThis.wrongs];
  const wrong = (what, where) => wrongs.push(what + ': ' + JSON.stringify(String(where).slice(0, 120)));
  if (document.title.includes('owned')) wrong('a script ran', document.title);
  const made = '#root script, #root style, #page script, #page style, iframe, object, embed, base, marquee, #root b, #page b, #page img,'
    + ' form[action], a:not([href^="/#/"], [href^="/v1/"], [href^="http://127.0.0.1:"]), img:not([src="./icon.svg"])';
  for (const element of document.querySelectorAll(made)) wrong('an element was made', element.outerHTML);
  const unsafe = /[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f\\ufeff]/;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node !== null; node = texts.nextNode()) {
    // What can be edited, and what a file of evidence keeps its bytes in, is as it is.
    if (node.parentElement.closest('textarea, script') === null && unsafe.test(node.data)) wrong('a text is not inert', node.data);
  }
  for (const element of document.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith('on')) wrong('an attribute would run', element.outerHTML);
      if (/^(title|aria-|alt$|placeholder$|label$|download$)/.test(name) && unsafe.test(value)) wrong(name + ' is not inert', value);
    }
  }
  return wrongs;
})()`;

interface Watched {
  readonly page: Page;
  readonly context: BrowserContext;
  /** All that was wrong so far, where. */
  readonly wrongs: string[];
  /** Leads to a place of the console, waits until it is there and looks. */
  readonly visit: (place: string) => Promise<void>;
  readonly look: (where: string) => Promise<void>;
}

async function watched(visitor: Visitor): Promise<Watched> {
  const context = await contextOf(walk, visitor, { permissions: ['clipboard-read', 'clipboard-write'] });
  await context.addInitScript(watch);
  const wrongs: string[] = [];
  context.on('request', (request) => {
    const url = request.url();
    const isOurs = url.startsWith(`${walk.site.url}/`) || url.startsWith('blob:') || url.startsWith('file:');
    if (!isOurs || url.endsWith('/v1/csp-report')) wrongs.push(`asked ${url}`);
  });
  const page = await openAt(walk, context, '/integrity');
  page.on('dialog', (dialog) => {
    wrongs.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => wrongs.push(`the page threw ${error.message}`));
  const lookAt = async (where: string): Promise<void> => {
    await settled(page);
    const found = await page.evaluate(look);
    assert.ok(Array.isArray(found));
    wrongs.push(...found.map((one) => `${where}: ${String(one)}`));
  };
  const visit = async (place: string): Promise<void> => {
    await page.evaluate(`location.hash = ${JSON.stringify(place)}`);
    await page.locator('main').locator('h1, h2, .notice').first().waitFor();
    await lookAt(place);
    assert.equal(await page.locator('.notice-bad').count(), 0, `${place} shows an error: ${await page.locator('main').innerText()}`);
  };
  return { page, context, wrongs, visit, look: lookAt };
}

/** The addresses on a page that begin with this. */
async function linksOf(page: Page, beginning: string): Promise<readonly string[]> {
  const found = await page.evaluate(`[...document.querySelectorAll('main a')].map(({ hash }) => hash.slice(1))`);
  assert.ok(Array.isArray(found));
  return [...new Set(found.map(String))].filter((place) => place.startsWith(beginning));
}

const searched = (search: string): string => `/?since=all&q=${encodeURIComponent(search)}`;
const ofAgent = 'agent_id:hostile-1';

test('events, by every view of theirs and every search for them', { skip }, async () => {
  const { page, wrongs, visit, look: lookAt } = await watched('reader');
  const { events } = await walk.reader.events(ofAgent);
  const shown = events.filter(({ line }) => line.includes('"nested":'));
  assert.equal(shown.length, walk.site.hostileTexts.length);
  await visit(searched(ofAgent));
  await visit(searched('type:relayed'));
  // Agents, too, have such names.
  await visit(searched('type:relayed_of'));
  for (const { log, seq } of (await walk.reader.events('type:relayed_of')).events.slice(0, 1)) {
    await visit(`${searched('type:relayed_of')}&event=${log}/${seq}`);
  }
  await visit(`/jobs?since=all&q=${encodeURIComponent('type:relayed_of')}`);
  for (const { log, seq } of shown) {
    await visit(`${searched(ofAgent)}&event=${log}/${seq}`);
    for (const tab of await page.locator('.drawer [role=tab]').all()) {
      await tab.click();
      await lookAt(`a tab of line ${seq}`);
    }
  }
  for (const text of walk.site.hostileTexts.slice(0, 6)) await visit(searched(JSON.stringify(text)));
  await page.getByRole('combobox', { name: 'Search' }).fill('<img src=x onerror=alert(1)> type:');
  await page.keyboard.press('Enter');
  await lookAt('a search that is not understood');
  assert.deepEqual(wrongs, []);
});

test('jobs, agents, proofs and who looked: and what is copied of a job', { skip }, async () => {
  const { page, wrongs, visit } = await watched('admin');
  await visit('/jobs?since=all');
  const jobs = await linksOf(page, '/jobs/');
  assert.ok(jobs.length > 15, `${jobs.length} jobs`);
  for (const job of jobs) {
    await visit(job);
    await page.getByRole('button', { name: 'Copy as incident note' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const note = await page.evaluate('navigator.clipboard.readText()');
    assert.doesNotMatch(String(note), /[\u200e\u200f\u202a-\u202e\u2066-\u2069\u0000-\u0008\u001b\u007f-\u009f]/, job);
  }
  await visit('/agents');
  for (const agent of await linksOf(page, '/agents/')) await visit(agent);
  await visit(searched('type:hostile_agent'));
  const { events } = await walk.reader.events(ofAgent);
  for (const { log, seq, line } of events) if (line.includes('"nested":')) await visit(`/integrity/${log}/${seq}`);
  for (const name of walk.site.hostileTexts.filter((text) => text.trim() !== '' && text.length <= 100)) {
    const headers = { authorization: `Bearer ${walk.site.tokens.admin}`, 'content-type': 'application/json' };
    // A name that the collector does not take cannot be shown.
    const body = JSON.stringify({ name, scopes: ['read'], tenant: 'default' });
    await fetch(`${walk.site.url}/v1/tokens`, { method: 'POST', headers, body });
  }
  await visit('/access?since=all');
  await page.getByRole('button', { name: /^Revoke/ }).first().click();
  await visit('/access?since=all');
  assert.deepEqual(wrongs, []);
});

test('a file of evidence, from a disk, and its name', { skip }, async () => {
  const { page, wrongs, visit, look: lookAt } = await watched('reader');
  await visit(`/evidence?since=all&q=${encodeURIComponent(ofAgent)}`);
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Make the file' }).click()]);
  assert.match(download.suggestedFilename(), /^evidence-[\dTZ-]+\.html$/);
  await lookAt('the evidence that was made');
  const file = join(walk.folder, 'hostile.html');
  writeFileSync(file, readFileSync(await download.path()));
  await page.goto(pathToFileURL(file).href);
  await page.evaluate('for (const one of document.querySelectorAll("details")) one.open = true');
  await lookAt('the file of evidence');
  assert.match(await page.locator('#verdict').innerText(), /^✓ All \d+ events hold/);
  assert.deepEqual(wrongs, []);
});

test('no violation was reported; what would be one is seen', { skip }, async () => {
  const reports = async (): Promise<number> => {
    const headers = { authorization: `Bearer ${walk.site.tokens.admin}` };
    const response = await fetch(`${walk.site.url}/v1/events/count?q=type:csp_violation`, { headers });
    return ((await response.json()) as { count: number }).count;
  };
  assert.equal(await reports(), 0);
  const { page } = await watched('reader');
  // What would be wrong is seen at once; a browser sends its reports when it likes, a minute later. Were it not seen,
  // the tests above would prove nothing.
  const harm = '<img src="x" onerror="document.title=1"><b>\\u202e</b>';
  await page.evaluate(`document.querySelector('#root').insertAdjacentHTML('beforeend', '${harm}')`);
  await waitFor('the violation', async () => (await page.evaluate('globalThis.wrongs.length')) !== 0);
  const found = String(await page.evaluate(look));
  const kinds = ['script-src', 'an element was made', 'an attribute would run', 'a text is not inert'];
  for (const kind of kinds) assert.ok(found.includes(kind), found);
});
