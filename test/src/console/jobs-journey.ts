// Jobs in a real browser: how each ended, in words; one job drawn over time; and what goes from there into an incident's notes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jobAnswer } from '@agent-audit/log';
import type { Page } from 'playwright-core';
import { cannotBrowse } from './browser.ts';
import { fleet, fleetJobs } from './fleet-feed.ts';
import { attributesOf, cellsOf, isAt, placeOf, visit, visitSite } from './visit.ts';

const skip = cannotBrowse;
const visited = visitSite();
const ofLive = `q=agent_id%3Alive-1`;

/** Jobs of the list with their outcomes, in the words that people read. */
async function outcomes(page: Page): Promise<Record<string, string>> {
  const cells = await cellsOf(page.locator('tbody tr'));
  return Object.fromEntries(cells.map(([job = '', outcome = '']) => [job, outcome]));
}

/** Rows of the waterfall: what, and what is said of it, without how long it took. */
async function story(page: Page): Promise<string[]> {
  const rows = page.locator('.waterfall-row');
  await rows.first().waitFor();
  const told = (await rows.all()).map(async (row) => {
    const [name, said] = await Promise.all(['.waterfall-name', '.waterfall-said'].map((part) => row.locator(part).innerText()));
    const ends = await row.locator('.waterfall-took > span').allInnerTexts();
    return `${name} | ${said} | ${ends.filter((end) => !/^[\d.]+ (ms|s)$|^lines .+ apart$/.test(end)).join(' · ')}`;
  });
  return Promise.all(told);
}

test('every outcome is told in words, and a filter stands in the address', { skip }, async () => {
  const { site: { tokens, jobs } } = visited();
  const page = await visit(visited(), tokens.reader, `/jobs?${ofLive}`);
  const all = {
    [jobs.running]: 'running',
    [jobs.retried]: 'completed',
    [jobs.unknown]: 'unknown outcome',
    [jobs.denied]: 'failed',
    [jobs.timeout]: 'timed out',
    [jobs.failed]: 'failed',
    [jobs.completed]: 'completed',
  };
  assert.deepEqual(await outcomes(page), all);
  const completed = page.getByRole('row').filter({ hasText: jobs.completed });
  assert.deepEqual((await completed.locator('td').allInnerTexts()).slice(5), ['12', '0', '212']);

  await page.getByRole('button', { name: 'timed out' }).click();
  await isAt(page, `/jobs?${ofLive}&outcome=timeout`);
  await page.getByRole('link', { name: jobs.failed }).waitFor({ state: 'detached' });
  assert.deepEqual(await outcomes(page), { [jobs.timeout]: 'timed out' });
  await page.reload();
  assert.deepEqual(await outcomes(page), { [jobs.timeout]: 'timed out' });
  await page.getByRole('button', { name: 'failed' }).click();
  await page.getByRole('link', { name: jobs.failed }).waitFor();
  assert.deepEqual(Object.keys(await outcomes(page)).toSorted(), [jobs.denied, jobs.failed].toSorted());
  await page.goBack();
  await page.goBack();
  await page.getByRole('link', { name: jobs.running }).waitFor();
  assert.deepEqual(await outcomes(page), all);
  await page.context().close();
});

test('jobs are found by their events, and what is not understood is said', { skip }, async () => {
  const { site: { tokens, jobs } } = visited();
  const page = await visit(visited(), tokens.reader, '/jobs');
  const search = page.getByLabel('Jobs with an event that a search finds');
  await search.fill('type:upload_retry agent_id:live-1');
  await search.press('Enter');
  await isAt(page, '/jobs?q=type%3Aupload_retry+agent_id%3Alive-1');
  await page.getByRole('link', { name: jobs.failed }).waitFor({ state: 'detached' });
  assert.deepEqual(await outcomes(page), { [jobs.completed]: 'completed' });
  await search.fill('sevrity:ERROR');
  await search.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'unknown field "sevrity"; did you mean severity?' }).waitFor();
  await page.getByRole('button', { name: 'Jobs of all events' }).click();
  await page.getByRole('link', { name: jobs.running }).waitFor();
  await search.fill('type:nothing_is_of_this');
  await search.press('Enter');
  await page.getByRole('heading', { name: 'No job began in this time' }).waitFor();
  await page.getByText('there may have been one').waitFor();
  await page.context().close();
});

