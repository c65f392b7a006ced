// operation(): two events with one span around the work, whatever the work, the disk and the caller's signal do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuditError, createLogger, type RecordedEvent } from 'agent-audit';
import { createTestLogger, type ManualClock } from 'agent-audit/testing';
import { nextTick } from '../until.ts';
import { temporaryLog, wireEvents, wireLines } from './support.ts';

const hex32 = /^[0-9a-f]{32}$/;
const hex16 = /^[0-9a-f]{16}$/;

/** Lets time pass until the promise is settled. */
async function passTime(clock: ManualClock, promise: Promise<unknown>): Promise<void> {
  const over = promise.then(
    () => true,
    () => true,
  );
  for (let turn = 0; turn < 1_000; turn++) {
    clock.advance(250);
    if (await Promise.race([over, nextTick()])) return;
  }
  assert.fail('it does not end');
}

function shown({ type, severity, outcome, error, durationMs, details }: RecordedEvent): object {
  return { type, severity, outcome, error, durationMs, details };
}

test('an operation is two events with one span, and all within carries it, through any logger', async () => {
  const { audit, events } = createTestLogger();
  const other = audit.withContext({ reportId: 'r-1' });
  const explicit = audit.withContext({ spanId: 'explicit' });
  const result = await audit.operation({ type: 'job', jobId: 'j-42', details: { target: 'web-01' } }, async (op) => {
    await nextTick();
    op.info('scan_started', 'through the operation');
    audit.info('scan_started', 'through the log');
    other.info('scan_started', 'through another logger');
    explicit.info('scan_started', 'through one with a span of its own');
    op.set({ findings: 2, host: 'a' });
    op.set({ host: 'b' });
    return 42;
  });
  assert.equal(result, 42);
  audit.info('scan_started', 'after it');
  const [start, ...rest] = events();
  const [one, two, three, four, end, after] = rest;
  assert.match(start?.traceId ?? '', hex32);
  assert.match(start?.spanId ?? '', hex16);
  assert.deepEqual([start?.type, start?.operation, start?.message, start?.jobId], ['job_started', 'start', 'Job started', 'j-42']);
  assert.deepEqual(start?.details, { target: 'web-01' });
  for (const event of [one, two, three, end]) {
    assert.deepEqual([event?.traceId, event?.spanId, event?.jobId], [start?.traceId, start?.spanId, 'j-42'], event?.message);
  }
  assert.equal(three?.reportId, 'r-1');
  assert.deepEqual([four?.spanId, four?.traceId], ['explicit', start?.traceId]);
  assert.deepEqual([one, two, three, four].map((event) => event?.operation), [undefined, undefined, undefined, undefined]);
  assert(end !== undefined);
  const { durationMs, ...said } = shown(end) as RecordedEvent;
  assert.equal(typeof durationMs, 'number');
  const details = { findings: 2, host: 'b' };
  assert.deepEqual(said, { type: 'job_completed', severity: 'INFO', outcome: 'success', error: undefined, details });
  assert.equal(end.operation, 'end');
  assert.deepEqual([after?.spanId, after?.jobId], [undefined, undefined]);
});

test('what is nested has its parent: through the operation, through the log, through traceContext', async () => {
  const { audit, events } = createTestLogger({ traceContext: () => ({ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16) }) });
  await audit.operation({ type: 'job', jobId: 'j-1' }, async (job) => {
    await job.operation({ type: 'scan' }, () => {});
    await audit.operation({ type: 'tool_call' }, () => {});
  });
  const [job, scan, , tool] = events();
  assert.deepEqual([job?.traceId, job?.parentSpanId], ['f'.repeat(32), 'e'.repeat(16)]);
  for (const event of [scan, tool]) {
    assert.deepEqual([event?.traceId, event?.parentSpanId, event?.jobId], ['f'.repeat(32), job?.spanId, 'j-1'], event?.type);
  }
  assert.notEqual(scan?.spanId, tool?.spanId);
  assert.equal(tool?.message, 'Tool call started');
});

test('what the work throws is thrown on, the same, and is the error of the end', async () => {
  const { audit, events } = createTestLogger();
  const error = new Error('no route', { cause: new Error('dns') });
  await assert.rejects(
    audit.operation({ type: 'upload' }, () => {
      throw error;
    }),
    (thrown) => thrown === error,
  );
  const end = events().at(-1);
  assert.deepEqual(
    [end?.type, end?.severity, end?.outcome, end?.error],
    ['upload_failed', 'ERROR', 'failure', 'no route; caused by: dns'],
  );
});

