import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { chunkBytesMax, readChunks } from './chunks.ts';
import { FilesError, type FilesErrorCode } from './error.ts';
import { FixtureLog, temporaryFolder } from './fixture.test.support.ts';
import { listSegments, type SegmentFile } from './list.ts';

function segmentAt(logFile: string, index: number): SegmentFile {
  const segment = listSegments(logFile).at(index);
  assert.ok(segment !== undefined);
  return segment;
}

/** All bytes of a segment, copied, for a piece is only valid until the next. */
async function bytesOf(segment: SegmentFile, onRead?: (bytes: number) => void): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of readChunks(segment, onRead && { onRead })) {
    assert.ok(chunk.length <= chunkBytesMax);
    pieces.push(chunk.slice());
  }
  return Buffer.concat(pieces);
}

function isCode(code: FilesErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof FilesError && error.code === code && error.message.includes(error.path);
}

test('plain and packed segments give the same bytes, and count what was read of their files', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(5_000, 500).rotate();
  const expected = readFileSync(log.path(log.names.closed(0)));
  assert.ok(expected.length > 2 * chunkBytesMax);
  for (const prepare of [() => log, () => log.pack(0)]) {
    prepare();
    const segment = segmentAt(log.logFile, 0);
    let read = 0;
    const bytes = await bytesOf(segment, (more) => {
      read += more;
    });
    assert.ok(bytes.equals(expected), segment.form);
    assert.equal(read, segment.bytes, segment.form);
  }
});

test('of a file that grows, what was there when reading began', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(4_000, 600);
  const expected = readFileSync(log.logFile);
  const pieces: Uint8Array[] = [];
  for await (const chunk of readChunks(segmentAt(log.logFile, -1))) {
    appendFileSync(log.logFile, 'more');
    pieces.push(chunk.slice());
  }
  assert.ok(Buffer.concat(pieces).equals(expected));
});

test('a damaged archive gives what it has, then says so', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(20_000, 100).rotate().pack(0);
  const path = log.path(log.names.gzip(0));
  const whole = readFileSync(path);
  truncateSync(path, Math.floor(whole.length * 0.9));
  let bytes = 0;
  await assert.rejects(async () => {
    for await (const chunk of readChunks(segmentAt(log.logFile, 0))) bytes += chunk.length;
  }, isCode('GZIP_DAMAGED'));
  assert.ok(bytes > chunkBytesMax);

  writeFileSync(path, whole.fill(0, 100, 200));
  await assert.rejects(bytesOf(segmentAt(log.logFile, 0)), isCode('GZIP_DAMAGED'));
  writeFileSync(path, '');
  await assert.rejects(bytesOf(segmentAt(log.logFile, 0)), isCode('GZIP_DAMAGED'));
  writeFileSync(path, gzipSync(''));
  assert.equal((await bytesOf(segmentAt(log.logFile, 0))).length, 0);
});

test('a path that names another segment by now is not read', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(3);
  const active = segmentAt(log.logFile, -1);
  log.rotate();
  await assert.rejects(bytesOf(active), isCode('SEGMENT_MOVED'));
  const closed = segmentAt(log.logFile, 0);
  unlinkSync(closed.path);
  await assert.rejects(bytesOf(closed), isCode('SEGMENT_MOVED'));
});

test('what the operating system refuses is COULD_NOT_READ', async (t) => {
  const folder = temporaryFolder(t);
  await assert.rejects(bytesOf({ path: folder, first: 0, form: 'closed', bytes: 0, file: '' }), isCode('COULD_NOT_READ'));
  await assert.rejects(bytesOf({ path: join(folder, 'a'), first: 0, form: 'closed', bytes: 0, file: '' }), isCode('SEGMENT_MOVED'));
});

test('an aborted signal ends the reading with its reason', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(3);
  const reason = new Error('enough');
  const reading = readChunks(segmentAt(log.logFile, -1), { signal: AbortSignal.abort(reason) });
  await assert.rejects(reading.next(), reason);
});

test('two active files that are empty both are not taken for each other', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(2).link();
  unlinkSync(log.logFile);
  const empty = segmentAt(log.begin().logFile, -1);
  assert.deepEqual([empty.first, empty.form], [3, 'active']);
  log.lines(2).link();
  unlinkSync(log.logFile);
  log.begin();
  await assert.rejects(bytesOf(empty), isCode('SEGMENT_MOVED'));
});

test('one that got the inode of the last one is not taken for it', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(2);
  const active = segmentAt(log.logFile, -1);
  writeFileSync(log.logFile, '{"seq":9,"type":"a"}\n');
  assert.equal(segmentAt(log.logFile, -1).file, active.file);
  await assert.rejects(bytesOf(active), isCode('SEGMENT_MOVED'));
});
