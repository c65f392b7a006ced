// A browser before a collector: how long somebody waits for the first page, and how a long list scrolls.
import { accessSync, constants } from 'node:fs';
import { type Browser, chromium, type Page } from 'playwright-core';

/** Debian's, as for the tests. */
const executablePath = '/usr/bin/chromium';
const viewport = { width: 1280, height: 800 };

/** Whether there is a browser. */
export function canBrowse(): boolean {
  try {
    accessSync(executablePath, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Lends a browser, and closes it in the end. */
export async function withBrowser<T>(use: (browser: Browser) => Promise<T>): Promise<T> {
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
  try {
    return await use(browser);
  } finally {
    await browser.close();
  }
}

/** Where the console is, and who looks at it. */
export interface Console {
  readonly url: string;
  readonly token: string;
}

/** Somebody who has never been there, signed in: nothing of it is in the browser's cache. */
async function newPerson(browser: Browser, { url, token }: Console): Promise<Page> {
  const person = await browser.newContext({ viewport });
  const headers = { origin: url, 'x-agent-audit': '1' };
  const signedIn = await person.request.post(`${url}/v1/session`, { data: { token }, headers });
  if (!signedIn.ok()) throw new Error(`nobody is signed in: ${signedIn.status()} ${await signedIn.text()}`);
  return person.newPage();
}

/** Milliseconds from asking for the page until each of them can be seen. */
export interface FirstView {
  readonly rowsMs: number;
  readonly timelineMs: number;
  readonly valuesMs: number;
}

/** Opens Explore on all events. */
export async function measureFirstView(browser: Browser, site: Console): Promise<FirstView> {
  const page = await newPerson(browser, site);
  const startMs = performance.now();
  const seen = async (selector: string): Promise<number> => {
    await page.locator(selector).first().waitFor();
    return performance.now() - startMs;
  };
  await page.goto(`${site.url}/#/?since=all`);
  const rowsMs = await seen('.event-row');
  const timelineMs = await seen('.timeline .bar');
  const valuesMs = await seen('.explore-facets h2');
  await page.context().close();
  return { rowsMs, timelineMs, valuesMs };
}

/** Runs in the page: scrolls to the end again and again, until so many rows are there. */
const pageOn = `async (rows) => {
  const list = document.querySelector('.events-scroll');
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  for (const height = document.querySelector('.event-row').offsetHeight; list.scrollHeight < rows * height; await frame()) {
    list.scrollTop = list.scrollHeight;
  }
}`;

/** Runs in the page: the time of each frame, in milliseconds, while the list moves by so many pixels in each. */
const scrollBy = `async ({ pixels, frames }) => {
  const list = document.querySelector('.events-scroll');
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  list.scrollTop = pixels < 0 ? list.scrollHeight : 0;
  for (let count = 0; count < 30; count++) await frame();
  const times = [];
  for (let last = await frame(); times.length < frames;) {
    list.scrollTop += pixels;
    const now = await frame();
    times.push(now - last);
    last = now;
  }
  return times;
}`;

/** A way to scroll; negative pixels go up, from the end. */
export interface Pace {
  readonly pixels: number;
  readonly frames: number;
}

/** What a long list is like. */
export interface Scrolled {
  /** Milliseconds of each frame, by pace. */
  readonly frames: readonly (readonly number[])[];
  readonly elements: number;
}

/** Lets Explore read so many rows, and scrolls through them. */
export async function measureScroll(browser: Browser, site: Console, rows: number, paces: readonly Pace[]): Promise<Scrolled> {
  const page = await newPerson(browser, site);
  await page.goto(`${site.url}/#/?since=all`);
  await page.locator('.event-row').first().waitFor();
  const run = (script: string, argument: unknown): Promise<unknown> => page.evaluate(`(${script})(${JSON.stringify(argument)})`);
  await run(pageOn, rows);
  const frames: (readonly number[])[] = [];
  for (const pace of paces) frames.push(numbersOf(await run(scrollBy, pace)));
  const [elements = Number.NaN] = numbersOf(await page.evaluate(`[document.querySelectorAll('*').length]`));
  await page.context().close();
  return { frames, elements };
}

function numbersOf(told: unknown): readonly number[] {
  if (!Array.isArray(told) || !told.every((value) => typeof value === 'number')) throw new Error('the page told no numbers');
  return told;
}
