// The row Flush, and what the API adds to it: logSync, failClosed, health, onError, on a disk that refuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuditError, createLogger } from 'agent-audit';
import { newestCheckpoint, verifyLogFile } from 'agent-audit/files';
import { assertLogged, createTestLogger } from 'agent-audit/testing';
import { auditError, runProgram, temporaryLog, wireEvents } from './support.ts';

test('flush() resolves when all that was logged before it is under one durable checkpoint', async (t) => {
  const logFile = temporaryLog(t);
  const audit = createLogger({ logFile });
  for (let i = 0; i < 1_000; i++) audit.info('scan_started', 'm', { i });
  await audit.flush();
  const { size, checkpointSize, checkpointAt, sealer } = audit.health();
  assert.deepEqual({ size, checkpointSize, sealer }, { size: 1_001, checkpointSize: 1_001, sealer: 'worker' });
  assert.ok(checkpointAt !== undefined);
  const report = await verifyLogFile(logFile, { origin: audit.origin });
  assert.deepEqual({ ok: report.ok, lines: report.lines, unsigned: report.unsigned }, { ok: true, lines: 1_001, unsigned: 0 });
  await audit.stop();
});

test('many flushes at once, each covers what was logged before it', async (t) => {
  const logFile = temporaryLog(t);
  const audit = createLogger({ logFile });
  await Promise.all(
    Array.from({ length: 256 }, async (_, i) => {
      const seq = audit.info('scan_started', 'm', { i });
      await audit.flush();
      assert.ok(audit.health().checkpointSize > (seq ?? Infinity));
    }),
  );
  await audit.stop();
});

test('flush() rejects while the disk is full, nothing is lost, and a later flush() covers it', async () => {
  const { audit, disk, events } = createTestLogger();
  disk.fill();
  assert.equal(audit.info('scan_started', 'numbered'), 1);
  await assert.rejects(audit.flush(), auditError('DISK_FULL', '/audit/audit.log', 'free some space'));
  assert.equal(audit.info('scan_started', 'waiting'), undefined);
  assert.deepEqual(audit.health().pending.events, 1);
  await assert.rejects(audit.flush(), auditError('DISK_FULL'));
  disk.heal();
  await audit.flush();
  assert.deepEqual(events().map(({ seq, message }) => [seq, message]), [[1, 'numbered'], [2, 'waiting']]);
  assert.equal(audit.health().checkpointSize, 3);
  await audit.stop();
});

test('flush() rejects at the first failed sync, and a later one covers what it was for', async () => {
  const { audit, disk, events } = createTestLogger();
  audit.info('scan_started', 'm');
  disk.failNextSync('EIO');
  await assert.rejects(audit.flush(), auditError('DISK_FAILED', 'EIO'));
  await audit.flush();
  assert.deepEqual(events().map(({ message }) => message), ['m']);
  await audit.stop();
});

test('events that had to go: the next flush() rejects, once; log.loss counts them; health tells them', async () => {
  const codes: string[] = [];
  const { audit, disk, events } = createTestLogger({ pendingBytesMax: 2_000, onError: ({ code }) => codes.push(code) });
  disk.fill();
  audit.info('scan_started', 'numbered');
  await assert.rejects(audit.flush(), auditError('DISK_FULL'));
  for (let i = 0; i < 100; i++) audit.info('scan_started', 'm', { i });
  const { pending, lost } = audit.health();
  assert.ok(pending.events > 0 && pending.bytes <= 2_000);
  assert.equal(pending.events + lost.events, 100);
  assert.ok(lost.lastAt !== undefined && codes.includes('EVENTS_LOST'));
  disk.heal();
  const both = await Promise.allSettled([audit.flush(), audit.flush()]);
  assert.ok(both.every((result) => result.status === 'rejected' && auditError('EVENTS_LOST', String(lost.events))(result.reason)));
  await audit.flush();
  assert.equal(events().length, 1 + pending.events);
  await audit.stop();
});

test('flush({ signal }) and stop({ signal }) stop waiting, and what was begun goes on', async (t) => {
  const logFile = temporaryLog(t);
  const audit = createLogger({ logFile });
  audit.info('agent_start', 'm');
  const reason = new Error('no time');
  await assert.rejects(audit.flush({ signal: AbortSignal.abort(reason) }), (error) => {
    assert.ok(auditError('ABORTED')(error));
    assert.equal((error as AuditError).cause, reason);
    return true;
  });
  const controller = new AbortController();
  const stopped = audit.stop({ signal: controller.signal });
  controller.abort(reason);
  await assert.rejects(stopped, auditError('ABORTED'));
  await audit.stop();
  assert.equal((await verifyLogFile(logFile)).unsigned, 0);
  const other = createLogger({ logFile, onError: () => {} });
  await other.flush({ signal: new AbortController().signal });
  await other.stop();
});

