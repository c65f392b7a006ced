import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FilesError, type FilesErrorCode } from './error.ts';
import { FixtureLog, temporaryFolder, textOf } from './fixture.test.support.ts';
import { listSegments } from './list.ts';

/** The segments in short: name, first seq, form, and whether there is a sidecar. */
function shortly(logFile: string): string[] {
  return listSegments(logFile).map(({ path, first, form, checkpointsPath }) => {
    return `${basename(path)} ${first} ${form}${checkpointsPath === undefined ? '' : ' sealed'}`;
  });
}

function refuses(code: FilesErrorCode, path: string): void {
  assert.throws(
    () => listSegments(path),
    (error) => error instanceof FilesError && error.code === code && error.message.includes(path),
  );
}

test('the segments of a log, by its file and by its folder', (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(3).rotate().lines(2).rotate().lines(1).pack(0);
  const expected = ['audit-000000000000000.log.gz 0 gzip sealed', 'audit-000000000000005.log 5 closed sealed', 'audit.log 9 active sealed'];
  assert.deepEqual(shortly(log.logFile), expected);
  assert.deepEqual(shortly(log.folder), expected);
  assert.deepEqual(
    listSegments(log.logFile).map(({ bytes }) => bytes > 0),
    [true, true, true],
  );
});

test('a segment that is there twice counts once', (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(3).rotate().lines(2);
  const plain = log.path(log.names.closed(0));
  writeFileSync(log.path(log.names.gzip(0)), gzipSync(textOf(log.model.slice(0, 5))));
  log.link();
  assert.deepEqual(shortly(log.logFile), [`${basename(plain)} 0 closed sealed`, 'audit.log 5 active sealed']);
});

test('an empty active file begins where its sidecar says', (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(3).checkpoint().link();
  unlinkSync(log.logFile);
  assert.deepEqual(shortly(log.logFile), ['audit-000000000000000.log 0 closed sealed'], 'no active file at the moment');
  writeFileSync(log.logFile, '');
  assert.deepEqual(shortly(log.logFile), ['audit-000000000000000.log 0 closed sealed'], 'no sidecar, no segment');
  unlinkSync(log.logFile);
  log.begin();
  assert.deepEqual(shortly(log.logFile), ['audit-000000000000000.log 0 closed sealed', 'audit.log 4 active sealed']);
});

test('bytes that are no line are listed where nothing else is', (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'audit.log');
  writeFileSync(path, '');
  assert.deepEqual(shortly(path), []);
  writeFileSync(path, 'not a line\n');
  assert.deepEqual(shortly(path), ['audit.log 0 active']);
});

test('one file alone: a closed segment, a copy, an archive under any name', (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(3).rotate().lines(2).rotate();
  assert.deepEqual(shortly(log.path(log.names.closed(5))), ['audit-000000000000005.log 5 closed sealed']);
  const other = join(log.folder, 'other');
  mkdirSync(other);
  copyFileSync(log.path(log.names.closed(5)), join(other, 'evidence.log'));
  copyFileSync(log.path(log.names.closed(5)), join(other, 'audit-000000000000005.log'));
  writeFileSync(join(other, 'evidence.gz'), gzipSync(textOf(log.model.slice(5, 8))));
  assert.deepEqual(shortly(join(other, 'evidence.log')), ['evidence.log 5 active']);
  assert.deepEqual(shortly(join(other, 'audit-000000000000005.log')), ['audit-000000000000005.log 5 closed']);
  assert.deepEqual(shortly(join(other, 'evidence.gz')), ['evidence.gz 5 gzip']);
});

test('a log whose file does not end in .log', (t) => {
  const log = new FixtureLog(join(temporaryFolder(t), 'trail')).begin().open().lines(2).rotate();
  const expected = ['trail-000000000000000.log 0 closed sealed', 'trail 4 active sealed'];
  assert.deepEqual(shortly(log.logFile), expected);
  assert.deepEqual(shortly(log.folder), expected);
});

test('in a folder, a sealed log goes before other files that end in .log', (t) => {
  const log = FixtureLog.create(temporaryFolder(t));
  writeFileSync(log.path('npm-debug.log'), 'x\n');
  assert.deepEqual(shortly(log.folder), ['audit.log 0 active sealed']);
});

test('what can not be told is refused', (t) => {
  const folder = temporaryFolder(t);
  refuses('LOG_NOT_FOUND', join(folder, 'audit.log'));
  refuses('LOG_NOT_FOUND', join(folder, 'no', 'such', 'audit.log'));
  refuses('LOG_NOT_FOUND', folder);
  new FixtureLog(join(folder, 'a.log')).begin();
  new FixtureLog(join(folder, 'b.log')).begin();
  refuses('LOG_AMBIGUOUS', folder);
  refuses('COULD_NOT_READ', '/dev/null');
});
