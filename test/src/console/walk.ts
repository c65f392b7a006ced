// A browser in front of the whole site: whoever walks over the console's pages starts here.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { waitFor } from '../collector/conversation.ts';
import { Reader } from '../collector/reader.ts';
import { programFile, run } from '../program.ts';
import { executablePath } from './integrity-support.ts';
import type { ConsoleSite } from './site.ts';

/** A walk over all pages may take longer than any other program of the tests does. */
const walkMsMax = 600_000;
/** Who looks: somebody with a token, or nobody. */
export type Visitor = 'admin' | 'reader' | 'nobody';

/** A site that is open, and a browser. */
export interface Walk {
  readonly site: ConsoleSite;
  readonly browser: Browser;
  /** For files; it goes at the end. */
  readonly folder: string;
  readonly reader: Reader;
  readonly close: () => Promise<void>;
}

/** Opens the site and the browser. */
export async function openWalk(): Promise<Walk> {
  const program = run(process.execPath, [programFile('console/collector-program')], { msMax: walkMsMax });
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-walk-'));
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
  const site = JSON.parse(`{${await program.answer('{')}`) as ConsoleSite;
  const close = async (): Promise<void> => {
    await browser.close();
    program.child.kill('SIGTERM');
    await program.ended;
    rmSync(folder, { recursive: true, force: true });
  };
  return { site, browser, folder, reader: new Reader(() => site.url, site.tokens.reader), close };
}

/** A context in which somebody is signed in. */
export async function contextOf({ site, browser }: Walk, visitor: Visitor, options: object = {}): Promise<BrowserContext> {
  const context = await browser.newContext({ reducedMotion: 'reduce', timezoneId: 'Europe/Berlin', locale: 'en-GB', ...options });
  context.setDefaultTimeout(30_000);
  if (visitor === 'nobody') return context;
  const headers = { origin: site.url, 'x-agent-audit': '1' };
  const signedIn = await context.request.post(`${site.url}/v1/session`, { data: { token: site.tokens[visitor] }, headers });
  if (!signedIn.ok()) throw new Error(`nobody is signed in: ${signedIn.status()} ${await signedIn.text()}`);
  return context;
}

/** What is done with a page before it is anywhere. */
export type Before = (page: Page) => Promise<unknown>;

/** A page of the console at a place such as `/jobs`. */
export async function openAt({ site }: Walk, context: BrowserContext, place: string, before?: Before): Promise<Page> {
  const page = await context.newPage();
  await before?.(page);
  await page.goto(`${site.url}/#${place}`);
  return page;
}

const moves = `document.getAnimations().some(({ playState }) => playState === 'running')`;
const isStill = `document.querySelector('.loading, [aria-busy="true"], .evidence-busy') === null
  && document.querySelector('h1, h2, main') !== null`;

/** Waits until nothing is on its way, where it `comes`, and nothing moves. */
export async function settled(page: Page, comes = true): Promise<void> {
  // The page's policy lets a script be evaluated once, by the debugger, and not again and again.
  if (comes) await waitFor('all that is on its way', async () => (await page.evaluate(isStill)) === true);
  await waitFor('the page is still', async () => (await page.evaluate(moves)) === false);
}
