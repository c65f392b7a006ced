// The row SetRemoteSender: at least once, in order, from the durable log, with a durable cursor.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type AuditError, createLogger, type RecordedEvent } from 'agent-audit';
import { createTestLogger, type TestLogger } from 'agent-audit/testing';
import { auditError, kept, runProgram, temporaryLog, untilFolder } from './support.ts';

interface Collector {
  readonly taken: RecordedEvent[];
  readonly send: (events: readonly RecordedEvent[]) => Promise<void>;
  readonly until: (count: number) => Promise<void>;
}

/** A sender that takes all, and says when it has this many. */
function collector(): Collector {
  const taken: RecordedEvent[] = [];
  let wake = (): void => {};
  return {
    taken,
    send: async (events) => {
      await Promise.resolve();
      taken.push(...events);
      wake();
    },
    until: async (count) => {
      while (taken.length < count) await kept(new Promise<void>((resolve) => (wake = resolve)));
    },
  };
}

const messages = (events: readonly RecordedEvent[]): string[] => events.map(({ message }) => message);
const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => String(from + i));

/** Lets the sender come to its turn, and what it awaits in memory come to its end. */
async function turn({ clock }: TestLogger, ms: number): Promise<void> {
  clock.advance(ms);
  for (let i = 0; i < 10; i++) await new Promise(setImmediate);
}

test('events come in order, camelCase, with their seq, without log.* lines; what was logged before it was set too', async (t) => {
  const logFile = temporaryLog(t);
  const audit = createLogger({ logFile, agentId: 'scanner-7', tenantId: 'acme' });
  audit.jobCompleted('j-42', 5, { n: 1 });
  const { taken, send } = collector();
  audit.setRemoteSender(send);
  audit.withContext({ reportId: 'r-7' }).error('upload_failed', 'm', new Error('e'));
  await audit.stop();
  const [{ timestamp: first, ...completed } = {}, { timestamp: second, ...failed } = {}, ...more] = taken;
  assert.ok(typeof first === 'string' && typeof second === 'string');
  const ids = { agentId: 'scanner-7', tenantId: 'acme' };
  const message = 'Job completed successfully';
  const expected = { seq: 1, type: 'job_completed', severity: 'INFO', ...ids, jobId: 'j-42', message, durationMs: 5, details: { n: 1 } };
  assert.deepEqual(completed, expected);
  assert.deepEqual(failed, { seq: 2, type: 'upload_failed', severity: 'ERROR', ...ids, reportId: 'r-7', message: 'm', error: 'e' });
  assert.deepEqual(more, []);
});

test('50,000 events: stop() hands out the rest, each once and in order, through rotation and .gz', async (t) => {
  const logFile = temporaryLog(t);
  const audit = createLogger({ logFile, maxSizeMB: 1 });
  const { taken, send, until } = collector();
  audit.setRemoteSender(send);
  const count = 50_000;
  for (let i = 0; i < count; i++) {
    audit.info('scan_started', String(i), { text: 'x'.repeat(40) });
    if (i % 10_000 === 9_999) await audit.flush();
  }
  await until(count);
  await audit.stop();
  assert.deepEqual(messages(taken), numbers(0, count));
  assert.ok(taken.every(({ seq }, i) => i === 0 || seq > (taken[i - 1]?.seq ?? 0)));
  assert.ok(readdirSync(dirname(logFile)).some((name) => /-\d{15}\.log/.test(name)));
});

test('a sender that is set again later reads what was closed and packed before', async () => {
  const log = createTestLogger({ maxSizeMB: 0.001 });
  for (let i = 0; i < 40; i++) {
    log.audit.info('scan_started', String(i), { text: 'x'.repeat(200) });
    if (i % 10 < 9) continue;
    await log.audit.flush();
    await turn(log, 5_000);
  }
  assert.ok(log.disk.list('/audit').some((name) => name.endsWith('.log.gz')));
  const { taken, send } = collector();
  log.audit.setRemoteSender(send);
  await turn(log, 1);
  assert.deepEqual(messages(taken), numbers(0, 40));
  await log.audit.stop();
});

