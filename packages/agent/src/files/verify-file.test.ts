import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { utf8 } from '@agent-audit/log';
import { FilesError } from './error.ts';
import { FixtureLog, temporaryFolder, witness } from './fixture.test.support.ts';
import { type FileVerifyReport, verifyLogFile, type VerifyLogOptions, type VerifyProgress } from './verify-file.ts';

/** Three segments, of which the first is packed; stopped, all sealed. */
function wholeLog(folder: string): FixtureLog {
  return FixtureLog.create(folder).lines(8).checkpoint().lines(8).rotate().lines(8).checkpoint().lines(8).rotate().lines(8).stop().pack(0);
}

function codes(report: FileVerifyReport): string[] {
  return report.problems.map(({ code }) => code);
}

async function verify(log: FixtureLog, options: VerifyLogOptions = {}): Promise<FileVerifyReport> {
  const report = await verifyLogFile(log.logFile, options);
  assert.equal(report.ok, report.problems.length === 0);
  return report;
}

test('a whole log is sound, anchored by its key or its origin', async (t) => {
  const log = wholeLog(temporaryFolder(t));
  const report = await verify(log);
  assert.deepEqual(codes(report), []);
  assert.deepEqual([report.first, report.lines, report.signed, report.unsigned], [0, log.size, log.size, 0]);
  assert.deepEqual([report.segments, report.bytes, report.anchored], [3, utf8(`${log.model.join('\n')}\n`).length, false]);
  assert.ok(report.seconds >= 0);
  const { key } = log.signer;
  assert.ok((await verify(log, { key })).anchored);
  assert.ok((await verify(log, { origin: key.name })).anchored);
  assert.deepEqual(codes(await verify(log, { key: new FixtureLog(log.logFile, 8).signer.key })), ['KEY_MISMATCH']);
});

test('pruned, erased, overlapping and torn logs are sound, and say what they are', async (t) => {
  const log = wholeLog(temporaryFolder(t)).erase(25, 18).prune(18, [0]);
  const report = await verify(log);
  assert.deepEqual(codes(report), []);
  assert.deepEqual([report.first, report.pruned, report.erasures], [18, 18, 1]);

  const other = FixtureLog.create(temporaryFolder(t)).lines(9).overlap(6).lines(2).checkpoint();
  appendFileSync(other.logFile, '{"seq":torn');
  const overlapping = await verify(other);
  assert.deepEqual(codes(overlapping), []);
  assert.deepEqual([overlapping.lines, overlapping.torn?.bytes], [other.size, 11]);
});

test('the cosigned checkpoint and those of witnesses count', async (t) => {
  const log = wholeLog(temporaryFolder(t)).cosign();
  assert.equal((await verify(log, { cosigners: [witness.key] })).unwitnessed, 0);
  log.lines(3).checkpoint();
  assert.equal((await verify(log, { cosigners: [witness.key] })).unwitnessed, 3);
  const ahead = new FixtureLog(join(temporaryFolder(t), 'audit.log'));
  ahead.model.push(...log.model);
  ahead.frontier = log.frontier.clone();
  ahead.begin().lines(1);
  const report = await verify(log, { witnesses: [{ source: 'https://witness.example', note: ahead.note() }] });
  assert.deepEqual(codes(report), ['TRUNCATED']);
  writeFileSync(log.path(log.names.cosigned), 'nonsense');
  assert.deepEqual(codes(await verify(log)), ['CHECKPOINT_MALFORMED']);
});

test('tampering with the files is told with its code', async (t) => {
  const segment = (log: FixtureLog, first: number): string => log.path(log.names.closed(first));
  const cases: readonly (readonly [expected: string, tamper: (log: FixtureLog) => void])[] = [
    ['ROOT_MISMATCH', (log) => {
      const path = segment(log, 18);
      writeFileSync(path, readFileSync(path, 'utf8').replace('Job started', 'Job startled'));
    }],
    ['TRUNCATED', (log) => truncateSync(log.logFile, 700)],
    ['SEGMENT_MISSING', (log) => unlinkSync(segment(log, 18))],
    ['HEAD_MISSING', (log) => unlinkSync(log.path(log.names.gzip(0)))],
    ['TRUNCATED', (log) => unlinkSync(log.logFile)],
    ['SEGMENT_UNREADABLE', (log) => truncateSync(log.path(log.names.gzip(0)), 100)],
    ['SIDECAR_MALFORMED', (log) => appendFileSync(log.path(log.names.checkpoints(18)), 'x\n')],
    ['ERASURE_UNNAMED', (log) => {
      const line = log.model[20] ?? '';
      log.line('a').erase(20, 18);
      const sidecar = log.path(log.names.checkpoints(log.first));
      writeFileSync(sidecar, readFileSync(sidecar, 'utf8').replace(/[^\n]*\n$/, ''));
      assert.notEqual(log.model[20], line);
    }],
  ];
  for (const [expected, tamper] of cases) {
    const log = wholeLog(temporaryFolder(t));
    tamper(log);
    assert.ok(codes(await verify(log)).includes(expected), expected);
  }
});