test('logSync(): durable on disk when it returns, with all that was logged before; not yet sealed', async (t) => {
  const logFile = temporaryLog(t);
  const audit = createLogger({ logFile, flushInterval: 1_000 });
  audit.info('agent_start', 'before');
  assert.equal(audit.logSync({ type: 'auth_failed', message: 'now', severity: 'CRITICAL' }), 2);
  assert.deepEqual(wireEvents(logFile).map(({ message }) => message), ['before', 'now']);
  assert.equal(audit.withContext({ jobId: 'j' }).logSync({ type: 'auth_failed', message: 'bound' }), 3);
  assert.equal(wireEvents(logFile)[2]?.['job_id'], 'j');
  await audit.stop();
});

test('logSync(): survives a power cut', async () => {
  const program = `
    const { createTestLogger } = await import('agent-audit/testing');
    const { audit, disk, events } = createTestLogger();
    audit.info('agent_start', 'before');
    audit.logSync({ type: 'auth_failed', message: 'now' });
    disk.powerCut(() => 0.99);
    console.log(events().map(({ message }) => message).join());`;
  // In a process of its own: its disk is gone when its exit hook would close the log.
  const { stdout, stderr } = await runProgram(program);
  assert.equal(stdout, 'before,now\n', stderr);
});

test('logSync() within an event that is being encoded claims nothing', async () => {
  const { audit, events } = createTestLogger();
  let thrown: unknown;
  const details = {
    get inner(): string {
      try {
        audit.logSync({ type: 'auth_failed', message: 'inner' });
      } catch (error) {
        thrown = error;
      }
      return 'read';
    },
  };
  audit.info('scan_started', 'outer', details);
  assert.ok(thrown instanceof AuditError && thrown.code === 'NOT_DURABLE', String(thrown));
  await audit.flush();
  assert.deepEqual(events().map(({ message }) => message), ['outer', 'inner']);
});

test('logSync() throws NOT_DURABLE while the line stays queued, and the queue goes first when the disk heals', async () => {
  const { audit, clock, disk, events } = createTestLogger();
  disk.fill();
  assert.throws(() => audit.logSync({ type: 'auth_failed', message: 'first' }), auditError('NOT_DURABLE', 'full'));
  assert.throws(() => audit.logSync({ type: 'auth_failed', message: 'second' }), auditError('NOT_DURABLE', 'full'));
  disk.heal();
  assert.equal(audit.logSync({ type: 'auth_failed', message: 'third' }), 3);
  assert.deepEqual(events().map(({ message }) => message), ['first', 'second', 'third']);
  disk.failNextSync('EIO');
  assert.throws(() => audit.logSync({ type: 'auth_failed', message: 'fourth' }), auditError('NOT_DURABLE', 'EIO'));
  // The segment is replaced by one with the same lines.
  clock.advance(1);
  await audit.stop();
  assert.throws(() => audit.logSync({ type: 'auth_failed', message: 'late' }), auditError('NOT_DURABLE', 'stopped'));
  assert.deepEqual(events().map(({ message }) => message), ['first', 'second', 'third', 'fourth']);
});

test('failClosed: log() throws NOT_RECORDED where an event cannot be recorded at once, and goes on when it can', async () => {
  const { audit, disk, events } = createTestLogger({ failClosed: true });
  audit.info('agent_start', 'recorded');
  disk.fill();
  const refused = auditError('NOT_RECORDED', 'failClosed', 'the disk is full');
  assert.throws(() => audit.info('scan_started', 'refused'), refused);
  assert.throws(() => audit.jobStarted('j', 'scan'), refused);
  assert.throws(() => audit.logSync({ type: 'scan_started', message: 'm' }), refused);
  disk.heal();
  audit.info('scan_started', 'recorded again');
  assert.equal(audit.health().state, 'ok');
  await audit.stop();
  assert.throws(() => audit.info('agent_stop', 'late'), auditError('NOT_RECORDED', 'stopped'));
  // The call that met the full disk had its number by then: its line is kept, as every numbered line is.
  assert.deepEqual(events().map(({ message }) => message), ['recorded', 'refused', 'recorded again']);
});