test('the cursor is durable: after a restart it goes on where it was', async (t) => {
  const logFile = temporaryLog(t);
  const all: string[] = [];
  for (let run = 0; run < 3; run++) {
    const audit = createLogger({ logFile });
    const { taken, send } = collector();
    audit.setRemoteSender(send);
    for (let i = 0; i < 10; i++) audit.info('scan_started', String(run * 10 + i));
    await audit.stop();
    all.push(...messages(taken));
  }
  assert.deepEqual(all, numbers(0, 30));
  const { next } = JSON.parse(readFileSync(join(dirname(logFile), 'audit.sender'), 'utf8')) as { next: number };
  assert.ok(next >= 35);
});

test('events of a run without a sender, and of one that was killed, come in the next', async (t) => {
  const logFile = temporaryLog(t);
  const program = `
    const { createLogger } = await import('agent-audit');
    const audit = createLogger();
    audit.setRemoteSender(() => new Promise(() => {}));
    for (let i = 0; i < 10; i++) audit.info('scan_started', String(i));
    await audit.flush();
    process.kill(process.pid, 'SIGKILL');`;
  await runProgram(program, { AGENT_AUDIT_LOG: logFile });
  const quiet = createLogger({ logFile });
  for (let i = 10; i < 20; i++) quiet.info('scan_started', String(i));
  await quiet.stop();
  const audit = createLogger({ logFile });
  const { taken, send } = collector();
  audit.setRemoteSender(send);
  await audit.stop();
  assert.deepEqual(messages(taken), numbers(0, 20));
});

test('a throw is told and retried with a growing pause: the same batch again, nothing skipped', async () => {
  const errors: AuditError[] = [];
  const log = createTestLogger({ onError: (error) => errors.push(error) });
  const tries: string[][] = [];
  let isDown = true;
  log.audit.setRemoteSender((events) => {
    tries.push(messages(events));
    if (isDown) throw new Error('collector is down');
  });
  for (let i = 0; i < 3; i++) log.audit.info('scan_started', String(i));
  await log.audit.flush();
  await turn(log, 1);
  assert.deepEqual(tries, [['0', '1', '2']]);
  assert.ok(auditError('SENDER_FAILED', 'try 1', 'collector is down', 'come again')(errors[0]));
  assert.equal(errors[0]?.action, 'retry');
  // The n-th pause is between half of 2^(n-1) seconds and all of it.
  for (let n = 1; n <= 4; n++) {
    await turn(log, 500 * 2 ** (n - 1) - 10);
    assert.equal(tries.length, n, `too early, pause ${n}`);
    await turn(log, 500 * 2 ** (n - 1) + 10);
    assert.equal(tries.length, n + 1, `too late, pause ${n}`);
  }
  isDown = false;
  log.audit.info('scan_started', '3');
  await log.audit.flush();
  await turn(log, 60_000);
  assert.deepEqual(tries.at(-1), ['0', '1', '2', '3']);
  const before = tries.length;
  await turn(log, 60_000);
  assert.equal(tries.length, before, 'what was taken does not come again');
  assert.equal(log.audit.health().state, 'ok');
  await log.audit.stop();
});

test('only sealed events are handed out', async () => {
  const log = createTestLogger({ bufferSize: 1_000 });
  const { taken, send } = collector();
  log.audit.setRemoteSender(send);
  await log.audit.flush();
  await turn(log, 300);
  const { audit } = log;
  audit.info('scan_started', 'unsealed');
  audit.writeNow();
  // The sender looks again every 250 ms; the line waits a second for its checkpoint.
  await turn(log, 300);
  assert.deepEqual([audit.health().checkpointSize, taken.length], [1, 0]);
  await audit.flush();
  await turn(log, 300);
  assert.deepEqual(messages(taken), ['unsealed']);
  await audit.stop();
});

