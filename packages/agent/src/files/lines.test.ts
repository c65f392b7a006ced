import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { linesOf } from './batch.ts';
import { chunkBytesMax } from './chunks.ts';
import { FilesError, type FilesErrorCode } from './error.ts';
import { FixtureLog, temporaryFolder, textOf } from './fixture.test.support.ts';
import { lastLines } from './last-lines.ts';
import { lineBatches, lines, type LinesOptions } from './lines.ts';

async function readAll(logFile: string, options: LinesOptions = {}): Promise<string[]> {
  const read: string[] = [];
  for await (const { seq, line } of lines(logFile, options)) {
    const text = Buffer.from(line).toString();
    assert.ok(text.startsWith(`{"seq":${seq},`), text.slice(0, 40));
    read.push(text);
  }
  return read;
}

async function readBatches(logFile: string, options: LinesOptions = {}): Promise<string[]> {
  const read: string[] = [];
  for await (const batch of lineBatches(logFile, options)) {
    assert.equal([...linesOf(batch)][0]?.seq, batch.first);
    const text = Buffer.from(batch.bytes.subarray(batch.start, batch.end)).toString();
    assert.ok(text.endsWith('\n'));
    read.push(...text.slice(0, -1).split('\n'));
  }
  return read;
}

async function readLast(logFile: string, count: number): Promise<string[]> {
  return (await lastLines(logFile, count)).map(({ line }) => Buffer.from(line).toString());
}

function isCode(code: FilesErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof FilesError && error.code === code && error.message.includes(error.path);
}

/** One step of a log's life. Numbers are fractions of what there is to choose from. */
type Step =
  | { readonly kind: 'lines'; readonly count: number; readonly padding: number }
  | { readonly kind: 'rotate' }
  | { readonly kind: 'pack'; readonly which: number }
  | { readonly kind: 'overlap'; readonly where: number };

const fraction = fc.double({ min: 0, max: 0.999, noNaN: true });
const padding = fc.constantFrom(0, 1, 300, 60_000);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('lines'), count: fc.integer({ min: 1, max: 40 }), padding }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('rotate') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pack'), which: fraction }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('overlap'), where: fraction }) },
);

/** Lives the steps; what is left is the log on disk and its model. */
function live(folder: string, steps: readonly Step[]): FixtureLog {
  const log = FixtureLog.create(mkdtempSync(join(folder, 'log-')));
  const plain: number[] = [];
  for (const one of steps) {
    switch (one.kind) {
      case 'lines':
        log.lines(one.count, one.padding);
        break;
      case 'rotate':
        plain.push(log.first);
        log.rotate();
        break;
      case 'pack': {
        const [first] = plain.splice(Math.floor(one.which * plain.length), 1);
        if (first !== undefined) log.pack(first);
        break;
      }
      case 'overlap': {
        // The closed one of two segments with the same first seq would be listed no more: the writer never makes such.
        if (log.size - log.first < 2) break;
        plain.push(log.first);
        log.overlap(log.first + 1 + Math.floor(one.where * (log.size - log.first - 1)));
      }
    }
  }
  return log;
}

test('lines() is the model: any segments, archives and overlaps, from any seq, with a torn tail', async (t) => {
  const folder = temporaryFolder(t);
  const steps = fc.array(step, { maxLength: 14 });
  const property = fc.asyncProperty(steps, fraction, fc.nat(60), fc.boolean(), async (taken, where, count, torn) => {
    const log = live(folder, taken);
    if (torn) appendFileSync(log.logFile, `{"seq":${log.size},"timestamp":"2026-1`);
    const from = Math.floor(where * (log.size + 2));
    assert.deepEqual(await readAll(log.logFile), log.model);
    assert.deepEqual(await readAll(log.logFile, { from }), log.model.slice(from));
    assert.deepEqual(await readBatches(log.folder, { from }), log.model.slice(from));
    assert.deepEqual(await readLast(log.logFile, count), count === 0 ? [] : log.model.slice(-count));
  });
  await fc.assert(property, { numRuns: 60 });
});

test('where segments overlap, the higher first seq counts', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(9).overlap(6).lines(2).overlap(8);
  assert.deepEqual(await readAll(log.logFile), log.model);
  assert.deepEqual(await readAll(log.logFile, { from: 7 }), log.model.slice(7));
  for (const count of [1, 5, 7, 99]) assert.deepEqual(await readLast(log.logFile, count), log.model.slice(-count));
});

test('the start in a big segment is found by halving', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(30_000, 200);
  for (const from of [0, 1, 2, 9_999, 15_000, 29_998, 30_000, 30_001]) {
    let first: number | undefined;
    for await (const batch of lineBatches(log.logFile, { from })) {
      assert.ok(batch.end - batch.start <= chunkBytesMax);
      first = batch.first;
      break;
    }
    assert.equal(first, from < log.size ? from : undefined);
  }
  assert.deepEqual(await readAll(log.logFile, { from: 29_000 }), log.model.slice(29_000));
});

