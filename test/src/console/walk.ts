// Walks over all pages of the site: whoever looks at every view of the console starts here.
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { waitFor } from '../collector/conversation.ts';
import { Reader } from '../collector/reader.ts';
import { signIn } from './browser.ts';
import { newPerson, openVisit, type Visited } from './visit.ts';

/** Who looks: somebody with a token, or nobody. */
export type Visitor = 'admin' | 'reader' | 'nobody';

/** A site that is open, a browser, and somebody who may read. */
export interface Walk extends Visited {
  readonly reader: Reader;
}

/** A walk over a site that is visited. */
export function walkOf(visited: Visited): Walk {
  const { site } = visited;
  return { ...visited, reader: new Reader(() => site.url, site.tokens.reader) };
}

/** A walk for a program, over a site of its own. */
export async function openWalk(): Promise<Walk & { readonly close: () => Promise<void> }> {
  const opened = await openVisit();
  return { ...walkOf(opened), close: opened.close };
}

/** A context in which somebody is signed in. */
export async function contextOf(walk: Walk, visitor: Visitor, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const { site } = walk;
  const context = await newPerson(walk, { reducedMotion: 'reduce', timezoneId: 'Europe/Berlin', locale: 'en-GB', ...options });
  if (visitor !== 'nobody') await signIn(context, site.url, site.tokens[visitor]);
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