test('a sender that hangs neither slows logging nor keeps stop() for ever', async (t) => {
  const logFile = temporaryLog(t);
  const program = `
    const { createLogger } = await import('agent-audit');
    const audit = createLogger();
    audit.info('agent_start', 'first');
    let asked = () => {};
    const called = new Promise((resolve) => { asked = resolve; });
    audit.setRemoteSender(() => { asked(); return new Promise(() => {}); });
    await audit.flush();
    const alive = setInterval(() => {}, 1_000);
    await called;
    clearInterval(alive);
    for (let i = 0; i < 1_000; i++) audit.info('scan_started', 'm');
    await audit.flush();
    console.log('flushed ' + audit.health().checkpointSize);
    await audit.stop();
    console.log('stopped');`;
  const { code, stdout, stderr } = await runProgram(program, { AGENT_AUDIT_LOG: logFile });
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'flushed 1002\nstopped\n', stderr: '' });
  const audit = createLogger({ logFile });
  const { taken, send } = collector();
  audit.setRemoteSender(send);
  await audit.stop();
  assert.equal(taken.length, 1_001);
});

test('a new sender takes over where the last one was; what that one had under way comes to the new one', async () => {
  const log = createTestLogger();
  const first = collector();
  log.audit.setRemoteSender(first.send);
  log.audit.info('scan_started', '0');
  await log.audit.flush();
  await turn(log, 300);
  const hanging: string[][] = [];
  let letGo = (): void => {};
  log.audit.setRemoteSender((events) => {
    hanging.push(messages(events));
    return new Promise<void>((resolve) => (letGo = resolve));
  });
  log.audit.info('scan_started', '1');
  await log.audit.flush();
  await turn(log, 300);
  const last = collector();
  log.audit.setRemoteSender(last.send);
  await turn(log, 300);
  letGo();
  log.audit.info('scan_started', '2');
  await log.audit.flush();
  await turn(log, 300);
  assert.deepEqual([messages(first.taken), hanging, messages(last.taken)], [['0'], [['1']], ['1', '2']]);
  await log.audit.stop();
});

test('retention never deletes what the sender has not taken, and goes on when it has', async () => {
  const log = createTestLogger({ maxSizeMB: 0.001, maxAgeDays: 1, maxTotalSizeMB: 0.002 });
  let isDown = true;
  const taken: string[] = [];
  log.audit.setRemoteSender((events) => {
    if (isDown) throw new Error('down');
    taken.push(...messages(events));
  });
  for (let i = 0; i < 30; i++) {
    log.audit.info('scan_started', String(i), { text: 'x'.repeat(200) });
    if (i % 10 < 9) continue;
    await log.audit.flush();
    await turn(log, 5_000);
  }
  for (let day = 0; day < 10; day++) {
    log.clock.jump(86_400_000);
    await turn(log, 120_000);
  }
  assert.equal(log.events().length, 30);
  isDown = false;
  await turn(log, 120_000);
  await turn(log, 120_000);
  await turn(log, 120_000);
  assert.deepEqual(taken, numbers(0, 30));
  assert.ok(log.events().length < 30, String(log.events().length));
  await log.audit.stop();
});

test('a line that was damaged after it was sealed is told and skipped; the others come', async () => {
  const errors: AuditError[] = [];
  const log = createTestLogger({ onError: (error) => errors.push(error) });
  for (let i = 0; i < 3; i++) log.audit.info('scan_started', String(i));
  await log.audit.flush();
  const bytes = Buffer.from(log.disk.bytesOf('/audit/audit.log'));
  const at = bytes.indexOf('{"seq":2,');
  bytes.fill('#', at, at + 20);
  log.disk.overwrite('/audit/audit.log', bytes);
  const { taken, send } = collector();
  log.audit.setRemoteSender(send);
  await turn(log, 300);
  assert.deepEqual(messages(taken), ['0', '2']);
  assert.ok(errors.some(auditError('SENDER_FAILED', 'line 2 of /audit/audit.log', 'agent-audit verify')));
  await log.audit.stop();
});

test('a cursor that cannot be read, or is of another log, starts from the beginning', async (t) => {
  const logFile = temporaryLog(t);
  const path = join(dirname(logFile), 'audit.sender');
  for (const content of ['', 'garbage', '{"origin":"other/0","next":3}', '{"origin":1}']) {
    writeFileSync(path, content);
    const audit = createLogger({ logFile });
    const { taken, send } = collector();
    audit.setRemoteSender(send);
    audit.info('scan_started', 'm');
    await audit.stop();
    assert.equal(taken[0]?.seq, 1, JSON.stringify(content));
  }
});