test('health(): ok, degraded, failing, stopped, with reasons', async () => {
  const { audit, clock, disk } = createTestLogger();
  await audit.flush();
  assert.deepEqual(audit.health(), {
    state: 'ok',
    reasons: [],
    origin: audit.origin,
    logFile: '/audit/audit.log',
    size: 1,
    checkpointSize: 1,
    checkpointAt: new Date(clock.now()),
    pending: { events: 0, bytes: 0 },
    lost: { events: 0 },
    invalid: { events: 0 },
    operations: { open: 0, undurable: 0 },
    sealer: 'main',
  });
  audit.setRemoteSender(() => Promise.reject(new Error('collector is down')));
  audit.info('agent_start', 'm');
  await audit.flush();
  const failed = new Promise<void>((resolve) => audit.setRemoteSender(() => { resolve(); throw new Error('collector is down'); }));
  clock.advance(0);
  await failed;
  await new Promise(setImmediate);
  const degraded = audit.health();
  assert.deepEqual([degraded.state, degraded.reasons[0]?.code], ['degraded', 'SENDER_FAILED']);
  disk.fill();
  audit.info('agent_start', 'm');
  await assert.rejects(audit.flush());
  const failing = audit.health();
  assert.deepEqual([failing.state, failing.reasons.map(({ code }) => code)], ['failing', ['DISK_FULL', 'SENDER_FAILED']]);
  assert.match(failing.reasons[0]?.message ?? '', /the disk is full/);
  assert.deepEqual(failing.reasons[0]?.since, new Date(clock.now()));
  disk.heal();
  await audit.flush();
  const stopping = audit.stop();
  assert.equal(audit.health().state, 'stopped');
  await stopping;
});

test('every trouble is told to onError, with code, action and what to do next; one that throws harms nothing', async () => {
  const errors: AuditError[] = [];
  const { audit, disk, events } = createTestLogger({
    onError: (error) => {
      errors.push(error);
      audit.warn('resource_warning', `told ${error.code}`);
      throw new Error('of the caller');
    },
  });
  disk.fill();
  audit.info('agent_start', 'm');
  await assert.rejects(audit.flush());
  assert.deepEqual(errors.map(({ name, code, action }) => [name, code, action]), [['AuditError', 'DISK_FULL', 'retry']]);
  disk.heal();
  await audit.flush();
  assert.deepEqual(events().map(({ message }) => message), ['m', 'told DISK_FULL']);
  await audit.stop();
});

test('without onError: one warning of the process for each code and minute', async () => {
  const program = `
    const { createTestLogger } = await import('agent-audit/testing');
    process.on('warning', ({ name, code, message }) => console.log([name, code, message].join(' ')));
    const { audit, clock } = createTestLogger({ onError: undefined });
    const late = () => audit.info('agent_stop', 'late');
    audit.info('log.open', 'reserved');
    await audit.stop();
    for (let i = 0; i < 100; i++) late();
    clock.advance(59_999);
    late();
    clock.advance(1);
    late();
    late();`;
  const { stdout, stderr } = await runProgram(program);
  const warnings = stdout.trimEnd().split('\n').map((line) => line.split(' ').slice(0, 2).join(' '));
  assert.deepEqual(warnings, ['AuditWarning EVENT_INVALID', 'AuditWarning LOGGER_STOPPED', 'AuditWarning LOGGER_STOPPED'], stderr);
  assert.match(stdout, /agent_stop came after stop\(\); it is not recorded/);
});

test('bufferSize and flushInterval bound the wait for a checkpoint, without any flush()', async () => {
  const byCount = createTestLogger({ bufferSize: 10, flushInterval: 86_400_000 });
  await byCount.audit.flush();
  for (let i = 0; i < 9; i++) byCount.audit.info('scan_started', 'm');
  byCount.audit.writeNow();
  byCount.clock.advance(1);
  assert.equal(byCount.audit.health().checkpointSize, 1);
  byCount.audit.info('scan_started', 'm');
  byCount.audit.writeNow();
  byCount.clock.advance(1_000);
  assert.equal(byCount.audit.health().checkpointSize, 11);
  const byTime = createTestLogger({ bufferSize: 1_000, flushInterval: 200 });
  byTime.clock.advance(1_000);
  byTime.audit.info('scan_started', 'm');
  byTime.audit.writeNow();
  byTime.clock.advance(1_200);
  assert.equal(byTime.audit.health().checkpointSize, 2);
  await Promise.all([byCount.audit.stop(), byTime.audit.stop()]);
});

test('a checkpoint says what the log says of itself: origin and key', async (t) => {
  const logFile = temporaryLog(t);
  const audit = createLogger({ logFile, agentId: 'scanner 7' });
  await audit.flush();
  assert.match(audit.origin, /^scanner-7\/[0-9a-f]{32}$/);
  assert.ok(audit.vkey.startsWith(`${audit.origin}+`));
  assert.match(newestCheckpoint(logFile)?.note ?? '', new RegExp(`^${audit.origin}\n`));
  await audit.stop();
});

test('assertLogged finds an event, and shows the nearest where there is none', async () => {
  const log = createTestLogger();
  log.audit.jobFailed('j-42', new Error('boom'), { attempt: 3 });
  assert.equal(assertLogged(log, { type: 'job_failed', jobId: 'j-42', details: { attempt: 3 } }).error, 'boom');
  const nearest = /no event with .*j-43[^]*"jobId":"j-42"[^]*differs in jobId/;
  assert.throws(() => assertLogged(log, { type: 'job_failed', jobId: 'j-43' }), nearest);
  await log.audit.stop();
});
