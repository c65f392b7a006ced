// Every page of the console in every state that it has: what is looked at by the tests of what must hold everywhere, and in pictures.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Locator, Page } from 'playwright-core';
import { fleetJobs } from './fleet-feed.ts';
import type { Before, Visitor, Walk } from './walk.ts';

/** A page in a state. */
export interface View {
  readonly name: string;
  readonly visitor: Visitor;
  /** Below `/#`. */
  readonly place: string;
  /** Before the page is there: what the collector answers, say. */
  readonly before?: Before;
  /** What it adds to a page that is looked at whole elsewhere. */
  readonly part?: string;
  /** False: it never comes to rest. */
  readonly isStill?: false;
  /** Leads from the place to the state. */
  readonly reach?: (page: Page) => Promise<unknown>;
  /** Seen once the state is there. */
  readonly sign: (page: Page) => Locator;
}

/** What views need to know of the site. */
export interface Known {
  /** Logs: of the agent live-1, of the forked one, of the one with a gap. */
  readonly live: string;
  readonly forked: string;
  readonly gap: string;
  /** An event with an error and a job: `LOG/SEQ`. */
  readonly failure: string;
}

/** Looks up what views need. */
export async function knownOf({ site, reader }: Walk): Promise<Known> {
  const agents = await reader.agents();
  const logOf = (agent: string): string => {
    const found = agents.find((one) => one.agent === agent);
    if (found === undefined) throw new Error(`no log of ${agent}`);
    return found.log;
  };
  const { events: [event] } = await reader.events(`job_id:${site.jobs.failed} type:job_failed agent_id:${site.agents.live}`);
  if (event === undefined) throw new Error('no event of the failed job');
  const [live, forked, gap] = [logOf(site.agents.live), logOf(site.agents.forked), logOf(site.agents.gap)];
  return { live, forked, gap, failure: `${event.log}/${event.seq}` };
}

const button = (page: Page, name: string | RegExp): Locator => page.getByRole('button', { name });
const heading = (name: string | RegExp) => (page: Page): Locator => page.getByRole('heading', { name }).first();
/** By the tooltip: what stands on it changes with what is chosen. */
const pressTitled = (title: string) => async (page: Page): Promise<void> => page.getByTitle(title).click();
const press = (name: string | RegExp) => async (page: Page): Promise<void> => button(page, name).first().click();
const panel = (page: Page): Locator => page.locator('.popover-panel');
const dialog = (page: Page): Locator => page.locator('dialog[open]');
const rows = (page: Page): Locator => page.locator('.event-row').first();

const fewEvents = '/?since=all&q=type:job_failed';
/** What the collector answers nothing to, and what it fails at. */
const hanging = '**/v1/events?*';
const failing = { status: 503, contentType: 'application/problem+json', body: JSON.stringify({
  code: 'STORE_UNAVAILABLE', title: 'The store does not answer', status: 503, detail: 'The store does not answer. Try again in a minute.',
}) };

const longAgo = 'since=2020-01-01T00:00:00Z&until=2020-01-02T00:00:00Z';

/** All views. */
export function viewsOf(walk: Walk, known: Known): readonly View[] {
  return [...exploreViews(known), ...storyViews(walk, known), ...proofViews(walk, known), ...accessViews()];
}

function exploreViews({ failure }: Known): readonly View[] {
  const open = (name: string, tab: string, sign: View['sign']): View => ({
    name,
    visitor: 'reader',
    place: `${fewEvents}&event=${failure}`,
    part: '.drawer',
    reach: async (page) => page.getByRole('tab', { name: tab }).click(),
    sign,
  });
  // With few events: what is looked at is not about them.
  const explore = (name: string, part: string, reach: NonNullable<View['reach']>, sign: View['sign']): View => ({
    name,
    visitor: 'reader',
    place: fewEvents,
    part,
    sign,
    reach: async (page) => {
      await rows(page).waitFor();
      await reach(page);
    },
  });
  const write = (text: string) => async (page: Page): Promise<void> => page.getByRole('combobox', { name: 'Search' }).fill(text);
  return [
    { name: 'explore', visitor: 'reader', place: '/', sign: rows },
    explore('explore-help', 'dialog', async (page) => page.keyboard.press('?'), dialog),
    explore('explore-range', '.popover-panel', pressTitled('Time range'), panel),
    explore('explore-complete', '.popover-panel', pressTitled('How complete this is'), panel),
    explore('explore-account', '.popover-panel', pressTitled('Who is signed in'), panel),
    explore('explore-export', '.popover-panel', pressTitled('Export what this search finds'), panel),
    explore('explore-offers', '.search', write('sev'), (page) => page.getByRole('option').first()),
    explore('explore-wrong', '.search', async (page) => {
      await write('severity:>>WARN')(page);
      await page.keyboard.press('Enter');
    }, (page) => page.locator('.search-wrong')),
    explore('explore-live', '.explore-bar', async (page) => page.keyboard.press('l'), (page) => button(page, 'Pause')),
    open('explore-drawer-fields', 'Fields', (page) => page.locator('.drawer dl').first()),
    open('explore-drawer-raw', 'Raw line', (page) => page.locator('.drawer .raw pre')),
    open('explore-drawer-around', '±50 lines', (page) => page.locator('.drawer .around li').first()),
    {
      name: 'explore-drawer-missing', visitor: 'reader', place: `${fewEvents}&event=${'0'.repeat(32)}/1`,
      sign: heading('This line is not here'),
    },
    { name: 'explore-empty', visitor: 'reader', place: '/?q=type:none_is_called_this&since=all', sign: (page) => page.locator('.notice') },
    {
      name: 'explore-error', visitor: 'reader', place: '/', before: (page) => page.route(hanging, (route) => route.fulfill(failing)),
      sign: (page) => page.locator('.notice-bad').first(),
    },
    {
      name: 'explore-loading', visitor: 'reader', place: '/', before: (page) => page.route(hanging, () => {}),
      sign: (page) => page.locator('.explore'), isStill: false,
    },
  ];
}