test('the sender sees the events of the moment: within a second, without flush() or stop()', async (t) => {
  const logFile = temporaryLog(t);
  const audit = createLogger({ logFile });
  const { taken, send } = collector();
  audit.setRemoteSender(send);
  audit.info('scan_started', 'm');
  await untilFolder(dirname(logFile), () => taken.length === 1);
  await audit.stop();
});

test('a call that hangs is told after a minute, with its age and what waits; it is not made again, and may still succeed', async () => {
  const errors: AuditError[] = [];
  const log = createTestLogger({ onError: (error) => errors.push(error) });
  const tries: string[][] = [];
  let letGo = (): void => {};
  log.audit.setRemoteSender((events) => {
    tries.push(messages(events));
    return new Promise<void>((resolve) => (letGo = resolve));
  });
  for (let i = 0; i < 3; i++) log.audit.info('scan_started', String(i));
  await log.audit.flush();
  await turn(log, 1);
  await turn(log, 59_000);
  assert.deepEqual([log.audit.health().state, errors.length], ['ok', 0]);
  await turn(log, 1_000);
  assert.equal(errors.length, 1);
  assert.ok(auditError('SENDER_FAILED', 'at 3 events', 'for 60 s', '4 sealed lines are not taken')(errors[0]));
  log.audit.info('scan_started', '3');
  await log.audit.flush();
  await turn(log, 3_600_000);
  const { state, reasons } = log.audit.health();
  assert.equal(state, 'degraded');
  assert.match(reasons[0]?.message ?? '', /at 3 events \(\d{3} bytes\) for 3660 s; 5 sealed lines/);
  assert.deepEqual([tries, errors.length], [[['0', '1', '2']], 1]);
  letGo();
  await turn(log, 0);
  await turn(log, 300);
  assert.deepEqual(tries, [['0', '1', '2'], ['3']]);
  assert.equal(log.audit.health().state, 'ok');
  letGo();
  await log.audit.stop();
});

test('removeRemoteSender: nothing more is sent, the cursor is gone for good, retention goes on', async () => {
  const log = createTestLogger({ maxSizeMB: 0.001, maxTotalSizeMB: 0.002 });
  let letGo = (): void => {};
  const tries: string[][] = [];
  log.audit.setRemoteSender((events) => {
    tries.push(messages(events));
    return new Promise<void>((resolve) => (letGo = resolve));
  });
  for (let i = 0; i < 30; i++) {
    log.audit.info('scan_started', String(i), { text: 'x'.repeat(200) });
    if (i % 10 < 9) continue;
    await log.audit.flush();
    await turn(log, 5_000);
  }
  for (let i = 0; i < 3; i++) await turn(log, 120_000);
  assert.equal(log.events().length, 30);
  log.audit.removeRemoteSender();
  letGo();
  for (let i = 0; i < 3; i++) await turn(log, 120_000);
  assert.ok(!log.disk.list('/audit').some((name) => name.includes('.sender')), 'a batch that ends late writes no cursor');
  assert.equal(tries.length, 1);
  assert.ok(log.events().length < 30, String(log.events().length));
  assert.equal(log.audit.health().state, 'ok');
  log.audit.removeRemoteSender();
  await log.audit.stop();
  assert.throws(() => log.audit.removeRemoteSender(), auditError('LOGGER_STOPPED'));
});

test('removeRemoteSender on a disk that refuses: told, and to be called again', async () => {
  const log = createTestLogger();
  log.audit.setRemoteSender(() => {});
  const unlink = log.disk.unlink.bind(log.disk);
  log.disk.unlink = () => {
    throw Object.assign(new Error('EIO'), { code: 'EIO' });
  };
  assert.throws(() => log.audit.removeRemoteSender(), auditError('DISK_FAILED', '/audit/audit.sender', 'call it again'));
  log.disk.unlink = unlink;
  log.audit.removeRemoteSender();
  assert.ok(!log.disk.list('/audit').includes('audit.sender'));
  await log.audit.stop();
});
