// A file of evidence, made in the console and opened from a disk without a network: it verifies itself, and a changed byte is red.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { cannotBrowse } from './browser.ts';
import { type Desk, openDesk, openPage } from './integrity-support.ts';

const skip = cannotBrowse;
let desk: Desk;
let context: BrowserContext;
/** Its own: nothing of it can reach the collector. */
let offline: BrowserContext;

before(async () => {
  if (skip !== false) return;
  desk = await openDesk();
  context = await desk.browser.newContext();
  offline = await desk.browser.newContext({ offline: true });
  for (const one of [context, offline]) one.setDefaultTimeout(60_000);
});
after(async () => {
  if (skip === false) await desk.close();
});

/** Makes a file at a page of the console, by the keyboard, and gives its text. */
async function makeFile(path: string): Promise<{ readonly text: string; readonly sum: string }> {
  const page = await openPage(desk, context, path);
  const button = page.getByRole('button', { name: 'Make the file' });
  await button.focus();
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  const text = readFileSync(await download.path(), 'utf8');
  const sum = await page.locator('.evidence-sum').innerText();
  await page.close();
  return { text, sum };
}

async function openFile(name: string, text: string): Promise<Page> {
  const file = join(desk.folder, name);
  writeFileSync(file, text);
  const page = await offline.newPage();
  await page.goto(pathToFileURL(file).href);
  return page;
}

const verdict = (page: Page): Promise<string> => page.locator('#verdict').innerText();

test('a job goes into a file that verifies itself from a disk; a changed event is red and says which part', { skip }, async () => {
  const { text, sum } = await makeFile('/evidence?q=job_id:j-42&since=all');
  const page = await openFile('good.html', text);
  assert.equal(await verdict(page), '✓ All two events hold.');
  assert.equal(await page.locator('.sum code').innerText(), sum);
  assert.equal(await page.locator('h1').innerText(), 'Evidence: job j-42');
  await page.locator('#known').fill(desk.vkey);
  assert.equal(await page.locator('.match', { hasText: 'the one that you know' }).count(), 1);
  await page.close();

  const line = await openFile('line.html', text.replace('Scan of web-01', 'Scan of web-02'));
  assert.equal(await verdict(line), '✗ One event of 2 does not hold.');
  const failing = await line.locator('.event.bad .failing').innerText();
  assert.match(failing, /^Event 1, line \d+ of its log, does not hold: the line; its record in this file/);
  assert.equal(await line.locator('.event.good').count(), 1);
  await line.close();

  const question = await openFile('question.html', text.replace('"search":"job_id:j-42"', '"search":"job_id:j-43"'));
  assert.equal(await verdict(question), '✗ This file was changed.');
  assert.match(await question.locator('.problems').innerText(), /What was asked, by whom or when was changed/);
  await question.close();

  const program = await openFile('program.html', text.replace('does not hold', 'always holds. '));
  assert.match(await verdict(program), /Nothing was verified/);
  await program.close();
});

test('bytes all over the evidence are changed one by one: none goes unseen', { skip }, async () => {
  const { text } = await makeFile('/evidence?q=job_id:j-42&since=all');
  const [start, end] = [text.indexOf('{"form":'), text.indexOf('</script>')];
  const page = await openFile('sweep.html', text);
  const bytes = Buffer.from(text);
  const step = Math.max(1, Math.floor((end - start) / 40));
  for (let at = start; at < end - 1; at += step) {
    const changed = Buffer.from(bytes);
    changed[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(join(desk.folder, 'sweep.html'), changed);
    await page.reload();
    assert.match(await verdict(page), /^✗/, `byte ${at} was changed unseen: ${text.slice(at - 20, at + 20)}`);
  }
  await page.close();
});

test('what a search finds goes in with its markup as text; a file asks nobody', { skip }, async () => {
  const { text } = await makeFile('/evidence?q=type:scan_progress&since=all');
  const page = await offline.newPage();
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  const file = join(desk.folder, 'many.html');
  writeFileSync(file, text);
  await page.goto(pathToFileURL(file).href);
  assert.equal(await verdict(page), '✓ All 36 events hold.');
  assert.deepEqual(asked, [pathToFileURL(file).href]);
  const first = page.locator('.event').first();
  await first.locator('summary').first().press('Enter');
  assert.match(await first.locator('.raw').first().innerText(), /<b>&amp;<\/b><\/script>/);
  assert.equal(await page.locator('#page b').count(), 0);
  await page.close();
});

test('one event becomes evidence from where it is proven, by the keyboard', { skip }, async () => {
  const page = await openPage(desk, context, `/integrity/${desk.logId}/7`);
  await page.getByRole('link', { name: 'Export as evidence' }).press('Enter');
  const button = page.getByRole('button', { name: 'Make the file' });
  await button.waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), button.press('Enter')]);
  const file = await openFile('one.html', readFileSync(await download.path(), 'utf8'));
  assert.equal(await verdict(file), '✓ The one event holds.');
  await file.close();
  await page.close();
});