test('setOutcome decides without a throw; beside a throw it stands with the error', async () => {
  const { audit, events } = createTestLogger();
  await audit.operation({ type: 'job' }, (op) => op.setOutcome('denied', 'not allowed'));
  await audit.operation({ type: 'job' }, (op) => op.setOutcome('success'));
  await assert.rejects(
    audit.operation({ type: 'job' }, (op) => {
      op.setOutcome('success');
      throw new Error('e');
    }),
  );
  const ends = events().filter(({ operation }) => operation === 'end');
  assert.deepEqual(
    ends.map(({ type, outcome, message }) => [type, outcome, message]),
    [
      ['job_failed', 'denied', 'not allowed'],
      ['job_completed', 'success', 'Job completed'],
      ['job_failed', 'failure', 'Job failed'],
    ],
  );
});

test('after timeoutMs the promise rejects though the work ignores its signal; what it comes to later is told, and not logged', async () => {
  const reports: AuditError[] = [];
  const { audit, events, clock } = createTestLogger({ onError: (error) => reports.push(error) });
  const expected = [
    ['job', 'job_timeout'],
    ['scan', 'scan_failed'],
    ['tool_call', 'tool_call_timeout'],
  ] as const;
  for (const [type, endType] of expected) {
    let finish = (): void => {};
    const signals: AbortSignal[] = [];
    const running = audit.operation({ type, timeoutMs: 60_000 }, (op) => {
      signals.push(op.signal);
      return new Promise<void>((resolve) => void (finish = resolve));
    });
    await passTime(clock, running);
    await assert.rejects(running, { name: 'TimeoutError' });
    assert.equal(signals[0]?.aborted, true);
    const end = events().at(-1);
    assert.deepEqual([end?.type, end?.outcome, end?.severity, end?.durationMs], [endType, 'timeout', 'ERROR', 60_000]);
    const count = events().length;
    finish();
    await nextTick();
    assert.equal(events().length, count);
    assert.deepEqual([reports.at(-1)?.code, reports.at(-1)?.message.includes('returned')], ['ABORTED', true]);
  }
  assert.equal(reports.length, expected.length);
});

test('work that obeys its signal is not told of as late', async () => {
  const reports: AuditError[] = [];
  const { audit, clock } = createTestLogger({ onError: (error) => reports.push(error) });
  const running = audit.operation({ type: 'job', timeoutMs: 1_000 }, (op) => {
    return new Promise<void>((resolve) => op.signal.addEventListener('abort', () => setImmediate(resolve))).then(() => {
      op.signal.throwIfAborted();
    });
  });
  await passTime(clock, running);
  await assert.rejects(running, { name: 'TimeoutError' });
  await nextTick();
  assert.deepEqual(reports, []);
});

test("the caller's signal ends it with its reason, and that of an operation ends what was begun through it", async () => {
  const { audit, events } = createTestLogger();
  const controller = new AbortController();
  const reason = new Error('shut down');
  const running = audit.operation({ type: 'job', signal: controller.signal }, async (op) => {
    await op.operation({ type: 'scan' }, async () => {
      controller.abort(reason);
      await new Promise(() => {});
    });
  });
  await assert.rejects(running, (thrown) => thrown === reason);
  await nextTick();
  const ends = events().filter(({ operation }) => operation === 'end');
  assert.deepEqual(
    ends.map(({ type, outcome, error }) => [type, outcome, error]).toSorted(([a = ''], [b = '']) => a.localeCompare(b)),
    [
      ['job_failed', 'failure', 'shut down'],
      ['scan_failed', 'failure', 'shut down'],
    ],
  );
});

test('a signal that is aborted already: no work is done, and both events say so', async () => {
  const { audit, events } = createTestLogger();
  let calls = 0;
  const running = audit.operation({ type: 'job', signal: AbortSignal.abort(new Error('too late')) }, () => calls++);
  await assert.rejects(running, { message: 'too late' });
  assert.equal(calls, 0);
  assert.deepEqual(events().map(({ type, error }) => [type, error]), [['job_started', undefined], ['job_failed', 'too late']]);
});

