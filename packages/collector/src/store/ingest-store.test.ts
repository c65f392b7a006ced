import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { cannotEmbed, kinds } from '../db/database.test.support.ts';
import type { Database } from '../db/database.ts';
import { openStore } from './open-store.ts';
import type { LineBatch, LogRecord, Store } from './store.ts';

const encoder = new TextEncoder();

function batch(from: number, lines: readonly (string | Uint8Array)[], over: Partial<LineBatch> = {}): LineBatch {
  const bytes = Buffer.concat(lines.flatMap((line) => [typeof line === 'string' ? encoder.encode(line) : line, encoder.encode('\n')]));
  const place = { logId: 'a'.repeat(32), origin: `agent-1/${'a'.repeat(32)}`, tenant: 'acme', agent: 'agent-1' };
  return { ...place, from, bytes, lines: lines.length, receivedAtMs: 1_764_000_000_123, ...over };
}

function record(size: number, over: Partial<LogRecord> = {}): LogRecord {
  return {
    logId: 'a'.repeat(32),
    origin: `agent-1/${'a'.repeat(32)}`,
    vkey: 'agent-1+abc+def',
    tenant: 'acme',
    agent: 'agent-1',
    enrolledAtMs: 1_764_000_000_000,
    first: 0,
    size,
    frontier: [new Uint8Array(32).fill(7), new Uint8Array(32).fill(255)],
    note: 'agent-1/…\n5\nroot\n\n— agent-1 sig\n',
    seenAtMs: 1_764_000_000_200,
    grownAtMs: 1_764_000_000_100,
    newestEventMs: 1_764_000_000_000,
    end: 'open',
    state: 'sound',
    erasing: [3, 9],
    toldSize: size + 4,
    ...over,
  };
}

const line = (seq: number, more: object = {}): string =>
  JSON.stringify({ seq, timestamp: '2026-11-24T14:03:22.118Z', type: 'scan_started', severity: 'INFO', ...more });

