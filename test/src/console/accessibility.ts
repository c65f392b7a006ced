// The rules of WCAG 2.2 AA that a program can check, tried on views: light and dark, wide and narrow.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { knownOf, type View, viewsOf } from './views.ts';
import { contextOf, openAt, settled, type Visitor, type Walk } from './walk.ts';

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
/** What a narrow screen changes: what is hidden, how big things are, and what scrolls. */
const narrowRules = ['target-size', 'scrollable-region-focusable', 'link-name', 'button-name', 'label', 'heading-order', 'color-contrast'];
const [wide, narrow] = [{ width: 1280, height: 800 }, { width: 390, height: 844 }];

/** Rows of a list are alike: to judge the colours of each takes most of the time. */
const alike = '.event-row:nth-child(n + 8), tbody tr:nth-child(n + 8)';

/** What is wrong, a line each; nothing where all is well. Colours alone differ between light and dark. */
async function violations(page: Page, part: string, run: object): Promise<readonly string[]> {
  const context = JSON.stringify({ include: part, exclude: alike });
  const options = JSON.stringify({ ...run, resultTypes: ['violations'], preload: false, iframes: false });
  const found = await page.evaluate(`axe.run(${context}, ${options}).then(({ violations }) =>
    violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, html, failureSummary }) => [id, help, target.join(' '), html.slice(0, 200), failureSummary].join(' | '))))`);
  assert.ok(Array.isArray(found));
  return found.map(String);
}

async function look(walk: Walk, context: BrowserContext | undefined, view: View): Promise<readonly string[]> {
  assert.ok(context !== undefined);
  const page = await openAt(walk, context, view.place, view.before);
  await page.emulateMedia({ colorScheme: 'light' });
  await view.reach?.(page);
  await view.sign(page).waitFor();
  // Not subject to the page's policy, which stays as it is: the debugger puts it in.
  await page.evaluate(axe);
  const found: string[] = [];
  for (const viewport of [wide, narrow]) {
    await page.setViewportSize(viewport);
    // Colours are the same on any screen.
    for (const colorScheme of viewport === wide ? (['light', 'dark'] as const) : (['light'] as const)) {
      await page.emulateMedia({ colorScheme });
      await settled(page, view.isStill !== false);
      const run = { runOnly: viewport === narrow ? narrowRules : colorScheme === 'dark' ? ['color-contrast'] : tags };
      const wrong = await violations(page, view.part ?? 'html', run);
      found.push(...wrong.map((one) => `${view.name}, ${viewport.width}, ${colorScheme}: ${one}`));
    }
    const overflow = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
    if (overflow !== 0) found.push(`${view.name}, ${viewport.width}: the page is ${String(overflow)} px wider than the window`);
  }
  await page.close();
  return found;
}

/** What is wrong with views of that name: a line each. */
export async function wrongOf(walk: Walk, isMeant: (name: string) => boolean): Promise<readonly string[]> {
  const views = viewsOf(walk, await knownOf(walk)).filter(({ name }) => isMeant(name));
  assert.ok(views.length > 0, 'no view has such a name');
  const contexts = new Map<Visitor, BrowserContext>();
  for (const visitor of new Set(views.map((view) => view.visitor))) {
    contexts.set(visitor, await contextOf(walk, visitor, { viewport: wide }));
  }
  const found: string[] = [];
  // Two at once: each page is a process of its own.
  const half = async (some: readonly View[]): Promise<void> => {
    for (const view of some) found.push(...(await look(walk, contexts.get(view.visitor), view)));
  };
  await Promise.all([half(views.filter((_, at) => at % 2 === 0)), half(views.filter((_, at) => at % 2 === 1))]);
  return found;
}
