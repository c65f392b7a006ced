// The list of all logs, however many: the worst first, narrowed down by name, page after page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { waitFor } from '../collector/conversation.ts';
import { cannotBrowse } from './browser.ts';
import { placeOf, visit, visitSite } from './visit.ts';

const skip = cannotBrowse;
const visited = visitSite();

test('the list of logs: those with two histories first, more of them by a press, and by a part of a name', { skip }, async () => {
  const all = visited();
  const page = await visit(all, all.site.tokens.reader, '/');
  const logs = page.locator('.integrity-log');
  // The collector itself answers, with fewer at a time than it is asked for.
  await page.route('**/v1/agents?*limit=50*', (route) => route.continue({ url: route.request().url().replace('limit=50', 'limit=2') }));
  await page.getByRole('link', { name: 'Integrity' }).click();
  await logs.nth(1).waitFor();
  assert.equal(await logs.count(), 2);
  await logs.first().getByText('Two histories of this log were seen.').waitFor();
  const agents = await all.owner.agents();
  const known = agents.filter(({ tenant }) => tenant === 'default').length;
  await page.getByText(`2 of ${known} logs`).waitFor();
  for (let shown = 2; shown < known; shown += 2) {
    await page.getByRole('button', { name: /^Verify \d+ more$/ }).click();
    await logs.nth(Math.min(known, shown + 2) - 1).waitFor();
  }
  assert.equal(await logs.count(), known);
  await page.locator('.integrity-log', { hasNotText: 'Asking for its checkpoint' }).nth(known - 1).waitFor();
  assert.equal(await page.getByRole('button', { name: /^Verify \d+ more$/ }).count(), 0);

  await page.goto(`${all.site.url}/#/integrity?name=FORKED`);
  const names = page.locator('.integrity-log-name strong');
  await waitFor('only these', async () => (await names.allInnerTexts()).every((name) => name === all.site.agents.forked));
  await page.getByRole('searchbox', { name: 'Agents whose name has' }).fill('nobody');
  await page.getByText('No agent has “nobody” in its name').waitFor();
  assert.equal(placeOf(page), '/integrity?name=nobody');
  await page.context().close();
});
