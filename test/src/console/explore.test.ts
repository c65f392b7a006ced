// A responder finds what happened: Explore in a real browser, before a collector with agents of every state.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { Reader } from '../collector/reader.ts';
import { cannotBrowse } from './browser.ts';
import { addressOf, attributesOf, cutOffOf, openExplore, signedIn, totalOf, typesOf, untilTotal } from './explore-support.ts';
import type { ConsoleSite } from './site.ts';
import { visitSite } from './visit.ts';

const skip = cannotBrowse;
const visited = visitSite();
let site: ConsoleSite;
let person: BrowserContext;
let reader: Reader;
const open = (search = ''): Promise<Page> => openExplore(person, site.url, search);

beforeEach(async () => {
  if (skip !== false) return;
  site = visited().site;
  person = await signedIn(visited().browser, site.url, site.tokens.reader);
  reader = new Reader(() => site.url, site.tokens.reader);
});
afterEach(async () => {
  if (skip === false) await person.close();
});

test('the first view: events, the newest first, values with their counts, and what is missing drawn and in words', { skip }, async () => {
  const page = await open();
  const { count, completeness } = await reader.count('');
  await untilTotal(page, count);
  await page.locator('.event-row').nth(10).waitFor();
  const times = await attributesOf(page, '.event-row time', 'datetime');
  assert.deepEqual(times, times.toSorted().toReversed());
  const severity = page.getByRole('region', { name: 'Severity' });
  const errors = severity.locator('.facet').filter({ has: page.getByText('ERROR', { exact: true }) });
  assert.equal(await errors.locator('.facet-count').innerText(), String((await reader.count('severity:ERROR')).count));
  assert.match(await page.locator('.results-line').innerText(), /1 of \d+ agents silent · 1 forked · 1 gap/);
  const missing = page.getByRole('list', { name: 'What is missing' });
  const [gap] = completeness.gaps;
  assert.ok(gap !== undefined && completeness.gaps_total === 1);
  const lines = (gap.to - gap.from).toLocaleString('en');
  const told = new RegExp(`gap-1: ${lines} lines missing for ever\\nsilent-1: not heard of for \\d+ min\\nafter `);
  assert.match(await missing.innerText(), told);
  assert.deepEqual(await attributesOf(page, '.mark', 'class'), ['mark mark-gap', 'mark mark-silence']);
  // The gap lies between its neighbours in the picture as well.
  await missing.getByRole('button', { name: 'gap-1' }).click();
  await page.getByRole('heading', { name: `Line ${gap.to}` }).waitFor();
  await page.getByRole('tab', { name: '±50 lines' }).click();
  assert.match(await page.locator('.around-gap').innerText(), /50 lines missing: nobody will ever have them here$/);
  assert.equal(addressOf(page).get('event'), `${gap.log}/${gap.to}`);
  await page.close();
});

test('by the keyboard alone: a field, a value, what is wrong and its remedy, and what was searched before', { skip }, async () => {
  const page = await open('since=all');
  await page.locator('.event-row').first().waitFor();
  const { keyboard } = page;
  const input = page.getByRole('combobox', { name: 'Search' });
  const offer = (name: string): Promise<void> => page.getByRole('option', { name }).first().waitFor();
  await keyboard.press('/');
  await keyboard.type('seve');
  await offer('severity:');
  await keyboard.press('Tab');
  assert.equal(await input.inputValue(), 'severity:');
  await offer('CRITICAL');
  await keyboard.type('cri');
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  assert.equal(await input.inputValue(), 'severity:CRITICAL ');
  await keyboard.type('type:agent_e');
  await offer('agent_error');
  await keyboard.press('Tab');
  assert.equal(await input.inputValue(), 'severity:CRITICAL type:agent_error ');
  await keyboard.press('Enter');
  await untilTotal(page, 1);
  assert.deepEqual([addressOf(page).get('q'), await typesOf(page)], ['severity:CRITICAL type:agent_error', ['agent_error']]);

  await input.fill('host sevrity:>=WARN');
  await keyboard.press('Enter');
  await page.getByText('SEARCH_UNKNOWN_FIELD').waitFor();
  assert.equal(await page.locator('.search-wrong pre').textContent(), 'host sevrity:>=WARN\n     ^^^^^^^');
  assert.equal(await input.getAttribute('aria-invalid'), 'true');
  assert.equal(addressOf(page).get('q'), 'severity:CRITICAL type:agent_error');
  const remedy = page.getByRole('button', { name: 'Search for severity instead' });
  while ((await page.locator('.search-wrong button:focus').count()) === 0) await keyboard.press('Tab');
  assert.equal(await remedy.count(), 1);
  await keyboard.press('Enter');
  await page.waitForURL((url) => url.href.includes('host+severity'));
  assert.equal(addressOf(page).get('q'), 'host severity:>=WARN');

  await keyboard.press('/');
  await keyboard.press('Backspace');
  const past = page.getByRole('listbox', { name: 'Earlier searches' });
  await past.waitFor();
  assert.deepEqual(await past.getByRole('option').allInnerTexts(), ['host severity:>=WARN', 'severity:CRITICAL type:agent_error']);
  await keyboard.press('ArrowDown');
  await keyboard.press('ArrowDown');
  await keyboard.press('Enter');
  await keyboard.press('Enter');
  await untilTotal(page, 1);
  await keyboard.press('Escape');
  await keyboard.press('?');
  await page.getByRole('dialog', { name: 'Keys and searches' }).waitFor();
  await page.close();
});