test('one job is drawn: its scans and uploads, retries, errors and throttling, each with the seqs that prove it', { skip }, async () => {
  const { site: { tokens, jobs } } = visited();
  const page = await visit(visited(), tokens.reader, `/jobs/${jobs.completed}`);
  assert.deepEqual(await story(page), [
    'job web-01 | Job completed · 212 findings | #1–#12',
    'scan nuclei | Scan completed · 212 findings | #2–#3',
    'throttle | Resource throttling activated: cpu | no end seen · #4',
    'upload r-1 | Upload completed | #5–#11',
    'upload_retry | Upload retry 1 | waits 100 ms · #6',
    'upload_retry | Upload retry 2 | waits 200 ms · #7',
    'chunk_uploaded ×3 | Chunk 3/3 uploaded | #8–#10',
  ]);
  const depths = await attributesOf(page.locator('.waterfall-name'), 'style');
  assert.equal(new Set(depths).size, 3, String(depths));

  await page.goto(page.url().replace(jobs.completed, jobs.retried));
  const cause = 'upload failed; caused by: ECONNRESET: socket hang up; caused by: the peer is gone';
  await page.getByRole('heading', { name: jobs.retried }).waitFor();
  assert.deepEqual(await story(page), [`job run 1 | failed: ${cause} | #21–#22`, 'job run 2 | Job completed | #23–#24']);
  await page.getByText(/^completed in run 2 of 2, after [\d.]+ m?s, on live-1/).waitFor();
  await page.goto(page.url().replace(jobs.retried, jobs.running));
  await page.getByRole('heading', { name: jobs.running }).waitFor();
  assert.match((await story(page)).join(), /^job web-03 \| .+ \| no end seen · #\d+$/);
  await page.getByText(/^running for .+ on live-1/).waitFor();
  await page.goto(page.url().replace(jobs.running, jobs.unknown));
  await page.getByText('the agent itself could not tell how it went').waitFor();
  await page.context().close();
});

test('a job of a minute reads as what happened: received, scanned by tools, held up, uploaded in spite of all', { skip }, async () => {
  const { site: { tokens } } = visited();
  const page = await visit(visited(), tokens.reader, `/jobs/${fleetJobs.story}`);
  const told = await story(page);
  assert.deepEqual(told.map((row) => row.replace(/ \| [^|]+$/, '')), [
    'job_received | Job received from the scheduler',
    'job shop.example | Job completed · 231 findings',
    'scan nuclei | Scan completed · 212 findings',
    'scan semgrep | Scan completed · 18 findings',
    'throttle | Resource throttling activated: cpu; CPU is free again',
    'scan trivy | Scan completed · 1 finding',
    'upload r-2304 | Upload completed',
    'chunk_uploaded | Chunk 1/4 uploaded',
    'chunk_failed | error: chunk 2 of 4 was not taken; caused by: ECONNRESET: socket hang up',
    'upload_retry | Trying again in 2 s',
    'chunk_uploaded ×2 | Chunk 3/4 uploaded',
    'rate_limited | The receiver asks for fewer requests: HTTP 429 Too Many Requests',
    'chunk_uploaded | Chunk 4/4 uploaded',
  ]);
  assert.deepEqual(await page.locator('.waterfall-ticks > span').allInnerTexts(), ['0', '10 s', '20 s', '30 s', '40 s', '50 s']);
  assert.deepEqual(await page.locator('.waterfall-legend > span').allInnerTexts(), ['job', 'scan', 'upload', 'waiting', '×\nerror']);
  await page.getByText(new RegExp(`^completed after 57.\\d s on ${fleet.eu}`)).waitFor();

  await page.goto(page.url().replace(fleetJobs.story, fleetJobs.denied));
  await page.getByText('Denied: The policy forbids to scan payroll.example on weekdays', { exact: true }).waitFor();
  await page.goto(page.url().replace(fleetJobs.denied, fleetJobs.unknown));
  await page.getByText('Its process ended before the job did: nobody saw how it went.').waitFor();
  await page.context().close();
});

test('what a job says that it took and how far its lines lie apart are both told where they differ', { skip }, async () => {
  const { site: { tokens, jobs } } = visited();
  const page = await visit(visited(), tokens.reader, '/jobs');
  await page.route(`**/v1/jobs/${jobs.completed}*`, async (route) => {
    const response = await route.fetch();
    const answer = jobAnswer.parse(await response.text());
    const events = answer.events.map((event) => ({ ...event, line: event.line.replace(/"duration_ms":[\d.]+/, '"duration_ms":90000') }));
    await route.fulfill({ response, body: jobAnswer.format({ ...answer, events }) });
  });
  await page.goto(`${visited().site.url}/#/jobs/${jobs.completed}`);
  const took = page.locator('.waterfall-row').first().locator('.waterfall-took');
  await took.getByText('1 min 30 s').waitFor();
  await took.getByText(/^lines .+ apart$/).waitFor();
  await page.context().close();
});

test('jobs are sorted by what stands out, by agent, and long names are there whole', { skip }, async () => {
  const { site: { tokens } } = visited();
  const page = await visit(visited(), tokens.reader, `/jobs?q=agent_id%3A${fleet.eu}`);
  const ids = async (): Promise<string[]> => Object.keys(await outcomes(page));
  assert.deepEqual((await ids()).slice(0, 2), [fleetJobs.running, '9f8b1c62-0a55-4c4e-9a56-1a7f5c0f2d3b']);
  await page.getByText(/^\d+ min( \d+ s)? so far$/).waitFor();
  await page.getByRole('button', { name: 'Findings' }).click();
  await page.waitForURL(/sort=findings/);
  await page.getByRole('table', { name: 'Jobs, by findings, the most first' }).waitFor();
  assert.equal((await ids())[0], fleetJobs.story);
  await page.reload();
  assert.equal((await ids())[0], fleetJobs.story);
  await page.getByRole('button', { name: 'Errors' }).click();
  await page.getByRole('table', { name: 'Jobs, by errors, the most first' }).waitFor();
  assert.equal((await ids())[0], fleetJobs.failed);
  assert.equal(await page.getByRole('button', { name: /^completed/ }).innerText(), 'completed\n2');
  // No column is cut, however long its names are.
  const isWhole = `[...document.querySelectorAll('.jobs-table, .jobs-table td')].every((one) => one.scrollWidth <= one.clientWidth + 1)`;
  assert.equal(await page.evaluate(isWhole), true);
  await page.goto(`${visited().site.url}/#/jobs`);
  await page.getByRole('link', { name: fleet.us, exact: true }).first().click();
  await isAt(page, `/jobs?q=agent_id%3A${fleet.us}`);
  await page.getByRole('link', { name: fleetJobs.story }).waitFor({ state: 'detached' });
  assert.equal((await ids()).length, 5);
  await page.context().close();
});

test('a row leads to its event, its job’s events and evidence are a step away, and back is where one was', { skip }, async () => {
  const { site: { tokens, jobs } } = visited();
  const page = await visit(visited(), tokens.reader, `/jobs/${jobs.completed}?since=7d`);
  await page.getByRole('link', { name: 'upload_retry' }).last().click();
  const drawer = page.getByRole('complementary', { name: 'Event' });
  await drawer.getByText('Upload retry 2').first().waitFor();
  assert.equal(await drawer.getByRole('heading').innerText(), 'Line 7');
  assert.match(placeOf(page), /^\/\?q=job_id%3Aj-completed&event=[0-9a-f]{32}%2F7&since=all$/);
  await page.goBack();
  await isAt(page, `/jobs/${jobs.completed}?since=7d`);
  await page.getByRole('link', { name: 'Evidence of this job' }).click();
  await isAt(page, '/evidence?q=job_id%3Aj-completed&since=all');
  assert.equal(await page.getByLabel('What a search finds').inputValue(), 'job_id:j-completed');
  await page.goBack();
  await page.getByRole('link', { name: 'Its events' }).click();
  await page.getByText('Upload retry 1').first().waitFor();
  await page.context().close();
});

test('the incident note is Markdown with every seq', { skip }, async () => {
  const { site: { tokens, jobs, url } } = visited();
  const page = await visit(visited(), tokens.reader, `/jobs/${jobs.completed}`, { permissions: ['clipboard-read', 'clipboard-write'] });
  const copy = async (): Promise<string> => {
    await page.getByRole('button', { name: 'Copy as incident note' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    return page.evaluate<string>('navigator.clipboard.readText()');
  };
  const lines = (await copy()).split('\n');
  assert.equal(lines[0], '## Job j-completed');
  assert.match(lines[2] ?? '', /^- live-1: \*\*completed\*\* after .+, began 2.+ UTC; 12 events, 0 errors, 212 findings$/);
  assert.match(lines[4] ?? '', /^### live-1, log `[0-9a-f]{32}`$/);
  const table = lines.filter((line) => line.startsWith('| 2'));
  const told = table.map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));
  assert.deepEqual(told.map(([, , what, , seqs]) => `${what} ${seqs}`), [
    'job web-01 #1–#12',
    'scan nuclei #2–#3',
    'throttle #4',
    'upload r-1 #5–#11',
    'upload\\_retry #6',
    'upload\\_retry #7',
    'chunk\\_uploaded ×3 #8–#10',
  ]);
  for (const [at] of told) assert.match(at ?? '', /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC$/);

  // Whatever an agent wrote stands in it as text: Markdown makes nothing of it.
  await page.goto(`${url}/#/jobs?q=agent_id:hostile-1`);
  await page.getByRole('link', { name: '[link](javascript:alert(1))' }).click();
  await page.getByRole('heading', { name: '[link](javascript:alert(1)) **bold** `code`' }).waitFor();
  const hostile = await copy();
  assert.match(hostile, /^## Job \\\[link\\\]\\\(javascript:alert\\\(1\\\)\\\) \\\*\\\*bold\\\*\\\* \\`code\\`$/m);
  await page.context().close();
});

test('where the clipboard is not to be had, the page says so', { skip }, async () => {
  const { site: { tokens, jobs } } = visited();
  const page = await visit(visited(), tokens.reader, `/jobs/${jobs.failed}`);
  await page.evaluate('Object.defineProperty(navigator, "clipboard", { value: undefined })');
  await page.getByRole('button', { name: 'Copy as incident note' }).click();
  await page.getByRole('button', { name: 'The browser does not allow it here' }).waitFor();
  await page.context().close();
});

test('whatever an agent calls its job, the list leads to it', { skip }, async () => {
  const { site: { tokens, agents } } = visited();
  const list = `/jobs?q=agent_id%3A${agents.hostile}`;
  const page = await visit(visited(), tokens.reader, list);
  const hrefs = await attributesOf(page.locator('tbody').getByRole('link'), 'href');
  // Blank, long, with controls, with what a path is made of, and a name that objects have of their own.
  for (const odd of [/jobs\/%20$/, /jobs\/long-x{200}/, /%00/, /%3C%2F/, /%25/, /__proto__/]) {
    const href = hrefs.find((one) => odd.test(one)) ?? assert.fail(`no job like ${odd}: ${hrefs.join('\n')}`);
    await page.goto(`${visited().site.url}${href}`);
    await page.locator('.waterfall-row').or(page.getByRole('alert')).first().waitFor();
    assert.equal(await page.locator('.waterfall-row').count(), 1, href);
    await page.getByText(new RegExp(`^running for .+ on ${agents.hostile}`)).waitFor();
    await page.goto(`${visited().site.url}/#/agents`);
  }
  assert.notEqual(await page.title(), 'owned');
  await page.context().close();
});

test('a job that is not here is said to be so, with what to do next', { skip }, async () => {
  const page = await visit(visited(), visited().site.tokens.reader, '/jobs/j-nobody-knows');
  await page.getByRole('heading', { name: 'No such job here' }).waitFor();
  await page.getByText('No event of j-nobody-knows is here, or none that you may see').waitFor();
  await page.getByRole('link', { name: 'All jobs' }).last().click();
  await page.getByRole('heading', { name: 'Jobs' }).waitFor();
  await page.context().close();
});

test('what several agents did for a job is told agent by agent', { skip }, async () => {
  const { site: { tokens, jobs } } = visited();
  const page = await visit(visited(), tokens.admin, `/jobs/${jobs.failed}`);
  await page.locator('.waterfall-row').first().waitFor();
  assert.deepEqual(await page.locator('.waterfall-agent').allInnerTexts(), ['live-1 · default', 'other-1 · other']);
  assert.equal(await page.getByRole('list', { name: 'other-1' }).getByRole('listitem').count(), 1);
  await page.context().close();
});
