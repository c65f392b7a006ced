// By the keyboard alone: from a list with a failed job to the proof of what failed, with the focus to be seen at every step.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { cannotBrowse } from './browser.ts';
import { isAt, visit, visitSite } from './visit.ts';

const skip = cannotBrowse;
const visited = visitSite();
const tabsMax = 80;

/** What has the focus, by what people know it by; and whether it can be seen. */
const focused = `(() => {
  const { activeElement: element } = document;
  if (element === null || element === document.body) return { name: '', isSeen: false };
  // A field may leave the ring to the box around it.
  const isRinged = [element, element.parentElement, element.parentElement.parentElement].some((each) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(each);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
  });
  const { width, height } = element.getBoundingClientRect();
  const name = (element.getAttribute('aria-label') ?? element.textContent ?? '').trim();
  // A frame around the whole page would say nothing.
  const isMarked = element.matches('main') || (element.matches(':focus-visible') && isRinged);
  return { name, isSeen: isMarked && width > 0 && height > 0 };
})()`;

interface Focus {
  readonly name: string;
  readonly isSeen: boolean;
}

const focusOf = (page: Page): Promise<Focus> => page.evaluate<Focus>(focused);

/** Presses Tab until something has the focus; all on the way can be seen. */
async function tabTo(page: Page, name: string): Promise<void> {
  const passed: string[] = [];
  for (let turn = 0; turn < tabsMax; turn++) {
    await page.keyboard.press('Tab');
    const focus = await focusOf(page);
    passed.push(focus.name.slice(0, 40));
    // The browser's own bar has its turn between the last and the first.
    assert.ok(focus.isSeen || focus.name === '', `the focus is at ${focus.name}, and cannot be seen`);
    if (focus.name.startsWith(name)) return;
  }
  assert.fail(`Tab never came to ${name}, but to ${passed.join(' · ')}`);
}

/** Somewhere on the page, and to be seen. */
async function hasFocus(page: Page): Promise<void> {
  const { name, isSeen } = await focusOf(page);
  assert.ok(name !== '' && isSeen, `the focus is lost: ${JSON.stringify({ name, isSeen })}`);
}

test('from the list of jobs to the verified proof of what failed, by keys alone', { skip }, async () => {
  const { site: { tokens, jobs } } = visited();
  const page = await visit(visited(), tokens.reader, '/jobs?q=agent_id%3Alive-1');
  await page.getByRole('link', { name: jobs.failed }).waitFor();
  await tabTo(page, 'failed');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: jobs.completed }).waitFor({ state: 'detached' });
  await hasFocus(page);
  await tabTo(page, jobs.failed);
  await page.keyboard.press('Enter');
  await page.locator('.waterfall-row').first().waitFor();
  await hasFocus(page);
  await tabTo(page, 'job');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: 'Prove it' }).waitFor();
  await hasFocus(page);
  await tabTo(page, 'Prove it');
  await page.keyboard.press('Enter');
  await page.locator('.integrity-sentence', { hasText: 'In the log by' }).waitFor();
  await hasFocus(page);
  await page.context().close();
});

test('events are walked through with j and k, opened with Enter and closed with Escape', { skip }, async () => {
  const { site: { tokens, agents } } = visited();
  const page = await visit(visited(), tokens.reader, `/?q=agent_id%3A${agents.stopped}`);
  const rows = page.locator('.event-row');
  await rows.first().waitFor();
  // Wherever the keys were: Enter opens the event that j leads to, and not a link.
  await page.getByRole('link', { name: 'Access', exact: true }).focus();
  for (const [key, index] of [['j', 0], ['j', 1], ['j', 2], ['k', 1]] as const) {
    await page.keyboard.press(key);
    await rows.nth(index).and(page.locator('.event-row-at')).waitFor();
  }
  const drawer = page.getByRole('complementary', { name: 'Event' });
  await page.keyboard.press('Enter');
  await drawer.waitFor();
  const first = await drawer.getByRole('heading').first().innerText();
  await page.keyboard.press('j');
  await drawer.getByRole('heading').first().filter({ hasNotText: first }).waitFor();
  await tabTo(page, 'Prove it');
  await page.keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
  await hasFocus(page);
  await page.context().close();
});

test('/ writes a search from every page, and ? tells what the keys do', { skip }, async () => {
  const { site: { tokens, jobs } } = visited();
  const page = await visit(visited(), tokens.reader, '/agents?since=7d');
  await page.getByRole('heading', { name: 'Agents' }).waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type(`job_id:${jobs.denied}`);
  await page.keyboard.press('Enter');
  await isAt(page, `/?since=7d&q=job_id%3A${jobs.denied}`);
  await page.getByText('the policy forbids web-02').first().waitFor();
  await hasFocus(page);
  await page.keyboard.press('/');
  assert.equal(await page.evaluate('document.activeElement.value'), `job_id:${jobs.denied}`);
  await page.keyboard.type('severity:CRITICAL');
  await page.keyboard.press('Enter');
  await page.getByText('Disk nearly full').first().waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keys and searches' });
  await help.waitFor();
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'detached' });
  await hasFocus(page);
  await page.context().close();
});

test('sections, the time range and the account are reached, opened and left by keys', { skip }, async () => {
  const page = await visit(visited(), visited().site.tokens.reader, '/jobs');
  await page.getByRole('heading', { name: 'Jobs' }).waitFor();
  await tabTo(page, 'Agents');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Agents', exact: true }).waitFor();
  await hasFocus(page);
  await tabTo(page, '24 h');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Last hour');
  await page.keyboard.press('Enter');
  await isAt(page, '/agents?since=1h');
  await hasFocus(page);
  await tabTo(page, 'Signed in');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Sign out' }).waitFor({ state: 'detached' });
  await hasFocus(page);
  await page.context().close();
});