test('whoever writes on at once after taking an offer writes behind it, however late frames are drawn', { skip }, async () => {
  await person.addInitScript('window.requestAnimationFrame = (draw) => setTimeout(() => draw(performance.now()), 400)');
  const page = await open('since=all');
  const input = page.getByRole('combobox', { name: 'Search' });
  await input.fill('severity:cri');
  await page.getByRole('option', { name: 'CRITICAL' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.type('type:agent_e', { delay: 60 });
  assert.equal(await input.inputValue(), 'severity:CRITICAL type:agent_e');
  // Within a search as well.
  await input.fill(' type:x');
  await page.keyboard.press('Home');
  await page.keyboard.type('seve');
  await page.getByRole('option', { name: 'severity:' }).waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.type('error', { delay: 60 });
  assert.equal(await input.inputValue(), 'severity:error type:x');
  await page.close();
});

test('the timeline: drawing over it zooms, back leads out, keys move it, and its colours are severities or types', { skip }, async () => {
  const { stopped } = site.agents;
  const page = await open(`q=agent_id:${stopped}&since=1h`);
  const all = (await reader.count(`agent_id:${stopped}`)).count;
  await untilTotal(page, all);
  const picture = page.getByRole('img', { name: /^Events over time/ });
  const bars = page.locator('.timeline .bar');
  await bars.first().waitFor();
  const [frame, bar] = [await picture.boundingBox(), await bars.first().boundingBox()];
  assert.ok(frame !== null && bar !== null);
  // Around where the events are, and around where none are.
  const drag = async (from: number, to: number): Promise<void> => {
    await page.mouse.move(from, frame.y + 40);
    await page.mouse.down();
    await page.mouse.move((from + to) / 2, frame.y + 44);
    await page.mouse.move(to, frame.y + 40);
    await page.mouse.up();
  };
  await drag(bar.x - 30, Math.min(bar.x + 30, frame.x + frame.width - 1));
  await page.waitForURL((url) => url.href.includes('until='));
  const zoomed = addressOf(page);
  await untilTotal(page, all);
  const span = Date.parse(zoomed.get('until') ?? '') - Date.parse(zoomed.get('since') ?? '');
  assert.ok(span > 60_000 && span < 600_000, String(span));
  await page.goBack();
  await page.waitForURL((url) => url.href.includes('since=1h'));
  await drag(frame.x + 4, frame.x + 200);
  await untilTotal(page, 0);
  await page.goBack();
  await untilTotal(page, all);

  await picture.focus();
  await page.keyboard.press('+');
  await page.waitForURL((url) => url.href.includes('until='));
  const half = addressOf(page);
  assert.ok(Math.abs(Date.parse(half.get('until') ?? '') - Date.parse(half.get('since') ?? '') - 1_800_000) < 1_000);
  await page.keyboard.press('ArrowRight');
  await page.waitForURL((url) => !url.href.includes(half.toString()));
  await page.goto(`${site.url}/#/?q=agent_id:${stopped}&since=1h`);

  await page.getByRole('group', { name: 'Colours by' }).getByRole('button', { name: 'Type' }).click();
  const colours = page.getByRole('list', { name: 'Colours of the timeline' });
  await colours.getByRole('button', { name: 'scan_completed' }).waitFor();
  assert.equal(addressOf(page).get('by'), 'type');
  assert.equal((await page.locator('.bar.look-type-0').count()) > 0, true);
  await colours.getByRole('button', { name: 'log.close' }).click();
  await untilTotal(page, 1);
  assert.deepEqual([addressOf(page).get('q'), await typesOf(page)], [`agent_id:${stopped} type:log.close`, ['log.close']]);
  await page.close();
});

test('values beside the events: a click demands one, another lets it go, and one can be left out', { skip }, async () => {
  const { live } = site.agents;
  const page = await open(`q=agent_id:${live}&since=all`);
  const types = page.getByRole('region', { name: 'Type' });
  const value = types.getByRole('button', { name: 'job_failed' }).first();
  await value.click();
  await untilTotal(page, (await reader.count(`agent_id:${live} type:job_failed`)).count);
  assert.equal(await value.getAttribute('aria-pressed'), 'true');
  assert.equal(addressOf(page).get('q'), `agent_id:${live} type:job_failed`);
  await value.click();
  await untilTotal(page, (await reader.count(`agent_id:${live}`)).count);
  await types.getByRole('button', { name: 'Leave out job_failed' }).click();
  await untilTotal(page, (await reader.count(`agent_id:${live} -type:job_failed`)).count);
  assert.equal(addressOf(page).get('q'), `agent_id:${live} -type:job_failed`);
  // What a long name leaves no room for is its end, never the count.
  assert.equal(await cutOffOf(page, '.explore-facets'), 0);
  await page.close();
});

test('an event: its fields, its line byte for byte, what stands around it, its job and its proof', { skip }, async () => {
  const { agents, jobs } = site;
  const page = await open(`q=agent_id:${agents.live} job_id:${jobs.failed}&since=all&order=asc`);
  const { events } = await reader.events(`agent_id:${agents.live} job_id:${jobs.failed}`);
  await untilTotal(page, events.length);
  await page.locator('.event-row').nth(events.length - 1).waitFor();
  const { keyboard } = page;
  for (const key of ['j', 'j', 'k', 'j', 'Enter']) await keyboard.press(key);
  const opened = events[1];
  assert.ok(opened !== undefined);
  await page.getByRole('heading', { name: `Line ${opened.seq}` }).waitFor();
  assert.equal(await page.locator('.events-scroll:focus').count(), 1);
  const drawer = page.getByRole('complementary', { name: 'Event' });
  const fields = await drawer.locator('.fields').innerText();
  for (const text of ['job_failed', jobs.failed, 'ECONNRESET: socket hang up', opened.origin]) assert.ok(fields.includes(text), text);

  await drawer.getByRole('tab', { name: 'Raw line' }).click();
  assert.equal(await drawer.locator('.raw pre').textContent(), opened.line);
  await drawer.getByRole('button', { name: 'Copy, byte for byte' }).click();
  await drawer.getByText('Copied').waitFor();
  assert.equal(await page.evaluate('navigator.clipboard.readText()'), opened.line);

  await drawer.getByRole('tab', { name: '±50 lines' }).click();
  const around = drawer.locator('.around li');
  await around.first().waitFor();
  const { events: log } = await reader.events(`agent_id:${agents.live}`);
  const seqs = (await around.locator('.number').allInnerTexts()).map(Number);
  assert.deepEqual(seqs, log.filter(({ seq }) => Math.abs(seq - opened.seq) <= 50).map(({ seq }) => seq));
  assert.equal(await drawer.locator('[aria-current="true"] .number').innerText(), String(opened.seq));
  // It stays as it is looked at, for the next event and for whoever is given the address.
  await page.reload();
  await drawer.locator('[aria-current="true"]').waitFor();
  // The events come beside it, in their own time: there is none to go to before.
  await page.locator('.event-row').nth(events.length - 1).waitFor();
  await keyboard.press('k');
  await page.getByRole('heading', { name: `Line ${events[0]?.seq}` }).waitFor();
  await around.first().waitFor();

  const address = page.url();
  await drawer.getByRole('link', { name: 'Prove it' }).click();
  await page.locator('.integrity-sentence', { hasText: 'In the log by' }).waitFor();
  assert.ok(page.url().includes(`/integrity/${opened.log}/${events[0]?.seq}`));
  await page.goBack();
  await page.waitForURL(address);
  await drawer.getByRole('link', { name: jobs.failed }).click();
  await page.getByRole('heading', { name: jobs.failed }).waitFor();
  await page.goBack();
  await drawer.getByRole('link', { name: 'Evidence' }).click();
  await page.waitForURL((url) => url.hash.startsWith('#/evidence?'));
  assert.equal(addressOf(page).get('event'), `${opened.log}/${events[0]?.seq}`);
  await page.goBack();
  await drawer.waitFor();
  await keyboard.press('Escape');
  await drawer.waitFor({ state: 'detached' });
  assert.equal(addressOf(page).get('event'), null);
  await page.close();
});

test('what the address says is what is shown: order, time, colours, and an event that is not among those found', { skip }, async () => {
  const { agents, jobs } = site;
  const { events } = await reader.events(`agent_id:${agents.stopped}`);
  const { log = '', seq = 0 } = events.at(-1) ?? {};
  const page = await open(`q=job_id:${jobs.completed}&since=all&order=asc&by=type&event=${log}/${seq}&view=raw`);
  const found = (await reader.events(`job_id:${jobs.completed}`)).events;
  await untilTotal(page, found.length);
  const check = async (): Promise<void> => {
    await page.locator('.drawer .raw pre').waitFor();
    assert.equal(await page.locator('.drawer .raw pre').textContent(), events.at(-1)?.line);
    assert.equal((await typesOf(page))[0], 'job_started');
    await page.getByRole('button', { name: 'Type', pressed: true }).waitFor();
    assert.equal(await page.getByRole('combobox', { name: 'Search' }).inputValue(), `job_id:${jobs.completed}`);
  };
  await check();
  await page.reload();
  await untilTotal(page, found.length);
  await check();
  await page.getByRole('button', { name: 'Time', exact: true }).click();
  await page.waitForURL((url) => !url.href.includes('order='));
  await page.locator('.event-row').first().locator('.cell-type', { hasText: 'job_completed' }).waitFor();
  await page.goBack();
  await page.locator('.event-row').first().locator('.cell-type', { hasText: 'job_started' }).waitFor();
  await check();
  await page.goto(`${site.url}/#/?event=${log}/999999`);
  await page.getByText('The log is not so long').waitFor();
  await page.goto(`${site.url}/#/?event=${'0'.repeat(32)}/1`);
  await page.getByText('There is no such log').waitFor();
  await page.close();
});

test('what is seen can be taken along: the raw lines, a table, columns, and evidence', { skip }, async () => {
  const { live } = site.agents;
  const q = `agent_id:${live} severity:>=WARN`;
  const page = await open(`q=${encodeURIComponent(q)}&since=1h`);
  const lines = (await reader.exported(q)).map(String);
  await untilTotal(page, lines.length);
  const save = async (format: string): Promise<Buffer> => {
    await page.getByRole('button', { name: 'Export' }).click();
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: format }).click()]);
    assert.equal(download.suggestedFilename().endsWith(`.${format}`), true, download.suggestedFilename());
    return readFileSync(await download.path());
  };
  assert.equal((await save('ndjson')).toString(), `${lines.join('\n')}\n`);
  const [head = '', ...rows] = (await save('csv')).toString().trimEnd().split('\r\n');
  assert.match(head, /^seq,timestamp,type,severity,agent_id,/);
  const seqOf = (line: string): string => /"seq":(\d+)/.exec(line)?.[1] ?? '';
  assert.deepEqual(rows.map((row) => row.split(',')[0]), lines.map(seqOf));
  const columns = await save('parquet');
  assert.deepEqual([columns.subarray(0, 4).toString(), columns.subarray(-4).toString()], ['PAR1', 'PAR1']);
  await page.getByRole('button', { name: 'Export' }).click();
  await page.getByRole('link', { name: 'Evidence A file' }).click();
  await page.waitForURL((url) => url.hash.startsWith('#/evidence?'));
  assert.deepEqual([addressOf(page).get('q'), addressOf(page).get('since')], [q, '1h']);
  await page.close();
});

