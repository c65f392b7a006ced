import assert from 'node:assert/strict';
import { appendFileSync, truncateSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { type TestContext, test } from 'node:test';
import { linesOf } from './batch.ts';
import { chunkBuffers } from './chunks.ts';
import { type LineRange, SegmentCursor } from './cursor.ts';
import { FilesError } from './error.ts';
import { FixtureLog, temporaryFolder, textOf } from './fixture.test.support.ts';
import { listSegments } from './list.ts';

async function openLast(context: TestContext, log: FixtureLog): Promise<SegmentCursor> {
  const segment = listSegments(log.logFile).at(-1);
  assert.ok(segment !== undefined);
  const handle: FileHandle = await open(segment.path, 'r');
  context.after(() => handle.close());
  return new SegmentCursor(handle, segment, chunkBuffers());
}

async function seqsOf(cursor: SegmentCursor, range: LineRange): Promise<number[]> {
  const seqs: number[] = [];
  for await (const batch of cursor.read(range)) {
    const ofBatch = [...linesOf(batch)].map(({ seq }) => seq);
    assert.equal(ofBatch[0], batch.first);
    assert.equal(ofBatch.at(-1), batch.last);
    seqs.push(...ofBatch);
  }
  return seqs;
}

test('each read goes on where the last one ended, and leaves an unfinished line for the next', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(2);
  const cursor = await openLast(t, log);
  const all = { from: 0 };
  assert.deepEqual(await seqsOf(cursor, all), [0, 1, 2]);
  assert.deepEqual(await seqsOf(cursor, all), []);
  appendFileSync(log.logFile, '{"seq":3,"type":"a');
  assert.deepEqual(await seqsOf(cursor, all), []);
  appendFileSync(log.logFile, '"}\n{"seq":4,');
  assert.deepEqual(await seqsOf(cursor, all), [3]);
  // Recovery takes out what is torn, and other bytes come to stand there.
  truncateSync(log.logFile, Buffer.byteLength(textOf(log.model)) + Buffer.byteLength('{"seq":3,"type":"a"}\n'));
  appendFileSync(log.logFile, '{"seq":4,"type":"log.recovered"}\n{"seq":5,"type":"b"}\n');
  assert.deepEqual(await seqsOf(cursor, all), [4, 5]);
});

test('bytes that were read and are gone', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(2);
  const cursor = await openLast(t, log);
  assert.deepEqual(await seqsOf(cursor, { from: 0 }), [0, 1, 2]);
  truncateSync(log.logFile, Buffer.byteLength(textOf(log.model)) - 1);
  await assert.rejects(
    seqsOf(cursor, { from: 0 }),
    (error) => error instanceof FilesError && error.code === 'LOG_TRUNCATED' && error.message.includes('below 3'),
  );
});

test('the range is cut within a batch, at both ends', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(9);
  for (const [from, before, expected] of [
    [3, 6, [3, 4, 5]],
    [0, 1, [0]],
    [9, 99, [9]],
    [0, 0, []],
    [10, 99, []],
    [5, 5, []],
  ] as const) {
    const cursor = await openLast(t, log);
    assert.deepEqual(await seqsOf(cursor, { from, before }), expected);
  }
});