test('the start is on disk and sealed before the work begins', async (t) => {
  const logFile = temporaryLog(t);
  await using audit = createLogger({ logFile, env: false });
  await Promise.all(
    Array.from({ length: 100 }, async (_, n) => {
      await audit.operation({ type: 'scan', jobId: `j-${n}` }, () => {
        const start = wireEvents(logFile).find((event) => event['job_id'] === `j-${n}`);
        assert.equal(start?.type, 'scan_started');
        assert.ok(audit.health().checkpointSize > (start?.seq ?? Infinity), 'sealed');
      });
    }),
  );
  assert.equal(audit.health().operations.open, 0);
});

test('a disk that refuses: the work runs, and it is told; with failClosed it does not', async () => {
  const codes: string[] = [];
  const open = createTestLogger({ onError: ({ code }) => codes.push(code) });
  open.disk.fill();
  assert.equal(await open.audit.operation({ type: 'job' }, () => 'done'), 'done');
  assert.ok(codes.includes('NOT_DURABLE'), codes.join());
  assert.equal(open.audit.health().operations.undurable, 1);

  const closed = createTestLogger({ failClosed: true });
  closed.disk.fill();
  let calls = 0;
  await assert.rejects(
    closed.audit.operation({ type: 'job' }, () => calls++),
    (error) => error instanceof AuditError && error.code === 'NOT_RECORDED',
  );
  assert.equal(calls, 0);
});

test('with failClosed and a disk that is well, work runs, and its end is sealed before the promise resolves', async () => {
  const { audit, events } = createTestLogger({ failClosed: true });
  assert.equal(await audit.operation({ type: 'job' }, () => 'done'), 'done');
  assert.equal(events().at(-1)?.type, 'job_completed');
  assert.equal(audit.health().checkpointSize, audit.health().size);
});

test('after stop() work runs unrecorded; with failClosed it does not', async () => {
  const codes: string[] = [];
  const open = createTestLogger({ onError: ({ code }) => codes.push(code) });
  await open.audit.stop();
  assert.equal(await open.audit.operation({ type: 'job' }, () => 'done'), 'done');
  assert.deepEqual(codes, ['LOGGER_STOPPED'], 'at once');
  open.clock.advance(1_000);
  assert.deepEqual(codes, ['LOGGER_STOPPED', 'LOGGER_STOPPED'], 'a second later');
  const closed = createTestLogger({ failClosed: true });
  await closed.audit.stop();
  await assert.rejects(closed.audit.operation({ type: 'job' }, () => 'done'), { code: 'NOT_RECORDED' });
});

test('whatever is given, the work is done', async () => {
  const { audit, events } = createTestLogger();
  const thrower = new Proxy({}, {
    get: () => {
      throw new Error('get');
    },
    ownKeys: () => {
      throw new Error('keys');
    },
  });
  const specs: unknown[] = [undefined, null, 5, {}, { type: '' }, { type: 'log.open' }, { type: 'x'.repeat(1_000) }, thrower];
  specs.push({ type: 'job', timeoutMs: Number.NaN, signal: {}, message: Symbol('m'), details: 5, jobId: {} });
  for (const spec of specs) {
    const done = audit.operation(spec as { type: string }, (op) => {
      op.set(thrower);
      op.set(undefined as never);
      op.set({ __proto__: null, ok: 1 });
      op.setOutcome('so so' as never, 5 as never);
      return 'done';
    });
    assert.equal(await done, 'done', typeof spec);
  }
  const all = events();
  assert.equal(all.length, 2 * specs.length);
  assert.ok(all.every(({ type }) => !type.startsWith('log.')));
  assert.equal(all.filter(({ type }) => type.endsWith('_failed')).length, specs.length);
});

test('what is open at stop() gets a log.orphan before the last line', async (t) => {
  const logFile = temporaryLog(t);
  const audit = createLogger({ logFile, env: false, onError: () => {} });
  let finish = (): void => {};
  const begun = new Promise<void>((resolve) => {
    void audit.operation({ type: 'job' }, () => {
      resolve();
      return new Promise<void>((end) => void (finish = end));
    });
  });
  await begun;
  assert.equal(audit.health().operations.open, 1);
  await audit.stop();
  finish();
  await nextTick();
  const lines = wireLines(logFile);
  const start = lines.find(({ type }) => type === 'job_started');
  assert.deepEqual(lines.slice(-2).map(({ type, details }) => [type, details]), [
    ['log.orphan', { seq: start?.seq, span_id: start?.['span_id'] }],
    ['log.close', { reason: 'stop' }],
  ]);
  const again = createLogger({ logFile, env: false });
  await again.stop();
  assert.equal(wireLines(logFile).filter(({ type }) => type === 'log.orphan').length, 1);
});
