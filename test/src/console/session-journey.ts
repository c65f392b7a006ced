// Signing in and out in a real browser: whose token, for how long, from which page, and what is left of it.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { type SessionPrincipal, sessionAnswer, sessionPath, tokenMade, tokenRequest, tokensAnswer, tokensPath } from '@agent-audit/log';
import { createLogger } from 'agent-audit';
import type { BrowserContext, Page } from 'playwright-core';
import { waitFor } from '../collector/conversation.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { cannotBrowse } from './browser.ts';
import { isAt, newPerson, placeOf, type Visited, visit, visitSite } from './visit.ts';

const skip = cannotBrowse;
const visited = visitSite();

/** A token of a test's own. */
async function newToken({ owner }: Visited, name: string, expiresInMs?: number): Promise<{ id: string; secret: string }> {
  const expiry = expiresInMs === undefined ? {} : { expires_at: new Date(Date.now() + expiresInMs).toISOString() };
  const body = tokenRequest.format({ name, tenant: 'default', scopes: ['read'], ...expiry });
  const made = await owner.ask(tokensPath, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  assert.equal(made.status, 201, made.text);
  const { secret, token } = tokenMade.parse(made.text);
  return { id: token.id, secret };
}

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).press('Enter');
}

const cookieOf = async (person: BrowserContext) => (await person.cookies()).find(({ name }) => name === 'aa_session');
/** All that a script of the page could read of what it was given. */
const everythingKept = 'document.cookie + JSON.stringify([localStorage, sessionStorage]) + document.documentElement.outerHTML';
const account = (page: Page) => page.getByTitle('Who is signed in');
const hasEnded = 'Your session has ended: its token expired or was revoked';

test('only a token that may read opens a session, and each other is refused in its own words', { skip }, async () => {
  const { site } = visited();
  const person = await newPerson(visited());
  const page = await person.newPage();
  await page.goto(`${site.url}/#/jobs?outcome=failed&since=all`);
  await page.getByRole('heading', { name: 'agent-audit' }).waitFor();
  assert.equal(await page.getByText(hasEnded).count(), 0);
  assert.equal(await page.getByRole('navigation').count(), 0);

  await signIn(page, 'aa_r_wrong');
  await page.getByRole('alert').filter({ hasText: 'does not know this token' }).waitFor();
  await signIn(page, site.tokens.ingest);
  await page.getByRole('alert').filter({ hasText: 'may ingest; this needs one with the scope read.' }).waitFor();
  assert.equal(await cookieOf(person), undefined);

  await signIn(page, site.tokens.reader);
  await page.getByRole('heading', { name: 'Jobs' }).waitFor();
  assert.equal(placeOf(page), '/jobs?outcome=failed&since=all');
  assert.equal(await page.getByRole('button', { name: /^failed/ }).getAttribute('aria-pressed'), 'true');
  const { httpOnly, sameSite, expires, path } = (await cookieOf(person)) ?? assert.fail('there is no cookie');
  assert.deepEqual({ httpOnly, sameSite, expires, path }, { httpOnly: true, sameSite: 'Strict', expires: -1, path: '/' });

  const kept = await page.evaluate<string>(everythingKept);
  const secret = (await cookieOf(person))?.value ?? '';
  for (const text of [site.tokens.reader, secret]) assert.ok(text !== '' && !kept.includes(text), 'a script can read it');
  await person.close();
});

test('whoever signs out leaves nothing: no session, no page to go back to, and no search', { skip }, async () => {
  const { site } = visited();
  const page = await visit(visited(), site.tokens.reader, `/?q=job_id:${site.jobs.failed}`);
  const person = page.context();
  await page.getByText('upload failed').first().waitFor();
  await page.getByRole('combobox').fill('severity:ERROR');
  await page.keyboard.press('Enter');
  await page.waitForURL(/severity/);
  const cookie = (await cookieOf(person))?.value ?? '';
  await account(page).press('Enter');
  await page.getByText('default · read').waitFor();
  await page.getByRole('button', { name: 'Sign out' }).press('Enter');
  await page.getByLabel('Token').waitFor();
  assert.equal(await page.getByText(hasEnded).count(), 0);
  assert.equal(await cookieOf(person), undefined);
  assert.equal(await page.evaluate('localStorage.getItem("agent-audit.searches")'), null);
  const again = await fetch(`${site.url}/v1/events`, { headers: { cookie: `aa_session=${cookie}` } });
  assert.equal(again.status, 401);
  await page.goBack();
  await page.getByLabel('Token').waitFor();
  assert.equal(await page.getByText('upload failed').count(), 0);
  await person.close();
});

