import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from '@agent-audit/search';
import type { Database } from '../../db/database.ts';
import { LineWriter } from '../line-writer.ts';
import { openStore } from '../open-store.ts';
import { wholesOf } from '../row-values.ts';
import { linesOf } from '../search/arbitrary.test.support.ts';
import type { LineBatch, Store } from '../store.ts';
import { cannotEmbed, temporaryDatabase } from '../store.test.support.ts';
import { migrate, migrations } from './migrate.ts';

const at = '"timestamp":"2026-11-24T09:00:00.120Z"';
const usual = `${at},"type":"scan_started","severity":"INFO","agent_id":"größer"`;
/** Each begins with what its columns say. */
const short = [
  `${usual}}`,
  `${usual} }`,
  `${usual},"tenant_id":"t","job_id":"j-1","report_id":"r-1","message":"m"}`,
  `${at},"type":"job_started","severity":"INFO","agent_id":"a","span_id":"s-1","operation":"start"}`,
  `"timestamp":"1970-01-01T00:00:00.000Z","type":"a","severity":"INFO","agent_id":"a","details":{"type":"b","seq":7}}`,
  `${usual},"message":"an escape that begins with \\u0001"}`,
];
/** Each differs from that in a small thing. */
const whole = [
  `${usual},"message":"m","tenant_id":"t"}`,
  `${usual},"job_id":"j","tenant_id":"t"}`,
  `${usual.replace(',"agent_id"', ' ,"agent_id"')}}`,
  `${usual.replace('.120Z', 'Z')}}`,
  `${usual.replace('.120Z', '.120000Z')}}`,
  `${usual.replace('.120Z', '.120000001Z')}}`,
  `${usual.replace('scan', 'sc\\"an')}}`,
  `${usual.replace('scan', 'sc\\u0061n')}}`,
  `${usual},"type":"scan_started"}`,
  `${usual},"tenant_id":""}`,
  `${usual},"details":{"a":[[1]]}}`,
  `${at},"severity":"INFO","type":"a","agent_id":"a"}`,
  `${at},"type":"a","severity":"INFO"}`,
  `${at}}`,
];

function batchOf(lines: readonly Uint8Array[], from: number): LineBatch {
  const logId = 'a'.repeat(32);
  const place = { logId, origin: `o/${logId}`, tenant: 't', agent: 'a', from, receivedAtMs: 1_764_000_000_000 };
  return { ...place, bytes: Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')])), lines: lines.length };
}

async function keep(store: Store, lines: readonly Uint8Array[], from: number): Promise<void> {
  await store.commit({ batches: [batchOf(lines, from)], nodes: [], alarms: [], records: [] });
}

async function shortSeqs(database: Database): Promise<readonly number[]> {
  const [row] = await database.rows({
    sql: `SELECT arraySort(groupArray(seq)) AS seqs FROM (SELECT seq FROM events WHERE rest != '' AND line = '' LIMIT 100000) LIMIT 1`,
  });
  assert.ok(row !== undefined);
  return wholesOf(row, 'seqs');
}

async function textOf(store: Store, count: number): Promise<string> {
  return Buffer.from((await store.lines('a'.repeat(32), 0, count)).bytes).toString('latin1');
}

describe('lines that are stored in short', { skip: cannotEmbed }, () => {
  it('are those that begin with just what their columns say; all come back byte for byte', async (t) => {
    const { database, remove } = await temporaryDatabase();
    t.after(remove);
    const store = await openStore({ database });
    const made = [...short, ...whole].map((rest, seq) => Buffer.from(`{"seq":${seq},${rest}`));
    const lines = [...made, Buffer.from(`{"seq":0${made.length},${usual}}`), ...linesOf(2_000, 5)];
    await keep(store, lines, 0);
    const found = await shortSeqs(database);
    assert.deepEqual(
      found.filter((seq) => seq <= made.length),
      short.map((_, seq) => seq),
    );
    assert.equal(await textOf(store, lines.length), textOfLines(lines));
  });

  it('are found by what only their columns still have', async (t) => {
    const { database, remove } = await temporaryDatabase();
    t.after(remove);
    const store = await openStore({ database });
    await keep(
      store,
      short.map((rest, seq) => Buffer.from(`{"seq":${seq},${rest}`)),
      0,
    );
    assert.equal((await shortSeqs(database)).length, short.length);
    const seqsOf = async (search: string): Promise<readonly number[]> => {
      const { events } = await store.events({ visible: { tenant: 't' }, query: parse(search), order: 'asc', limit: 50 });
      return events.map(({ seq }) => seq).toSorted((a, b) => a - b);
    };
    assert.deepEqual(await seqsOf('SCAN_start'), [0, 1, 2, 5]);
    assert.deepEqual(await seqsOf('GRÖSSER'), [], 'ß has no other case that is one character');
    assert.deepEqual(await seqsOf('gRÖßer'), [0, 1, 2, 5]);
    assert.deepEqual(await seqsOf('j-1'), [2]);
    assert.deepEqual(await seqsOf('R-1'), [2]);
    assert.deepEqual(await seqsOf('s-1'), [3]);
    assert.deepEqual(await seqsOf('\u0001'), [5]);
    assert.deepEqual(await seqsOf('"24t09:00:00.12"'), [0, 1, 2, 3, 5]);
    assert.deepEqual(await seqsOf('00.000z'), [4]);
    assert.deepEqual(await seqsOf('severity'), [], 'names are no texts');
    assert.deepEqual(await seqsOf('startedINFO'), [], 'no text goes on in the next');
    assert.deepEqual(await seqsOf('timestamp:2026-11-24T09*'), [0, 1, 2, 3, 5]);
    assert.deepEqual(await seqsOf('details.seq:7'), [4]);
    assert.deepEqual(await seqsOf('seq:4 details.type:b'), [4]);
  });

  it('stand beside those that an older collector has stored', async (t) => {
    const { database, remove } = await temporaryDatabase();
    t.after(remove);
    const lines = linesOf(1_000, 9);
    await migrate(database, migrations.slice(0, 4));
    await new LineWriter(database, false).write([batchOf(lines.slice(0, 500), 0)]);
    const store = await openStore({ database });
    await keep(store, lines.slice(500), 500);
    const found = await shortSeqs(database);
    assert.ok(found.length > 20 && found.every((seq) => seq >= 500), `${found.length} in short`);
    assert.equal(await textOf(store, lines.length), textOfLines(lines));
  });
});

function textOfLines(lines: readonly Uint8Array[]): string {
  return lines.map((line) => `${Buffer.from(line).toString('latin1')}\n`).join('');
}
