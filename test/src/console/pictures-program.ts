// Takes the pictures of the documentation, of the site that the console's tests look at: `npm run pictures [FOLDER [VIEW…]]`. Into
// docs/pictures unless another folder is given; of the views that are named, where any are. Each in light, in dark, and narrow.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { cannotBrowse } from './browser.ts';
import { smallPng } from './small-png.ts';
import { knownOf, type View, viewsOf } from './views.ts';
import { contextOf, openAt, openWalk, settled, type Visitor, type Walk } from './walk.ts';

/** What docs/console.md shows, by the names of views. */
const shown: readonly string[] = [
  'explore', 'explore-drawer-fields', 'jobs', 'job-story', 'agents', 'agent-forked', 'integrity', 'proof-verified', 'proof-failed',
  'evidence-made', 'evidence-file', 'access', 'sign-in',
];
const forms = [
  { name: 'light', viewport: { width: 1280, height: 800 }, colorScheme: 'light' },
  { name: 'dark', viewport: { width: 1280, height: 800 }, colorScheme: 'dark' },
  { name: 'narrow', viewport: { width: 390, height: 844 }, colorScheme: 'light' },
] as const;
/** A repository is no album. */
const pictureBytesMax = 100_000;

/** Where a picture tells more of what a page is for than its plain state does: an hour, of agents that mean no harm. */
const places: Readonly<Record<string, string>> = {
  explore: '/?since=1h&q=job_id:*+-agent_id:(hostile-1+OR+live-1)+-type:relayed_of',
  jobs: '/jobs?since=1h&q=agent_id:scanner*',
};

async function takeView(walk: Walk, context: BrowserContext, view: View, folder: string): Promise<void> {
  const page: Page = await openAt(walk, context, places[view.name] ?? view.place, view.before);
  await view.reach?.(page);
  await view.sign(page).waitFor();
  for (const { name, viewport, colorScheme } of forms) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await settled(page, view.isStill !== false);
    // What a page says first is what its picture is of, wherever the view was reached.
    await page.evaluate(`document.querySelector('.shell-main')?.scrollTo(0, 0)`);
    const path = join(folder, `${view.name}-${name}.png`);
    const picture = smallPng(await page.screenshot({ animations: 'disabled' }));
    writeFileSync(path, picture);
    console.log(`${path} ${(picture.length / 1_000).toFixed(0)} kB`);
    if (picture.length > pictureBytesMax) throw new Error(`${path} has ${picture.length} bytes, more than ${pictureBytesMax}`);
  }
  await page.close();
}

const [given, ...only] = process.argv.slice(2);

async function takeAll(walk: Walk, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const contexts = new Map<Visitor, BrowserContext>();
  for (const visitor of ['admin', 'reader', 'nobody'] as const) contexts.set(visitor, await contextOf(walk, visitor));
  for (const view of viewsOf(walk, await knownOf(walk))) {
    const context = contexts.get(view.visitor);
    const isMeant = shown.includes(view.name) && (only.length === 0 || only.includes(view.name));
    if (context !== undefined && isMeant) await takeView(walk, context, view, folder);
  }
}

if (cannotBrowse !== false) throw new Error(`no pictures can be taken: ${cannotBrowse}`);
const docs = resolve(dirname(fileURLToPath(import.meta.url)), '../../../docs/pictures');
const walk = await openWalk();
try {
  await takeAll(walk, resolve(given ?? docs));
} finally {
  await walk.close();
}