for (const { name, open } of kinds) {
  describe(`the ingest store, ${name}`, { skip: cannotEmbed }, () => {
    let store: Store;
    let database: Database;
    let remove: () => Promise<void>;
    /** Lines of the tests before. */
    let eventsOf = 0;
    before(async () => {
      const temporary = await open();
      remove = () => temporary.remove();
      database = temporary.database;
      store = await openStore({ database });
    });
    after(async () => {
      await remove();
    });

    it('keeps lines byte by byte, whatever they hold', async () => {
      const noText = new Uint8Array([0, 1, 0xff, 0xfe, 0x5c, 0x09, 0x0d]);
      const lines = [line(0), 'no JSON \t \\n \\ at all', noText, '', line(4, { message: 'é漢😀' })];
      const given = batch(0, lines);
      await store.commit({ batches: [given], nodes: [], alarms: [], records: [record(5)] });
      const stored = await store.lines(given.logId, 0, 10);
      assert.deepEqual(stored.seqs, [0, 1, 2, 3, 4]);
      assert.deepEqual(Buffer.from(stored.bytes), Buffer.from(given.bytes));
      assert.deepEqual((await store.lines(given.logId, 2, 3)).seqs, [2]);
    });

    it('keeps the newest record of a log', async () => {
      await store.commit({ batches: [], nodes: [], alarms: [], records: [record(5, { end: 'stop' })] });
      const b = record(7, { logId: 'b'.repeat(32), erasing: [], frontier: [], newestEventMs: -5 });
      await store.commit({ batches: [], nodes: [], alarms: [], records: [b] });
      assert.deepEqual(await store.records(), [record(5, { end: 'stop' }), b]);
      assert.deepEqual(await store.record(b.logId), b);
      assert.equal(await store.record('c'.repeat(32)), undefined);
    });

    it('stores a commit once that comes twice, and what of it was missing', async () => {
      const logId = 'd'.repeat(32);
      const whole = batch(0, [line(0), line(1), line(2), line(3), line(4), line(5)], { logId });
      await store.commit({ batches: [batch(2, [line(2), line(3)], { logId })], nodes: [], alarms: [], records: [] });
      assert.equal(await store.storedSize(logId, 0), 0);
      assert.equal(await store.storedSize(logId, 2), 4);
      for (const _ of [1, 2]) await store.commit({ batches: [whole], nodes: [], alarms: [], records: [] });
      const { bytes, seqs } = await store.lines(logId, 0, 100);
      assert.deepEqual(seqs, [0, 1, 2, 3, 4, 5]);
      assert.deepEqual(Buffer.from(bytes), Buffer.from(whole.bytes));
      assert.equal(await store.storedSize(logId, 0), 6);
      assert.equal(await store.storedSize(logId, 6), 6);
      assert.equal(await store.storedSize('e'.repeat(32), 4), 4);
      eventsOf = 5 + 6;
      assert.equal((await store.usage()).events, eventsOf);
    });

    it('stores once what comes again in other pieces', async (t) => {
      const logId = 'f'.repeat(32);
      // A merge would hide what is there twice.
      await database.execute({ sql: 'SYSTEM STOP MERGES events' });
      t.after(async () => database.execute({ sql: 'SYSTEM START MERGES events' }));
      const send = async (from: number, to: number): Promise<void> => {
        const lines = Array.from({ length: to - from }, (_, index) => line(from + index));
        await store.commit({ batches: [batch(from, lines, { logId })], nodes: [], alarms: [], records: [] });
      };
      for (const [from, to] of [[0, 100], [0, 50], [50, 100], [20, 30], [30, 120], [120, 130]] as const) await send(from, to);
      const { events } = await store.usage();
      assert.equal(events - eventsOf, 130);
      assert.equal((await store.lines(logId, 0, 200)).seqs.length, 130);
      eventsOf = events;
    });

    it('keeps nodes and alarms', async () => {
      const logId = 'd'.repeat(32);
      const hash = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
      const nodes = [
        { logId, level: 8, index: 0, hash: hash(9) },
        { logId, level: 8, index: 1, hash: hash(0) },
        { logId, level: 9, index: 0, hash: hash(92) },
      ];
      const whose = { tenant: 'acme', agent: 'a', logId, origin: 'o' };
      const alarm = { id: 'x', ...whose, kind: 'GAP', atMs: 5, message: 'm', notes: ['n\n'], from: 1, to: 2 } as const;
      for (const _ of [1, 2]) await store.commit({ batches: [], nodes, alarms: [alarm], records: [] });
      const wanted = [nodes[1], nodes[2], { level: 8, index: 7 }].flatMap((node) => (node === undefined ? [] : [node]));
      const found = await store.nodes(logId, wanted);
      assert.deepEqual(
        found.toSorted((a, b) => a.level - b.level),
        nodes.slice(1),
      );
      assert.deepEqual(await store.alarms({}, 10), [alarm]);
      assert.deepEqual(await store.alarms({ tenant: 'other' }, 10), []);
      assert.deepEqual(await store.alarms({ tenant: 'acme', agent: 'a' }, 10), [alarm]);
    });

    it('replaces a line by its stub', async () => {
      const logId = 'd'.repeat(32);
      const stub = encoder.encode('{"seq":3,"type":"log.erased","leaf":"AAAA"}\n');
      for (const _ of [1, 2]) await store.erase(logId, [{ seq: 3, line: stub }]);
      const { bytes, seqs } = await store.lines(logId, 3, 5);
      assert.deepEqual(seqs, [3, 4]);
      assert.equal(Buffer.from(bytes).toString(), `${Buffer.from(stub).toString()}${line(4)}\n`);
    });

    it('keeps tokens, cosigners and retention', async () => {
      const token = { tokenId: 't1', name: 'n', tenant: 'acme', scopes: ['ingest', 'read'], secretSha256: 'ab', createdAtMs: 1 } as const;
      await store.put(token);
      await store.put({ ...token, agent: 'a', expiresAt: new Date(7), revokedAtMs: 9 });
      assert.deepEqual(await store.tokens(), [{ ...token, agent: 'a', expiresAt: new Date(7), revokedAtMs: 9 }]);
      for (const vkey of ['b', 'a', 'b']) await store.announce(vkey);
      assert.deepEqual(await store.cosigners(), ['b', 'a']);
      await store.setRetention({ tenant: 'acme', maxAgeDays: 3, hold: false });
      await store.setRetention({ tenant: 'acme', maxAgeDays: 1.5, hold: true });
      assert.deepEqual(await store.retention(), [{ tenant: 'acme', maxAgeDays: 1.5, hold: true }]);
    });

    it('prunes by age, but not what is held', async () => {
      const nowMs = 1_764_000_000_123 + 2 * 86_400_000;
      assert.deepEqual(await store.prune(nowMs), []);
      await store.setRetention({ tenant: 'acme', maxAgeDays: 2, hold: false });
      assert.deepEqual(await store.prune(nowMs), []);
      assert.deepEqual(await store.prune(nowMs + 1), [
        { logId: 'a'.repeat(32), next: 5, lines: 5 },
        { logId: 'd'.repeat(32), next: 6, lines: 6 },
        { logId: 'f'.repeat(32), next: 130, lines: 130 },
      ]);
      assert.deepEqual((await store.lines('d'.repeat(32), 0, 9)).seqs, []);
      await store.commit({ batches: [batch(0, [line(0)], { tenant: 'other' })], nodes: [], alarms: [], records: [] });
      assert.deepEqual(await store.prune(nowMs * 2), [], 'nobody said how long this tenant keeps');
    });

    it('keeps a carriage return at the end of what is stored first: of a line, of a hash', async () => {
      const logId = 'f'.repeat(32);
      const hash = new Uint8Array(32).fill(13);
      const given = batch(0, [new Uint8Array([0x61, 0x0d])], { logId, origin: `agent-4/${logId}` });
      const node = { logId, level: 12, index: 0, hash };
      await store.commit({ batches: [given], nodes: [node], alarms: [], records: [record(1, { logId, frontier: [hash] })] });
      assert.deepEqual(Buffer.from((await store.lines(logId, 0, 1)).bytes), Buffer.from(given.bytes));
      assert.deepEqual((await store.nodes(logId, [node])).map((kept) => [...kept.hash]), [[...hash]]);
      assert.deepEqual((await store.record(logId))?.frontier.map((kept) => [...kept]), [[...hash]]);
    });
  });
}
