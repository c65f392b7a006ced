// Access in a real browser: who looked at what, this very browser included; tokens made, used and revoked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { waitFor } from '../collector/conversation.ts';
import { cannotBrowse } from './integrity-support.ts';
import { visit, visitSite } from './visit.ts';

const skip = cannotBrowse;
const visited = visitSite();

const deeds = (page: Page) => page.getByRole('table', { name: 'Who looked at what' });
const tokens = (page: Page) => page.getByRole('table', { name: 'Tokens' });

/** Opens the page anew until its list has such a row: what was done goes through the collector's own log first. */
async function deedOf(page: Page, ...texts: readonly string[]): Promise<string> {
  let row = deeds(page).getByRole('row');
  for (const text of texts) row = row.filter({ hasText: text });
  await waitFor(`a row with ${texts.join(', ')}`, async () => {
    await page.reload();
    await deeds(page).getByRole('row').nth(1).waitFor();
    return (await row.count()) > 0;
  });
  return row.first().innerText();
}

test('who looked at what tells of this very browser, and each line can be proven', { skip }, async () => {
  const { site } = visited();
  const reader = await visit(visited(), site.tokens.reader, '/?q=message%3A%22Disk+nearly+full%22');
  await reader.getByText('Disk nearly full').first().waitFor();
  await reader.goto(`${site.url}/#/jobs/${site.jobs.denied}`);
  await reader.getByRole('heading', { name: site.jobs.denied }).waitFor();
  const page = await visit(visited(), site.tokens.admin, '/access');
  assert.match(await deedOf(page, 'for read', 'message:"Disk nearly full"'), /searched/);
  assert.match(await deedOf(page, 'for read', 'Job read'), new RegExp(`: ${site.jobs.denied}`));
  await deedOf(page, 'first-admin', 'signed in');
  await deeds(page).getByRole('link').first().click();
  await page.locator('.integrity-sentence', { hasText: 'In the log by' }).waitFor();
  await page.context().close();
  await reader.context().close();
});

test('a token is made, shown once, used and revoked', { skip }, async () => {
  const { site } = visited();
  const page = await visit(visited(), site.tokens.admin, '/access', { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name, for people').fill('auditor of <b>web-01</b>');
  await dialog.getByLabel('Tenant (empty: yours)').fill('not/a/tenant');
  await dialog.getByRole('button', { name: 'Make it' }).click();
  await dialog.getByRole('alert').filter({ hasText: '"tenant" is to have 1 to 64 letters' }).waitFor();
  await dialog.getByLabel('Tenant (empty: yours)').fill('default');
  await dialog.getByLabel('Only this agent').fill(site.agents.live);
  await dialog.getByLabel('Good for').selectOption('1');
  await dialog.getByRole('button', { name: 'Make it' }).click();
  const secret = await dialog.locator('.secret').innerText();
  assert.match(secret, /^aa_r_[\w-]{43}$/);
  await dialog.getByRole('button', { name: 'Copy' }).click();
  await dialog.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), secret);
  await dialog.getByRole('button', { name: 'I have it' }).click();
  await dialog.waitFor({ state: 'detached' });

  const row = tokens(page).getByRole('row').filter({ hasText: 'auditor of <b>web-01</b>' });
  const [, may, tenant, agent, , state = ''] = await row.locator('td').allInnerTexts();
  assert.deepEqual([may, tenant, agent], ['read', 'default', site.agents.live]);
  assert.match(state, /^good to\s/);
  await page.reload();
  await row.waitFor();
  assert.ok(!(await page.evaluate<string>('document.documentElement.outerHTML')).includes(secret), 'it is shown again');

  const holder = await visit(visited(), secret, '/agents');
  await holder.getByRole('link', { name: site.agents.live }).waitFor();
  assert.equal(await holder.locator('tbody tr').count(), 1);
  await row.getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('dialog', { name: 'Revoke auditor of <b>web-01</b>?' }).getByRole('button', { name: 'Revoke it' }).click();
  await row.getByText('revoked').waitFor();
  assert.equal(await row.getByRole('button').count(), 0);
  // The focus does not go with the button that had it.
  await waitFor('a focus', async () => (await page.evaluate<string>('document.activeElement.textContent')).trim() === 'New token');
  await holder.getByText('Your session has ended').waitFor();
  await deedOf(page, 'first-admin', 'revoked a token');
  await deedOf(page, 'first-admin', 'made a token');
  await holder.context().close();
  await page.context().close();
});

test('whoever may only read is told what access needs, and asked nothing that is refused', { skip }, async () => {
  const { site } = visited();
  const page = await visit(visited(), site.tokens.reader, '/jobs');
  await page.getByRole('heading', { name: 'Jobs' }).waitFor();
  const refused: string[] = [];
  page.on('response', (response) => response.status() >= 400 && refused.push(response.url()));
  await page.getByRole('link', { name: 'Access' }).click();
  await page.getByRole('heading', { name: 'This needs an admin token' }).waitFor();
  assert.deepEqual(refused, []);
  await page.context().close();
});
