// What the tests of Explore share: a browser at a collector, ways to say what a page shows, and a line that can be cut.
import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { signIn } from './browser.ts';
import { newPerson } from './visit.ts';

/** Somebody who is signed in at a console. */
export async function signedIn(browser: Browser, url: string, token: string): Promise<BrowserContext> {
  const context = await newPerson({ browser }, { viewport: { width: 1280, height: 800 }, timezoneId: 'Asia/Kolkata' });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await signIn(context, url, token);
  return context;
}

/** Explore, as its address has it: `q=type:scan_started&since=all`. */
export async function openExplore(context: BrowserContext, url: string, search = ''): Promise<Page> {
  const page = await context.newPage();
  await page.goto(`${url}/#/${search === '' ? '' : `?${search}`}`);
  return page;
}

/** What the address says behind its `?`. */
export function addressOf(page: Page): URLSearchParams {
  return new URLSearchParams(page.url().split('?')[1] ?? '');
}

/** How many events the page says that there are, once it says so for this search. */
export async function totalOf(page: Page): Promise<number> {
  await page.locator('.results[aria-busy="false"]').waitFor();
  return Number((await page.locator('.results-line strong').innerText()).replace(/\D/g, ''));
}

/** Waits until the page says that there are so many events. */
export async function untilTotal(page: Page, events: number): Promise<void> {
  const text = `${events.toLocaleString('en')} events`;
  await page.locator('.results-line strong').filter({ hasText: new RegExp(`^${text}$`) }).waitFor();
}

/** Types of the rows that are in view, in their order. */
export function typesOf(page: Page): Promise<string[]> {
  return page.locator('.event-row .cell-type').allInnerTexts();
}

/** An attribute of all elements with this selector, in one moment: rows come and go while the page finds its height. */
export async function attributesOf(page: Page, selector: string, name: string): Promise<string[]> {
  const [all, attribute] = [JSON.stringify(selector), JSON.stringify(name)];
  const found: unknown = await page.evaluate(`[...document.querySelectorAll(${all})].map((one) => one.getAttribute(${attribute}))`);
  assert.ok(Array.isArray(found));
  return found.map(String);
}

/** Asks the page for something of its first element with this selector, as `element`. */
function ofElement(page: Page, selector: string, expression: string): Promise<unknown> {
  return page.evaluate(`((element) => ${expression})(document.querySelector(${JSON.stringify(selector)}))`);
}

/** How many pixels of what an element holds are out of its sight, sideways. */
export async function cutOffOf(page: Page, selector: string): Promise<number> {
  return Number(await ofElement(page, selector, 'element.scrollWidth - element.clientWidth'));
}

const table = '.events-scroll';

/** How far the table is scrolled down. */
export async function scrolledOf(page: Page): Promise<number> {
  return Number(await ofElement(page, table, 'element.scrollTop'));
}

/** Scrolls the table; infinity: to its end. */
export async function scrollTo(page: Page, top: number): Promise<void> {
  await ofElement(page, table, `element.scrollTo({ top: ${top === Infinity ? 'element.scrollHeight' : top} })`);
}

/** A line to a collector, byte for byte, that can be cut and mended. */
export class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(target: URL) {
    this.#server = createServer((near) => {
      if (this.#isCut) return void near.resetAndDestroy();
      const far = connect(Number(target.port), target.hostname);
      for (const [one, other] of [[near, far], [far, near]] as const) {
        this.#sockets.add(one);
        one.on('error', () => {}).once('close', () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  static async open(target: string): Promise<Wire> {
    const wire = new Wire(new URL(target));
    await new Promise<void>((resolve) => wire.#server.listen(0, '127.0.0.1', resolve));
    return wire;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  close(): void {
    this.cut();
    this.#server.close();
  }
}
