// Signing in over TLS in a real browser: the collector's own, with a certificate that openssl made. What the session is kept in goes over
// nothing else, and no script can read it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startCollector } from '@agent-audit/collector';
import { sessionPath } from '@agent-audit/log';
import type { BrowserContext } from 'playwright-core';
import { cannotBrowse, openBrowser } from './browser.ts';

const patienceMs = 60_000;
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const skip = cannotBrowse === false && !hasOpenssl ? 'needs openssl' : cannotBrowse;

/** A certificate for this machine that nobody vouches for. */
function certificate(folder: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const made = spawnSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  return { cert, key };
}

/** Runs with a folder that goes when all that was opened in it is closed, the last first. */
async function withFolder(run: (folder: string, closing: (() => unknown)[]) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-tls-'));
  const closing: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
  try {
    await run(folder, closing);
  } finally {
    for (const close of closing.toReversed()) await close();
  }
}

/** Somebody at a browser who takes a certificate that nobody vouches for. */
async function personOf(closing: (() => unknown)[]): Promise<BrowserContext> {
  const browser = await openBrowser();
  closing.push(() => browser.close());
  const person = await browser.newContext({ ignoreHTTPSErrors: true });
  person.setDefaultTimeout(patienceMs);
  return person;
}

async function signInAndOut(folder: string, closing: (() => unknown)[]): Promise<void> {
  const config = { dataFolder: join(folder, 'data'), port: 0, tls: certificate(folder) };
  const collector = await startCollector(config, { env: {}, onTrouble: () => {} });
  closing.push(() => collector.close());
  const { url, firstTokens: { admin = '' } = {} } = collector;
  assert.match(url, /^https:/);
  const person = await personOf(closing);
  const page = await person.newPage();

  await page.goto(`${url}/#/?since=all&q=type:collector_started`);
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith(sessionPath) && response.request().method() === 'POST'),
    page.getByLabel('Token').fill(admin).then(() => page.getByRole('button', { name: 'Sign in' }).click()),
  ]);
  assert.match((await answer.headerValue('set-cookie')) ?? '', /^__Host-aa_session=[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  await page.getByText('Collector started').first().waitFor();
  assert.equal(new URL(page.url()).hash, '#/?since=all&q=type:collector_started');
  const [cookie, ...others] = await person.cookies();
  assert.ok(cookie !== undefined && others.length === 0);
  const { name, secure, httpOnly, sameSite, path, domain, expires } = cookie;
  const kept = { name, secure, httpOnly, sameSite, path, domain, expires };
  const wanted = { secure: true, httpOnly: true, sameSite: 'Strict', path: '/', domain: '127.0.0.1', expires: -1 };
  assert.deepEqual(kept, { name: '__Host-aa_session', ...wanted });
  assert.equal(await page.evaluate('document.cookie'), '');
  // A browser that was here once asks for nothing over plain HTTP any more.
  assert.match((await answer.headerValue('strict-transport-security')) ?? '', /^max-age=\d+/);

  // What comes in is followed over it, too.
  await page.goto(`${url}/#/?q=type:token_created&live=1&since=15m`);
  await page.getByText('live', { exact: true }).waitFor();
  const made = await person.request.post(`${url}/v1/tokens`, {
    data: { name: 'made meanwhile', scopes: ['read'], tenant: 'default' },
    headers: { authorization: `Bearer ${admin}` },
  });
  assert.equal(made.status(), 201, await made.text());
  await page.getByText('Token made: made meanwhile').first().waitFor();

  await page.getByTitle('Who is signed in').click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('Token').waitFor();
  assert.deepEqual(await person.cookies(), []);
  const header = { cookie: `${cookie.name}=${cookie.value}` };
  assert.equal((await person.request.get(`${url}/v1/events`, { headers: header })).status(), 401);
}

test('over TLS the session’s cookie is Secure, HttpOnly and of this host alone, and signing out ends it', { skip }, async () => {
  await withFolder(signInAndOut);
});