function storyViews({ site: { jobs } }: Walk, { live, forked, gap }: Known): readonly View[] {
  const one = (name: string, place: string, sign: string): View => ({
    name,
    visitor: 'reader',
    place,
    sign: (page) => page.locator(sign).first(),
  });
  const job = (name: string, id: string): View => one(name, `/jobs/${id}`, '.waterfall');
  const agent = (name: string, log: string): View => one(name, `/agents/${log}`, '.facts');
  return [
    one('jobs', '/jobs', '.table tbody tr'),
    { name: 'jobs-empty', visitor: 'reader', place: `/jobs?${longAgo}`, sign: heading(/No job/) },
    {
      name: 'jobs-error', visitor: 'reader', place: '/jobs',
      before: (page) => page.route('**/v1/jobs?*', (route) => route.fulfill(failing)),
      sign: (page) => page.locator('.notice-bad').first(),
    },
    job('job-story', fleetJobs.story),
    job('job-completed', jobs.completed),
    job('job-retried', jobs.retried),
    one('job-missing', '/jobs/no-such-job', '.notice'),
    one('agents', '/agents', '.table tbody tr'),
    one('agents-forked', '/agents?state=forked', '.table tbody tr'),
    agent('agent-live', live),
    agent('agent-forked', forked),
    agent('agent-gap', gap),
    { name: 'nowhere', visitor: 'reader', place: '/no/such/page', sign: heading('No such page') },
  ];
}

function proofViews(walk: Walk, { live, failure }: Known): readonly View[] {
  const verdict = (page: Page): Locator => page.locator('.integrity-verdict');
  const logs = (page: Page): Locator => page.locator('.integrity-log').first();
  const notice = (page: Page): Locator => page.locator('.notice');
  const make = press('Make the file');
  const made = (page: Page): Locator => page.locator('.evidence-made');
  return [
    { name: 'integrity', visitor: 'reader', place: '/integrity', sign: logs },
    { name: 'proof-verified', visitor: 'reader', place: `/integrity/${failure}`, sign: verdict },
    {
      name: 'proof-failed', visitor: 'reader', place: `/integrity/${failure}`,
      reach: async (page) => {
        await page.locator('summary', { hasText: 'Try it' }).click();
        const line = page.getByLabel('The line', { exact: true });
        await line.fill((await line.inputValue()).replace('upload failed', 'upload worked'));
      },
      sign: (page) => page.locator('.integrity-verdict.integrity-bad'),
    },
    { name: 'proof-missing', visitor: 'reader', place: `/integrity/${live}/999999999`, sign: notice },
    { name: 'evidence', visitor: 'reader', place: ofJob, sign: (page) => button(page, 'Make the file') },
    { name: 'evidence-made', visitor: 'reader', place: ofJob, reach: make, sign: made },
    {
      name: 'evidence-empty',
      visitor: 'reader',
      place: '/evidence?q=type:none_is_called_this&since=all',
      reach: make,
      sign: (page) => page.locator('[role=status]', { hasText: 'finds nothing' }),
    },
    evidenceFile(walk, 'evidence-file', (text) => text),
    evidenceFile(walk, 'evidence-file-changed', (text) => text.replace('"search":"job_id:j-failed"', '"search":"job_id:j-other"')),
  ];
}

const ofJob = '/evidence?q=job_id:j-failed&since=all';
/** The file itself, from a disk. */
function evidenceFile({ folder }: Walk, name: string, change: (text: string) => string): View {
  const path = join(folder, `${name}.html`);
  return {
    name,
    visitor: 'reader',
    place: ofJob,
    reach: async (page) => {
      const [download] = await Promise.all([page.waitForEvent('download'), press('Make the file')(page)]);
      const chunks: Uint8Array[] = [];
      for await (const chunk of await download.createReadStream()) if (chunk instanceof Uint8Array) chunks.push(chunk);
      writeFileSync(path, change(Buffer.concat(chunks).toString()));
      await page.goto(pathToFileURL(path).href);
      await page.locator('details.event').first().locator('summary').first().press('Enter');
    },
    sign: (page) => page.locator('.event .raw').first(),
  };
}

function accessViews(): readonly View[] {
  const access = (name: string, reach: NonNullable<View['reach']>, sign: View['sign']): View => ({
    name,
    visitor: 'admin',
    place: '/access',
    part: 'dialog',
    reach,
    sign,
  });
  return [
    {
      name: 'access',
      visitor: 'admin',
      place: '/access',
      sign: (page) => page.locator('section[aria-labelledby=who-looked] tbody tr').first(),
    },
    access('access-new', press('New token'), dialog),
    access('access-made', async (page) => {
      await press('New token')(page);
      await page.getByLabel('Name, for people').fill('for a test');
      await page.getByLabel(/^Tenant/).fill('default');
      await press('Make it')(page);
    }, (page) => page.locator('.secret')),
    access('access-revoke', press(/^Revoke/), dialog),
    { name: 'access-refused', visitor: 'reader', place: '/access', sign: heading('This needs an admin token') },
    { name: 'sign-in', visitor: 'nobody', place: '/', sign: (page) => button(page, 'Sign in') },
    {
      name: 'sign-in-refused', visitor: 'nobody', place: '/',
      reach: async (page) => {
        await page.getByLabel('Token').fill('aa_r_mistyped');
        await press('Sign in')(page);
      },
      sign: (page) => page.locator('.field-error', { hasText: 'does not know' }),
    },
  ];
}
