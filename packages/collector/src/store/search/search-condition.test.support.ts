// What a search finds in a store is what its matcher finds on the lines: tried on lines and searches that meet often.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { compile, parse, print, type Query } from '@agent-audit/search';
import fc from 'fast-check';
import { narrow } from '../events/narrowing.ts';
import { openStore } from '../open-store.ts';
import { wholesOf } from '../row-values.ts';
import { temporaryDatabase } from '../store.test.support.ts';
import { linesOf, search } from './arbitrary.test.support.ts';
import { searchCondition } from './search-condition.ts';

const linesCount = 1_000;

/** Tries so many searches. */
export async function trySearches(t: TestContext, searches: number, seed: number): Promise<void> {
  const { database, remove } = await temporaryDatabase();
  t.after(remove);
  const store = await openStore({ database });
  const lines = linesOf(linesCount, seed);
  const bytes = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
  const whose = { logId: 'a'.repeat(32), origin: `o/${'a'.repeat(32)}`, tenant: 't', agent: 'a' };
  await store.commit({
    batches: [{ ...whose, from: 0, bytes, lines: lines.length, receivedAtMs: 1_764_000_000_000 }],
    nodes: [],
    alarms: [],
    records: [],
  });
  const [regular] = await database.rows({ sql: 'SELECT groupArray(seq) AS seqs FROM events WHERE regular LIMIT 1' });
  assert.ok(regular !== undefined && wholesOf(regular, 'seqs').length > linesCount / 2, 'most lines are regular');
  let found = 0;
  let exact = 0;
  const check = async (query: Query): Promise<void> => {
    const matcher = compile(query);
    const wanted = lines.flatMap((line, seq) => (matcher.matchesLine(line) ? [seq] : []));
    const condition = await narrow({ database, table: 'events', limits: {} }, { visible: { tenant: 't' }, query });
    const [row] = await database.rows({
      sql: `SELECT groupArray(seq) AS seqs FROM (SELECT seq FROM events WHERE ${condition.sql} ORDER BY seq) LIMIT 1`,
      parameters: condition.parameters,
    });
    const seqs = row === undefined ? [] : wholesOf(row, 'seqs');
    const differing = wanted.filter((seq) => !seqs.includes(seq)).concat(seqs.filter((seq) => !wanted.includes(seq)));
    const shown = differing.slice(0, 2).map((seq) => Buffer.from(lines[seq] ?? []).toString());
    assert.deepEqual(seqs, wanted, `${print(query)} of ${shown.join('\n')}`);
    found += wanted.length;
    if (searchCondition(query).isExact) exact++;
  };
  await fc.assert(
    fc.asyncProperty(search, async (made) => {
      await check(parse(print(made)));
    }),
    { numRuns: searches, seed, endOnFailure: true },
  );
  assert.ok(found > searches, `${found} found`);
  assert.ok(exact > searches * 0.9, `${exact} said by statements alone`);
}
