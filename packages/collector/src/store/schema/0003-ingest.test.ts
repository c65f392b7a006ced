import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Database } from '../../db/database.ts';
import { openStore } from '../open-store.ts';
import { wholesOf } from '../row-values.ts';
import { linesOf } from '../search/arbitrary.test.support.ts';
import { cannotEmbed, temporaryDatabase } from '../store.test.support.ts';
import { eventsOf, isRegular } from './0001-events.ts';

const at = '"timestamp":"2026-11-24T09:00:00.000Z"';
/** Each near what the encoder writes; the first two hold what only the older, coarser condition took for a list within a list. */
const near = [
  `${at},"type":"a","message":"in a text: [[","details":{"a":1}`,
  `${at},"type":"a","details":{"a":"in a text: ,{"}`,
  `${at},"type":"a","agent_id":"s","job_id":"j","message":"m","details":{"a":1,"b":[1,"x"],"c":{"d":[2],"e":{"f":null}}}`,
  `${at},"type":"a","details":{}`,
  `${at},"type":"a\\"b\\\\","message":"größer","duration_ms":1.5e3`,
  `${at},"type":"a","details":{"a":1,"a":2}`,
  `${at},"type":"a","details":{"a":1,"\\u0061":2}`,
  `${at},"type":"a","type":"b"`,
  `${at},"type":"a","ty\\u0070e":"b"`,
  `${at},"type":""`,
  `${at},"type":7`,
  `${at},"type":"a","details":[1]`,
  `${at},"type":"a","details":{"a":[[1]]}`,
  `${at},"type":"a","details":{"a":[{"b":1}]}`,
  `${at},"type":"a","details":{"a":{"b":[ {"c":1} ]}}`,
  `${at},"duration_ms":"1"`,
  `${at},"seq":0`,
  '"timestamp":"2026-02-30T09:00:00.000Z","type":"a"',
  '"timestamp":"2026-11-24T09:00:00.000+01:00","type":"a"',
  '"timestamp":"1926-11-24T09:00:00.000Z","type":"a"',
];

/** The lines that are regular: as the view says now, and by the look at each name alone. */
async function regularLines(database: Database): Promise<readonly [readonly number[], readonly number[]]> {
  const [now] = await database.rows({ sql: 'SELECT arraySort(groupArray(seq)) AS seqs FROM events WHERE regular LIMIT 1' });
  const lines = `(SELECT tenant, log_id, origin, agent, seq, received, whole AS line, 0 AS relayed FROM events)`;
  const [each] = await database.rows({
    sql: `SELECT arraySort(groupArray(seq)) AS seqs FROM (${eventsOf(isRegular).replace('FROM incoming', `FROM ${lines}`)})
      WHERE regular LIMIT 1`,
  });
  assert.ok(now !== undefined && each !== undefined);
  return [wholesOf(now, 'seqs'), wholesOf(each, 'seqs')];
}

describe('a quick look at usual lines', { skip: cannotEmbed }, () => {
  it('says what the look at each name says, but that it is not misled by brackets in texts', async (t) => {
    const { database, remove } = await temporaryDatabase();
    t.after(remove);
    const store = await openStore({ database });
    const made = near.map((rest, seq) => Buffer.from(`{"seq":${seq},${rest}}`));
    const lines = [...made, Buffer.from(`{"seq":${near.length},${at},"type":"a"}x`), ...linesOf(1_000, 3)];
    const bytes = Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
    const logId = 'a'.repeat(32);
    const place = { logId, origin: `o/${logId}`, tenant: 't', agent: 'a', from: 0 };
    const batch = { ...place, bytes, lines: lines.length, receivedAtMs: 1_764_000_000_000 };
    await store.commit({ batches: [batch], nodes: [], alarms: [], records: [] });
    const [now, each] = await regularLines(database);
    assert.deepEqual(
      now.filter((seq) => seq < near.length),
      [0, 1, 2, 3, 4],
    );
    assert.deepEqual(
      each.filter((seq) => seq < near.length),
      [2, 3, 4],
    );
    assert.deepEqual(
      now.filter((seq) => seq >= near.length && !/[[,][ \t\r]*[[{]/.test(String(lines[seq]))),
      each.filter((seq) => seq >= near.length),
    );
  });
});
