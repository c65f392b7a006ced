// What proves a line, seen in a real browser: verified there, offline too, and red where a byte was changed.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { cannotBrowse } from './browser.ts';
import { type Desk, openDesk, openPage } from './integrity-support.ts';

const skip = cannotBrowse;
let desk: Desk;
let context: BrowserContext;

before(async () => {
  if (skip !== false) return;
  desk = await openDesk();
  context = await desk.browser.newContext();
  context.setDefaultTimeout(60_000);
});
after(async () => {
  if (skip === false) await desk.close();
});

const sentence = (page: Page): Promise<string> => page.locator('.integrity-sentence').innerText();
const red = (page: Page): Promise<string[]> => page.locator('.integrity-part-fails strong').allInnerTexts();

test('a line is proven, its keys are pinned by the keyboard alone, and all of it holds again without a network', { skip }, async () => {
  const page = await openPage(desk, context, `/integrity/${desk.logId}/5`);
  await page.locator('.integrity-sentence', { hasText: 'you pinned none of them' }).waitFor();
  assert.match(await sentence(page), /^In the log by .+; two keys say so; you pinned none of them\.$/);
  assert.equal(await page.locator('.integrity-part-holds').count(), 6);
  assert.equal(await page.getByRole('img', { name: 'Merkle path: the line leads to the root that was signed' }).count(), 1);
  await context.setOffline(true);
  const pin = page.locator('[aria-label^="Pin this key of scanner-7/"]:focus');
  while ((await pin.count()) === 0) await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await page.locator('.integrity-sentence', { hasText: 'you pinned one' }).waitFor();
  const when = page.locator('.integrity-when');
  const first = await when.innerText();
  await page.getByRole('button', { name: 'Verify again' }).focus();
  await page.keyboard.press('Enter');
  await when.filter({ hasNotText: first }).waitFor();
  assert.match(await sentence(page), /two keys say so; you pinned one\.$/);
  await context.setOffline(false);
  await page.reload();
  await page.locator('.integrity-sentence', { hasText: 'you pinned one' }).waitFor();
  await page.close();
});

test('what was changed is red, and named; put back it holds', { skip }, async () => {
  const page = await openPage(desk, context, `/integrity/${desk.logId}/6`);
  await page.getByText('Try it: change something').click();
  const line = page.getByLabel('The line', { exact: true });
  const good = await line.inputValue();
  await line.fill(good.replace('scanned', 'spammed'));
  assert.match(await sentence(page), /^Not proven: its path to the root does not hold\.$/);
  assert.deepEqual(await red(page), ['Its path to the root does not hold']);
  assert.ok((await page.locator('.merkle .merkle-bad').count()) > 0);
  await line.fill(good);
  assert.match(await sentence(page), /^In the log by/);
  const proof = page.getByLabel('The proof', { exact: true });
  const text = await proof.inputValue();
  const flip = (_: string, start: string, letter: string): string => start + (letter === 'A' ? 'B' : 'A');
  await proof.fill(text.replace(/(\n— scanner-7\/\S+ \S{20})(.)/, flip));
  assert.deepEqual(await red(page), ['The log’s signature does not hold']);
  await page.getByRole('button', { name: 'Put it back' }).first().click();
  assert.match(await sentence(page), /^In the log by/);
  await page.close();
});

test('a collector that gives a changed line, another proof or another key is found out', { skip }, async () => {
  const page = await openPage(desk, context, '/integrity');
  await page.getByText('scanner-7').first().waitFor();
  let change = (answer: Record<string, string>): Record<string, string> => answer;
  await page.route('**/proof', async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: change((await response.json()) as Record<string, string>) });
  });
  const seen = async (seq: number, how: typeof change): Promise<string[]> => {
    change = how;
    await page.goto(`${desk.collector.url}/#/integrity/${desk.logId}/${seq}`);
    await page.getByText(`Line ${seq}`, { exact: true }).waitFor();
    await page.locator('.integrity-sentence').waitFor();
    return red(page);
  };
  const changedLine = await seen(10, (answer) => {
    const line = Buffer.from(answer['line_base64'] ?? '', 'base64').toString().replace('Host 9', 'Host 8');
    return { ...answer, line_base64: Buffer.from(line).toString('base64') };
  });
  assert.deepEqual(changedLine, ['Its path to the root does not hold']);
  const otherProof = await seen(11, (answer) => ({ ...answer, proof: (answer['proof'] ?? '').replace('index 11', 'index 12') }));
  assert.ok(otherProof.includes('The proof does not hold'));
  const otherKey = await seen(12, (answer) => ({ ...answer, vkey: (answer['vkey'] ?? '').replace('scanner-7', 'scanner-8') }));
  assert.deepEqual(otherKey, ['The log’s key does not hold']);
  await page.close();
});

test('every log is told of in one sentence, and its newest line is one step away', { skip }, async () => {
  const page = await openPage(desk, context, '/integrity');
  await page.getByText(/lines, as witnessed at .+; two keys say so, you pinned one/).first().waitFor();
  await page.getByRole('link', { name: 'Prove the newest line of scanner-7' }).press('Enter');
  await page.locator('.integrity-sentence', { hasText: 'In the log by' }).waitFor();
  await page.close();
});