test('who cannot sign out is told so, and stays', { skip }, async () => {
  const page = await visit(visited(), visited().site.tokens.reader, '/jobs');
  await account(page).press('Enter');
  await page.context().setOffline(true);
  await page.getByRole('button', { name: 'Sign out' }).press('Enter');
  await page.getByRole('alert').filter({ hasText: 'You are still signed in. The collector does not answer.' }).waitFor();
  await page.context().close();
});

test('a token that expires ends what was opened with it, and the next one does not see what was read', { skip }, async () => {
  const { site } = visited();
  const { secret } = await newToken(visited(), 'short', 4_000);
  const page = await visit(visited(), secret, '/agents?state=live');
  await page.getByRole('link', { name: site.agents.live }).waitFor();
  // The list asks again every few seconds.
  await page.getByText(hasEnded).waitFor();
  assert.equal(placeOf(page), '/agents?state=live');
  assert.equal(await page.getByText(site.agents.live).count(), 0);

  let shown: string[] = ['nobody asked'];
  // What is asked once the rows are there is another question.
  await page.route(/\/v1\/agents\?/, async (route) => {
    shown = await page.getByRole('row').allInnerTexts();
    await route.continue();
  });
  await signIn(page, site.tokens.otherReader);
  await page.getByRole('link', { name: 'other-1' }).waitFor();
  assert.deepEqual(shown, []);
  assert.equal(await page.getByText(site.agents.live).count(), 0);
  await page.context().close();
});

test('a session that ended while nobody looked says so when the page is opened', { skip }, async () => {
  const { owner } = visited();
  const { id, secret } = await newToken(visited(), 'gone');
  const page = await visit(visited(), secret, '/agents');
  await page.getByRole('heading', { name: 'Agents' }).waitFor();
  await owner.revoke(id);
  await page.reload();
  await page.getByText(hasEnded).waitFor();
  assert.equal(await cookieOf(page.context()), undefined);
  await page.context().close();
});

test('a token revoked during a live tail: the page says so, the address stays, and the next session goes on', { skip }, async (t) => {
  const { site, owner } = visited();
  const folder = temporaryFolder(t);
  const audit = createLogger({
    agentId: 'tailed-1',
    logFile: `${folder}/audit.log`,
    remoteEndpoint: site.url,
    remoteToken: site.tokens.ingest,
    env: false,
  });
  const { id, secret } = await newToken(visited(), 'tail');
  const place = '/?q=agent_id%3Atailed-1&live=1';
  const page = await visit(visited(), secret, place);
  await page.getByText('live', { exact: true }).waitFor();
  audit.info('tailed', 'before it was revoked');
  await page.getByText('before it was revoked').waitFor();
  await owner.revoke(id);
  await page.getByText(hasEnded).waitFor();
  assert.equal(placeOf(page), place);
  assert.equal(await page.getByText('before it was revoked').count(), 0);

  await signIn(page, site.tokens.reader);
  await page.getByText('live', { exact: true }).waitFor();
  audit.info('tailed', 'after it was revoked');
  await page.getByText('after it was revoked').waitFor();
  await isAt(page, place);
  await page.context().close();
  await audit.stop();
});

test('another tab follows: a page shows nothing of whoever was signed in before', { skip }, async () => {
  const { site } = visited();
  const page = await visit(visited(), site.tokens.reader, '/jobs?since=all');
  await page.getByRole('row').filter({ hasText: site.agents.live }).first().waitFor();
  const data = { token: site.tokens.otherReader };
  await page.context().request.post(site.url + sessionPath, { data, headers: { origin: site.url, 'x-agent-audit': '1' } });
  await page.evaluate('window.dispatchEvent(new Event("visibilitychange"))');
  await page.getByRole('row').filter({ hasText: 'other-1' }).first().waitFor();
  assert.equal(await page.getByRole('row').filter({ hasText: site.agents.live }).count(), 0);
  await page.context().close();
});

