// Access in a real browser: who looked at what, this very browser included; tokens made, used and revoked.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tokenMade, tokenRequest, tokensPath } from '@agent-audit/log';
import type { Page } from 'playwright-core';
import { waitFor } from '../collector/conversation.ts';
import { cannotBrowse } from './browser.ts';
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

test('who looked at what names the line, the job and the time, leads there, and can be proven', { skip }, async () => {
  const { site, owner } = visited();
  const { events: [event] } = await owner.events(`job_id:${site.jobs.failed} type:job_failed agent_id:${site.agents.live}`);
  assert.ok(event !== undefined);
  const reader = await visit(visited(), site.tokens.reader, '/?q=message%3A%22Disk+nearly+full%22&since=1h');
  await reader.getByText('Disk nearly full').first().waitFor();
  await reader.goto(`${site.url}/#/jobs/${site.jobs.denied}`);
  await reader.getByRole('heading', { name: site.jobs.denied }).waitFor();
  await reader.goto(`${site.url}/#/integrity/${event.log}/${event.seq}`);
  await reader.locator('.integrity-sentence', { hasText: 'In the log by' }).waitFor();
  const { size } = await reader.evaluate<{ size: number }>(
    `fetch('./v1/export?format=csv&q=type:job_failed').then((response) => response.blob()).then(({ size }) => ({ size }))`,
  );

  const page = await visit(visited(), site.tokens.admin, '/access');
  const searched = await deedOf(page, 'for read', 'searched events', 'message:"Disk nearly full"');
  assert.match(searched, /default/);
  assert.match(searched, /\d\d:\d\d:\d\d – .*\d\d:\d\d:\d\d/);
  await deedOf(page, 'for read', 'read a job', `job ${site.jobs.denied}`);
  await deedOf(page, 'for read', 'proved a line', `line ${event.seq} of ${site.agents.live}`);
  const exported = await deedOf(page, 'for read', 'exported events', 'type:job_failed', 'as csv');
  assert.ok(exported.includes(`${(size / 1_000).toFixed(1)} kB`), exported);
  await deedOf(page, 'first-admin', 'signed in');

  // The search as it was: what was found then is found again.
  const rowOf = (text: string) => deeds(page).getByRole('row').filter({ hasText: text }).first();
  await rowOf('message:"Disk nearly full"').getByRole('link').first().click();
  await page.waitForURL(/#\/\?.*since=\d{4}.*until=\d{4}|#\/\?.*until=\d{4}.*since=\d{4}/);
  await page.getByText('Disk nearly full').first().waitFor();
  await page.goBack();
  await rowOf(`line ${event.seq} of`).getByRole('link', { name: `line ${event.seq}` }).click();
  await page.getByRole('complementary', { name: 'Event' }).getByRole('heading', { name: `Line ${event.seq}` }).waitFor();
  await page.goBack();
  await rowOf(`job ${site.jobs.denied}`).getByTitle(/^Prove line \d+ of the collector/).click();
  await page.locator('.integrity-sentence', { hasText: 'In the log by' }).waitFor();
  await page.context().close();
  await reader.context().close();
});

test('deeds of one kind are looked at alone, and what a page asks again is counted', { skip }, async () => {
  const { site, owner } = visited();
  for (let time = 0; time < 3; time++) await owner.count('type:asked_thrice');
  assert.equal((await owner.ask('/v1/tokens', { headers: { authorization: 'Bearer aa_r_nobody' } })).status, 401);
  const page = await visit(visited(), site.tokens.admin, '/access');
  await deedOf(page, 'counted events', 'type:asked_thrice', 'and 2 more');
  const counted = deeds(page).getByRole('row').filter({ hasText: 'type:asked_thrice' });
  assert.equal(await counted.count(), 1);
  await counted.getByRole('button', { name: /and 2 more since/ }).click();
  await waitFor('each has its proof', async () => (await counted.getByTitle(/^Prove line/).count()) === 3);
  await page.getByRole('button', { name: 'Refusals' }).click();
  await page.waitForURL(/kind=refusals/);
  await deedOf(page, 'nobody known', 'was refused', 'GET /v1/tokens');
  const did = await deeds(page).locator('tbody tr .deeds-did').allInnerTexts();
  assert.deepEqual([...new Set(did)], ['was refused']);
  await page.context().close();
});

test('a token is made, shown once, used and revoked', { skip }, async () => {
  const { site } = visited();
  const page = await visit(visited(), site.tokens.admin, '/access', { permissions: ['clipboard-read', 'clipboard-write'] });
  await page.getByRole('button', { name: 'New token' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name, for people').fill('auditor of <b>web-01</b>');
  const wrongTenant = async (words: string): Promise<void> => {
    await dialog.getByRole('button', { name: 'Make it' }).click();
    await dialog.getByRole('alert').filter({ hasText: words }).waitFor();
    assert.equal(await dialog.getByLabel('Tenant').getAttribute('aria-invalid'), 'true');
  };
  // It is said before the collector is asked, which would refuse it.
  const asked: string[] = [];
  page.on('request', (request) => request.method() === 'POST' && asked.push(request.url()));
  await wrongTenant('A token that may read is of one tenant. Say which.');
  await dialog.getByLabel('Tenant').fill('not/a/tenant');
  await wrongTenant('A tenant has 1 to 64 letters');
  assert.deepEqual(asked, []);
  // What only the collector knows is said at its field, too.
  await dialog.getByLabel('Tenant').fill('_collector');
  await wrongTenant('"tenant" begins with _');
  await dialog.getByLabel('Tenant').fill('default');
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

test('a token that expires says so while one looks', { skip }, async () => {
  const { site, owner } = visited();
  const expiresAt = new Date(Date.now() + 8_000).toISOString();
  const body = tokenRequest.format({ name: 'for a moment', tenant: 'default', scopes: ['read'], expires_at: expiresAt });
  const made = await owner.ask(tokensPath, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  assert.equal(made.status, 201, made.text);
  const page = await visit(visited(), site.tokens.admin, '/access');
  const row = tokens(page).getByRole('row').filter({ hasText: 'for a moment' });
  await row.getByText('expired').waitFor();
  assert.equal((await owner.ask('/v1/agents', { headers: { authorization: `Bearer ${tokenMade.parse(made.text).secret}` } })).status, 401);
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
