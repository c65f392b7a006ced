import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { canBrowse, type Console, type FirstView, measureFirstView, measureScroll, type Pace, withBrowser } from '../browser.ts';
import { timeCommand } from '../command.ts';
import type { Measurement } from '../load.ts';
import { startCollector, stopCollector } from '../program.ts';
import { withFolder } from '../rounds.ts';
import { goalOf, type Section, type SectionContext, type SectionReport } from '../section.ts';
import { median, percentile } from '../statistics.ts';
import { canStore } from '../stored.ts';
import { figure, formatTable } from '../table.ts';

const fillPath = fileURLToPath(new URL('../../../packages/collector/dist/store/store-bench-program.js', import.meta.url));
const events = 1_000_000;
const rows = 100_000;
/** A frame that takes longer is seen as a jerk. */
const smoothMs = 50;
const rowPixels = 28;
const pagePixels = 420;

const paces: readonly (Pace & { readonly what: string })[] = [
  { what: 'a row a frame', pixels: rowPixels, frames: 600 },
  { what: 'a page a frame', pixels: pagePixels, frames: 600 },
  { what: 'ten pages a frame', pixels: 10 * pagePixels, frames: 600 },
  { what: 'a page a frame, up from the end', pixels: -pagePixels, frames: 600 },
];

interface Found {
  readonly views: readonly FirstView[];
  readonly frames: readonly (readonly number[])[];
  readonly elements: number;
}

async function measure(site: Console, loads: number, browser: Browser, progress: (text: string) => void): Promise<Found> {
  const views: FirstView[] = [];
  for (let load = 0; load < loads; load++) {
    progress(`console: opening it, ${load + 1} of ${loads}`);
    views.push(await measureFirstView(browser, site));
  }
  progress(`console: scrolling ${rows} rows`);
  return { views, ...(await measureScroll(browser, site, rows, paces)) };
}

function jerky(times: readonly number[]): number {
  return times.filter((time) => time > smoothMs).length;
}

function measurementOf(pixels: number, times: readonly number[]): Measurement {
  return { pixels, frames: times.length, jerky: jerky(times), medianMs: median(times), maxMs: Math.max(...times) };
}

function report({ views, frames, elements }: Found): SectionReport {
  const ms = (value: number): string => figure(value, 0, 'ms');
  const of = (name: keyof FirstView): readonly number[] => views.map((view) => view[name]);
  const seen = [['events', 'rowsMs'], ['their timeline', 'timelineMs'], ['values to narrow down by', 'valuesMs']] as const;
  const opened = seen.map(([what, name]) => [what, ms(median(of(name))), ms(Math.max(...of(name)))]);
  const scrolled = paces.map(({ what }, index) => {
    const times = frames[index] ?? [];
    return [what, figure(median(times), 1, 'ms'), figure(percentile(times, 0.99), 1, 'ms'), `${jerky(times)} of ${times.length}`];
  });
  const all = frames.flat();
  const share = (100 * jerky(all)) / all.length;
  return {
    markdown: [
      formatTable([`Explore on ${events / 1e6} million events, never opened before`, `median of ${views.length}`, 'slowest'], opened),
      formatTable([`scrolling ${rows.toLocaleString('en')} rows`, 'median frame', '99 of 100', `over ${smoothMs} ms`], scrolled),
      `The page has ${elements} elements then. Browser and collector share the machine's processors.`,
    ].join('\n\n'),
    goals: [
      goalOf(`first rows of ${events / 1e6} million events in a browser`, median(of('rowsMs')), { atMost: 1_000 }, ms),
      goalOf(`frames over ${smoothMs} ms in ${rows.toLocaleString('en')} rows`, share, { atMost: 1 }, (value) => figure(value, 1, '%')),
    ],
    figures: {
      console: {
        opened: views.map((view) => ({ ...view })),
        scrolled: paces.map(({ pixels }, index) => measurementOf(pixels, frames[index] ?? [])),
      },
    },
  };
}

async function run({ options, progress }: SectionContext): Promise<SectionReport> {
  if (!canStore()) return { markdown: 'Not run: the embedded database is not installed.', goals: [], figures: {} };
  if (!canBrowse()) return { markdown: 'Not run: there is no Chromium.', goals: [], figures: {} };
  return withFolder(options.folder, async (folder) => {
    progress(`console: storing ${events} events`);
    await timeCommand([process.execPath, fillPath, `${events}`, join(folder, 'store'), 'fill']);
    const { collector, ready } = await startCollector(folder);
    try {
      const site = { url: ready.url, token: ready.admin };
      return report(await withBrowser((browser) => measure(site, options.quick ? 5 : 15, browser, progress)));
    } finally {
      await stopCollector(collector);
    }
  });
}

export const consoleSection: Section = { name: 'console', title: 'Looking at it in a browser', run };