test('nothing found: trusted where every log is whole, and not where one may still hold it', { skip }, async () => {
  const { stopped } = site.agents;
  const page = await open('q=nosuchword&since=1h');
  await page.getByText('That does not say that there was none').waitFor();
  assert.equal(await totalOf(page), 0);
  const until = new Date(Date.now() - 30_000).toISOString();
  await page.goto(`${site.url}/#/?q=agent_id:${stopped}+nosuchword&since=1h&until=${until}`);
  await page.getByText('Every log that could hold one is complete here, so there was none.').waitFor();
  await page.getByRole('button', { name: 'Search all time' }).click();
  await page.getByText('That does not say that there was none').waitFor();
  await page.locator('.notice').getByRole('button', { name: 'Clear the search' }).click();
  await page.locator('.event-row').first().waitFor();
  await page.goto(`${site.url}/#/?q=severity:`);
  await page.getByRole('heading', { name: 'This search is not understood' }).waitFor();
  await page.close();
});

test('on a narrow screen nothing is wider than it, and the values are one step away', { skip }, async () => {
  const page = await open('since=1h');
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator('.event-row').first().waitFor();
  const cutOff = (): Promise<number> => cutOffOf(page, '.explore');
  assert.equal(await cutOff(), 0);
  await page.getByRole('button', { name: 'Narrow down' }).click();
  await page.getByRole('region', { name: 'Severity' }).getByRole('button', { name: 'ERROR' }).first().click();
  await page.getByRole('button', { name: 'Narrow down' }).click();
  await untilTotal(page, (await reader.count('severity:ERROR')).count);
  await page.getByRole('button', { name: 'Export' }).click();
  const panel = await page.getByRole('group', { name: 'Export what this search finds' }).boundingBox();
  assert.ok(panel !== null && panel.x >= 0 && panel.x + panel.width <= 390, JSON.stringify(panel));
  await page.keyboard.press('Escape');
  await page.locator('.event-row').first().click();
  await page.getByRole('complementary', { name: 'Event' }).waitFor();
  assert.equal(await cutOff(), 0);
  await page.close();
});