test('a pruned log begins where it begins; a missing segment is passed over', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(3).rotate().lines(3).rotate().lines(3).rotate().lines(3);
  const [first, second, third] = [0, 5, 10];
  log.prune(second, [first]);
  assert.deepEqual(await readAll(log.logFile), log.model.slice(second));
  assert.deepEqual(await readAll(log.logFile, { from: 2 }), log.model.slice(second));
  log.remove(third);
  assert.deepEqual(await readAll(log.logFile), [...log.model.slice(second, third), ...log.model.slice(15)]);
});

test('a segment that is rotated, packed or deleted under the reader is found again', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(3).rotate().lines(3).rotate().lines(3);
  const reading = lines(log.logFile);
  const read = [(await reading.next()).value?.seq];
  log.rotate().pack(5).pack(10).lines(2);
  for await (const { seq } of reading) read.push(seq);
  assert.deepEqual(read, [...log.model.keys()]);

  const other = lines(log.logFile);
  await other.next();
  log.remove(5);
  const seqs: number[] = [];
  for await (const { seq } of other) seqs.push(seq);
  assert.deepEqual(seqs, [1, 2, 3, 4, ...[...log.model.keys()].slice(10)]);
});

test('damaged lines are passed on under the number of their place', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(3);
  appendFileSync(log.logFile, 'no line\n\n');
  const seqs: number[] = [];
  for await (const { seq } of lines(log.logFile)) seqs.push(seq);
  assert.deepEqual(seqs, [0, 1, 2, 3, 4, 5]);
  assert.deepEqual(
    (await lastLines(log.logFile, 2)).map(({ seq, line }) => [seq, Buffer.from(line).toString()]),
    [
      [4, 'no line'],
      [5, ''],
    ],
  );
});

test('a file without ends of lines is refused, not kept in memory', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t));
  truncateSync(log.logFile, 3 * chunkBytesMax);
  await assert.rejects(readAll(log.logFile), isCode('LINE_TOO_LONG'));
});

test('without sidecars, and by the path of one segment', async (t) => {
  const folder = temporaryFolder(t);
  const log = FixtureLog.create(folder).lines(3).rotate().lines(3).rotate();
  assert.deepEqual(await readAll(log.path(log.names.closed(5))), log.model.slice(5, 10));
  const copy = join(folder, 'copy.txt');
  writeFileSync(copy, textOf(log.model.slice(6, 9)));
  assert.deepEqual(await readAll(copy), log.model.slice(6, 9));
  assert.deepEqual(await readLast(copy, 2), log.model.slice(7, 9));
});

test('segments that end before the first line wanted are not looked at', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(3).rotate().lines(3).pack(0);
  writeFileSync(log.path(log.names.gzip(0)), 'no archive');
  assert.deepEqual(await readAll(log.logFile, { from: 5 }), log.model.slice(5));
  await assert.rejects(readAll(log.logFile, { from: 4 }), isCode('GZIP_DAMAGED'));
});

test('a damaged archive gives its lines before it says so', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(50_000).rotate().pack(0);
  const path = log.path(log.names.gzip(0));
  truncateSync(path, readFileSync(path).length - 1_000);
  let next = 0;
  await assert.rejects(async () => {
    for await (const { seq } of lines(log.logFile)) assert.equal(seq, next++);
  }, isCode('GZIP_DAMAGED'));
  assert.ok(next > 10_000);
  assert.deepEqual(await readLast(log.logFile, 1), log.model.slice(-1), 'it is not needed for the last line');
  await assert.rejects(readLast(log.logFile, 2), isCode('GZIP_DAMAGED'));
});

test('an aborted signal ends lines, batches and last lines with its reason', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(3);
  const reason = new Error('enough');
  const signal = AbortSignal.abort(reason);
  await assert.rejects(readAll(log.logFile, { signal }), reason);
  await assert.rejects(readBatches(log.logFile, { signal }), reason);
  await assert.rejects(lastLines(log.logFile, 1, { signal }), reason);
});

test('no log', async (t) => {
  const folder = temporaryFolder(t);
  const log = FixtureLog.create(folder);
  unlinkSync(log.logFile);
  assert.deepEqual(await readAll(log.logFile), [], 'only its sidecar is there');
  log.remove(0);
  await assert.rejects(readAll(log.logFile), isCode('LOG_NOT_FOUND'));
  await assert.rejects(readLast(log.logFile, 1), isCode('LOG_NOT_FOUND'));
});
