// People who look at the site: each process of tests has one site, one browser, and for each person a browser's session of their own.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Browser, BrowserContext, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { Reader } from '../collector/reader.ts';
import { cannotBrowse, openBrowser, signIn } from './browser.ts';
import { type ConsoleSite, openSite } from './site.ts';

/** Longer than anything takes on a machine that is busy: it ends a test that would wait for ever. */
const patienceMs = 60_000;

/** What tests have. */
export interface Visited {
  readonly site: ConsoleSite;
  readonly browser: Browser;
  /** For files; it goes with the site. */
  readonly folder: string;
  /** Asks the collector as its owner. */
  readonly owner: Reader;
}

/** A site that somebody has to close. */
export interface Opened extends Visited {
  readonly close: () => Promise<void>;
}

/** The process's own; undefined before and after its tests. */
let opened: Opened | undefined;
let isAwaited = false;

/** Opens the site, and a browser in front of it. For a program; tests have `visitSite`. */
export async function openVisit(): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-visit-'));
  const { told: site, close: closeSite } = await openSite(folder);
  const browser = await openBrowser();
  const close = async (): Promise<void> => {
    await browser.close();
    await closeSite();
    rmSync(folder, { recursive: true, force: true });
  };
  return { site, browser, folder, owner: new Reader(() => site.url, site.tokens.admin), close };
}

/** Opens the site before the first test of the process, and closes it after the last. What it gives is there within tests only. */
export function visitSite(): () => Visited {
  if (!isAwaited) {
    isAwaited = true;
    before(async () => {
      if (cannotBrowse === false) opened = await openVisit();
    });
    after(async () => opened?.close());
  }
  return () => {
    if (opened === undefined) throw new Error('the site is open within tests only');
    return opened;
  };
}

/** Somebody at a browser, who is not signed in yet. */
export async function newPerson({ browser }: Pick<Visited, 'browser'>, options: BrowserContextOptions = {}): Promise<BrowserContext> {
  const person = await browser.newContext(options);
  person.setDefaultTimeout(patienceMs);
  return person;
}

/** Somebody who is signed in with a token, at a place of the console such as `/jobs?since=all`. */
export async function visit(visited: Visited, token: string, place: string, options: BrowserContextOptions = {}): Promise<Page> {
  const person = await newPerson(visited, options);
  const { url } = visited.site;
  await signIn(person, url, token);
  const page = await person.newPage();
  await page.goto(`${url}/#${place}`);
  return page;
}

/** Where a page is: what stands behind the `#`. */
export function placeOf(page: Page): string {
  return new URL(page.url()).hash.slice(1);
}

/** Waits until a page is at a place. */
export async function isAt(page: Page, place: string): Promise<void> {
  await page.waitForURL((url) => url.hash === `#${place}`);
}

/** An attribute of every element that is found, once the first is there. */
export async function attributesOf(found: Locator, name: string): Promise<string[]> {
  await found.first().waitFor();
  return Promise.all((await found.all()).map(async (one) => (await one.getAttribute(name)) ?? ''));
}

/** The texts of a table's rows, a cell each, once the first row is there. */
export async function cellsOf(rows: Locator): Promise<string[][]> {
  await rows.first().waitFor();
  return Promise.all((await rows.all()).map((row) => row.locator('td').allInnerTexts()));
}
