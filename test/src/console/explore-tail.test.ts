// Explore while things happen: what comes in, what was lost, pages without end, and a collector that is gone for a while.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createLogger, type Logger } from 'agent-audit';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { waitFor } from '../collector/conversation.ts';
import { cannotBrowse } from './browser.ts';
import { addressOf, openExplore, scrolledOf, scrollTo, signedIn, untilTotal, Wire } from './explore-support.ts';
import { type Desk, openDesk } from './integrity-support.ts';

const skip = cannotBrowse;
/** More than a page of the console holds. */
const manyEvents = 1_300;
let desk: Desk;
let wire: Wire;
let context: BrowserContext;
let audit: Logger;

before(async () => {
  if (skip !== false) return;
  desk = await openDesk();
  wire = await Wire.open(desk.collector.url);
  context = await signedIn(desk.browser, wire.url, desk.token);
  const { url: remoteEndpoint, firstTokens } = desk.collector;
  const logFile = join(desk.folder, 'busy', 'audit.log');
  audit = createLogger({ agentId: 'busy-1', logFile, remoteEndpoint, remoteToken: firstTokens?.ingest ?? '', env: false });
  for (let n = 0; n < manyEvents; n++) audit.info('many', `Event ${n}`, { n });
  await shipped();
});
after(async () => {
  if (skip !== false) return;
  await audit.stop();
  wire.close();
  await desk.close();
});

async function shipped(): Promise<void> {
  await audit.flush();
  await waitFor('busy-1 is shipped', () => audit.health().remote?.size === audit.health().size);
}

async function log(...messages: readonly string[]): Promise<void> {
  for (const message of messages) audit.info('news', message);
  await shipped();
}

const open = (search: string): Promise<Page> => openExplore(context, wire.url, search);
const rowsOf = (page: Page): Locator => page.locator('.event-row');
const messagesOf = (page: Page): Promise<string[]> => page.locator('.cell-message').allInnerTexts();
const first = (page: Page, message: string): Promise<void> =>
  page.locator('.event-row[aria-rowindex="1"]', { hasText: message }).waitFor();

/** Loses events for good: no stack is left to record them. */
async function loseEvents(): Promise<number> {
  const lostBefore = audit.health().lost.events;
  for (let round = 0; audit.health().lost.events === lostBefore && round < 50; round++) {
    let left = 40;
    const deep = (): void => {
      try {
        deep();
      } finally {
        if (left-- > 0) audit.info('agent_error', 'deep', { nested: { list: [1, { two: 2 }] } });
      }
    };
    assert.throws(deep, RangeError);
    await audit.flush().catch(() => {});
  }
  return audit.health().lost.events - lostBefore;
}

test('page after page to the end; a page that cannot be read says so, and comes when asked for again', { skip }, async () => {
  const page = await open('q=type:many&since=all');
  await untilTotal(page, manyEvents);
  await first(page, `Event ${manyEvents - 1}`);
  let isRefused = true;
  await page.route('**/v1/events?*cursor=*', (route) => (isRefused ? route.abort() : route.continue()));
  const toEnd = (): Promise<void> => scrollTo(page, Infinity);
  await toEnd();
  const refusal = page.getByRole('alert').filter({ hasText: 'Further events could not be read' });
  await refusal.waitFor();
  isRefused = false;
  await refusal.getByRole('button', { name: 'Try again' }).click();
  await refusal.waitFor({ state: 'detached' });
  await waitFor('the last row', async () => {
    await toEnd();
    return (await messagesOf(page)).at(-1) === 'Event 0';
  });
  const last = rowsOf(page).last();
  assert.equal(await last.getAttribute('aria-rowindex'), String(manyEvents));
  assert.equal(await page.getByRole('grid').getAttribute('aria-rowcount'), String(manyEvents));
  assert.ok((await rowsOf(page).count()) < 100);
  await page.close();
});