test('a page of another origin can do nothing with the session, not even look', { skip }, async (t) => {
  const { site, owner } = visited();
  const evil = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<title>evil</title><iframe></iframe>'));
  await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    evil.closeAllConnections();
    evil.close();
  });
  const { port } = evil.address() as AddressInfo;
  const home = await visit(visited(), site.tokens.admin, '/access');
  await home.getByRole('heading', { name: 'Tokens' }).waitFor();
  const before = tokensAnswer.parse(await owner.get(tokensPath)).tokens.length;

  // The same machine at another port: to a browser the same site, so that the cookie goes along.
  for (const host of ['127.0.0.1', 'localhost']) {
    const page = await home.context().newPage();
    await page.goto(`http://${host}:${port}/`);
    const statuses: number[] = [];
    page.on('response', (response) => response.url().startsWith(site.url) && statuses.push(response.status()));
    const wish = JSON.stringify({ name: 'stolen', tenant: 'default', scopes: ['read'] });
    const send = (path: string, options: string): Promise<unknown> =>
      page.evaluate(`fetch(${JSON.stringify(site.url + path)}, ${options}).then(() => 'sent', () => 'stopped')`);
    const body = JSON.stringify(wish);
    await send(tokensPath, `{ method: 'POST', mode: 'no-cors', credentials: 'include', body: ${body} }`);
    await send(sessionPath, `{ method: 'POST', mode: 'no-cors', credentials: 'include', body: '{}' }`);
    await send('/v1/events', `{ mode: 'no-cors', credentials: 'include' }`);
    const asked = await send(tokensPath, `{ method: 'DELETE', credentials: 'include', headers: { 'x-agent-audit': '1' } }`);
    assert.equal(asked, 'stopped');
    assert.deepEqual(statuses.filter((status) => status < 400), []);
    // Nor can it show the console within itself, for somebody to click at unseen.
    await page.evaluate(`document.querySelector('iframe').src = ${JSON.stringify(`${site.url}/`)}`);
    await waitFor('the frame is refused', () => page.frames().some((frame) => frame.url().startsWith('chrome-error:')));
    await page.close();
  }
  assert.equal(tokensAnswer.parse(await owner.get(tokensPath)).tokens.length, before);
  const refused = 'agent_id:collector type:auth_failed "not from the console"';
  await waitFor('the collector’s own log tells of it', async () => (await owner.count(refused)).count > 0);
  await home.reload();
  await home.getByRole('heading', { name: 'Tokens' }).waitFor();
  await home.context().close();
});

test('what is not the console’s own script does not run', { skip }, async () => {
  const { site } = visited();
  const page = await visit(visited(), site.tokens.reader, '/jobs');
  await page.getByRole('heading', { name: 'Jobs' }).waitFor();
  const policy = (await page.request.get(`${site.url}/`)).headers()['content-security-policy'] ?? '';
  assert.match(policy, /script-src 'self'/);
  assert.doesNotMatch(policy, /unsafe|\*/);
  await page.evaluate(`
    window.violations = [];
    document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => violations.push(violatedDirective));
    const script = document.createElement('script');
    script.textContent = 'document.title = "owned"';
    document.body.append(script);
    const image = document.createElement('img');
    image.src = 'http://127.0.0.1:9/pixel';
    document.body.append(image);
  `);
  await waitFor('both are refused', async () => (await page.evaluate<number>('violations.length')) >= 2);
  assert.notEqual(await page.title(), 'owned');
  await page.context().close();
});

test('who is signed in is asked by the cookie alone, and says what the token may', { skip }, async () => {
  const { site } = visited();
  const page = await visit(visited(), site.tokens.boundReader, '/');
  const answer = await page.evaluate<string>(`fetch('.${sessionPath}').then((response) => response.text())`);
  const principal: SessionPrincipal = sessionAnswer.parse(answer).principal;
  assert.deepEqual([principal.tenant, principal.agent, principal.scopes], ['default', site.agents.live, ['read']]);
  await account(page).press('Enter');
  await page.getByText(`default, agent ${site.agents.live} · read`).waitFor();
  await page.context().close();
});