test('a segment alone is judged by its own sidecar', async (t) => {
  const log = wholeLog(temporaryFolder(t));
  const report = await verifyLogFile(log.path(log.names.gzip(0)), { key: log.signer.key });
  assert.deepEqual([report.lines, report.signed, report.anchored], [18, 18, true]);
});

test('between two steps of closing a segment the log is sound', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(5).line('log.close', { reason: 'rotate' }).checkpoint().link();
  assert.deepEqual(codes(await verify(log)), ['SUCCESSOR_MISSING'], 'a rotation without its next segment is told');
  unlinkSync(log.logFile);
  writeFileSync(log.logFile, '');
  assert.deepEqual(codes(await verify(log)), [], 'the next file is there, its sidecar not yet');
  unlinkSync(log.logFile);
  log.begin();
  assert.deepEqual(codes(await verify(log)), []);
});

test('what the writer does meanwhile is no damage: a segment pruned after the sidecars were read', async (t) => {
  const log = wholeLog(temporaryFolder(t));
  let hasPruned = false;
  const report = await verify(log, {
    onProgress: () => {
      if (!hasPruned) log.prune(36, [0, 18]);
      hasPruned = true;
    },
  });
  assert.deepEqual(codes(report), []);
  assert.deepEqual([report.first, report.pruned], [36, 36]);
});

test('what the writer does meanwhile is no damage: a line erased after the sidecars were read', async (t) => {
  const log = wholeLog(temporaryFolder(t));
  let hasErased = false;
  const report = await verify(log, {
    onProgress: () => {
      if (!hasErased) log.erase(25, 18);
      hasErased = true;
    },
  });
  assert.deepEqual(codes(report), []);
  assert.equal(report.erasures, 1);
});

test('in threads, the report is the same', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t));
  for (let segment = 0; segment < 3; segment++) log.lines(250, 10_000).checkpoint().rotate();
  log.lines(10).stop();
  const progress: VerifyProgress[] = [];
  const { seconds: _, ...inThreads } = await verify(log, { jobs: 2, onProgress: (one) => progress.push(one) });
  const { seconds: __, ...inline } = await verify(log, { jobs: 1 });
  assert.deepEqual(JSON.parse(JSON.stringify(inThreads)), JSON.parse(JSON.stringify(inline)));
  assert.deepEqual(inThreads.problems, []);
  const last = progress.at(-1);
  assert.equal(last?.bytes, last?.bytesTotal);
  assert.ok((last?.bytes ?? 0) > 7_500_000);

  writeFileSync(log.path(log.names.checkpoints(252)), '');
  assert.deepEqual(codes(await verify(log, { jobs: 2 })), [], 'a segment without its base goes with the one before');

  const path = log.path(log.names.closed(252));
  renameSync(path, `${path}.moved`);
  mkdirSync(path);
  const isRefusal = (error: unknown): boolean => error instanceof FilesError && error.code === 'COULD_NOT_READ' && error.path === path;
  await assert.rejects(verify(log, { jobs: 2 }), isRefusal);
  await assert.rejects(verify(log, { jobs: 1 }), isRefusal);
});

test('an aborted signal ends the verification with its reason, inline and in threads', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t));
  for (let segment = 0; segment < 2; segment++) log.lines(400, 10_000).rotate();
  for (const jobs of [1, 2]) {
    const end = new AbortController();
    const verifying = verifyLogFile(log.logFile, { jobs, signal: end.signal, onProgress: () => end.abort(new Error('enough')) });
    await assert.rejects(verifying, /enough/);
    await assert.rejects(verifyLogFile(log.logFile, { jobs, signal: end.signal }), /enough/);
  }
});

test('no log is no verdict', async (t) => {
  const path = join(temporaryFolder(t), 'audit.log');
  assert.ok(!existsSync(path));
  await assert.rejects(verifyLogFile(path), (error) => error instanceof FilesError && error.code === 'LOG_NOT_FOUND');
});