test('what comes in is seen; a pause holds it back and counts it, and scrolling away is one', { skip }, async () => {
  const page = await open('q=type:news&since=1h');
  await page.getByText('No such event in this time').waitFor();
  await page.keyboard.press('l');
  await page.locator('.live-open').waitFor();
  assert.equal(addressOf(page).get('live'), '1');
  await log('one', 'two');
  await first(page, 'two');
  assert.deepEqual(await messagesOf(page), ['two', 'one']);
  // What stands around them comes after them.
  await untilTotal(page, 2);
  await page.getByRole('region', { name: 'Type' }).getByTitle('2 events').waitFor();
  await page.locator('.timeline .bar').first().waitFor();

  await page.getByRole('button', { name: 'Pause' }).click();
  await log('three', 'four', 'five');
  const news = page.getByRole('button', { name: '3 new' });
  await news.waitFor();
  assert.deepEqual(await messagesOf(page), ['two', 'one']);
  await news.click();
  await first(page, 'five');
  assert.deepEqual(await messagesOf(page), ['five', 'four', 'three', 'two', 'one']);
  await page.getByRole('button', { name: 'Pause' }).waitFor();

  // An event stays the one that it is while others come above it.
  await page.keyboard.press('j');
  await page.locator('.event-row-at', { hasText: 'five' }).waitFor();
  await log('six');
  await first(page, 'six');
  assert.equal(await page.locator('.event-row-at .cell-message').innerText(), 'five');
  await log(...Array.from({ length: 60 }, (_, n) => `more ${n}`));
  await first(page, 'more 59');
  await scrollTo(page, 500);
  await log('seven');
  await page.getByRole('button', { name: '1 new' }).click();
  await first(page, 'seven');
  assert.equal(await scrolledOf(page), 0);

  await page.reload();
  await page.locator('.live-open').waitFor();
  await first(page, 'seven');
  await log('eight');
  await first(page, 'eight');
  const seen = await rowsOf(page).allInnerTexts();
  assert.equal(new Set(seen).size, seen.length);
  await page.keyboard.press('l');
  await page.locator('.live').waitFor({ state: 'detached' });
  assert.equal(addressOf(page).get('live'), null);
  await page.close();
});

test('a collector that is gone: the page says so, keeps what it has, and goes on where it was when it is back', { skip }, async () => {
  const page = await open('q=type:news&since=1h&live=1');
  await page.locator('.live-open').waitFor();
  await log('before');
  await first(page, 'before');
  const had = await page.locator('.event-row[aria-rowindex="2"]').innerText();
  wire.cut();
  await page.locator('.live-waiting', { hasText: 'Trying again' }).waitFor();
  await log('meanwhile one', 'meanwhile two');
  assert.equal(await page.locator('.event-row[aria-rowindex="2"]').innerText(), had);
  const other = page.getByRole('combobox', { name: 'Search' });
  wire.mend();
  await page.locator('.live-open').waitFor();
  await first(page, 'meanwhile two');
  assert.deepEqual((await messagesOf(page)).slice(0, 3), ['meanwhile two', 'meanwhile one', 'before']);

  wire.cut();
  await other.fill('type:many');
  await page.keyboard.press('Enter');
  const refusal = page.getByRole('alert').filter({ hasText: 'This could not be read' });
  await refusal.getByText('UNREACHABLE').waitFor();
  assert.match(await refusal.innerText(), /The collector does not answer\. Look whether it runs/);
  wire.mend();
  await refusal.getByRole('button', { name: 'Try again' }).click();
  await first(page, `Event ${manyEvents - 1}`);
  await page.close();
});

test('events that were lost: drawn where they were lost, in words, and one step from the line that tells of them', { skip }, async () => {
  const lost = await loseEvents();
  assert.ok(lost > 0);
  await shipped();
  const page = await open('since=15m');
  const words = page.getByRole('list', { name: 'What is missing' }).getByRole('button');
  await words.first().waitFor();
  assert.deepEqual(await words.allInnerTexts(), [`busy-1: ${lost} ${lost === 1 ? 'event' : 'events'} lost`]);
  const title = (await page.locator('.mark-loss title').first().textContent()) ?? '';
  assert.match(title, /^busy-1: \d+ events lost: the stack was used up$/);
  await words.click();
  const drawer = page.getByRole('complementary', { name: 'Event' });
  await drawer.locator('.drawer-title', { hasText: 'log.loss' }).waitFor();
  assert.ok((await page.locator('.mark-loss').count()) > 0);
  // The losses of others are not those of the agent that is looked at.
  await page.goto(`${wire.url}/#/?since=15m&q=agent_id:scanner-7`);
  await page.locator('.mark-loss').waitFor({ state: 'detached' });
  await page.close();
});

test('nothing found in a time that every log has told of can be trusted', { skip }, async () => {
  await log('late');
  const until = new Date(Date.now() - 5_000).toISOString();
  const page = await open(`q=nosuchword&since=1h&until=${until}`);
  const whole = page.getByText('Every log that could hold one is complete here, so there was none.');
  await waitFor('every log told of that time', async () => {
    await page.keyboard.press('r');
    await page.locator('.results[aria-busy="false"]').waitFor();
    return (await whole.count()) === 1;
  });
  await page.close();
});
