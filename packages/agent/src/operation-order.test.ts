// Operations within operations that are called off: the end of the inner one stands before that of the outer one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soon } from './clock.ts';
import type { AuditError } from './error.ts';
import { createTestLogger } from './testing/index.ts';

type TestLogger = ReturnType<typeof createTestLogger>;

const reason = new Error('shut down');
const never = new Promise<never>(() => {});

function endsOf({ events }: TestLogger): string[] {
  return events()
    .filter(({ operation }) => operation === 'end')
    .map(({ type, outcome }) => `${type} ${outcome}`);
}

/** A latch: what the work opens once it runs. */
function latch(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => void (open = resolve));
  return { opened, open };
}

test('through the operation, three deep: the innermost ends first, and none of the work needs to look at its signal', async () => {
  const log = createTestLogger();
  const controller = new AbortController();
  const ready = latch();
  const running = log.audit.operation({ type: 'job', signal: controller.signal }, (job) =>
    job.operation({ type: 'scan' }, (scan) =>
      scan.operation({ type: 'upload' }, () => {
        ready.open();
        return never;
      }),
    ),
  );
  await ready.opened;
  controller.abort(reason);
  await assert.rejects(running, (thrown) => thrown === reason);
  assert.deepEqual(endsOf(log), ['upload_failed failure', 'scan_failed failure', 'job_failed failure']);
});

test('a timeout: the inner ones fail, then the outer one is a timeout of as long as it was given', async () => {
  const log = createTestLogger();
  const ready = latch();
  const running = log.audit.operation({ type: 'job', timeoutMs: 60_000 }, async (job) => {
    const ends = ['scan', 'upload'].map((type) => job.operation({ type }, () => never));
    ends.push(
      job.operation({ type: 'tool_call' }, () => {
        ready.open();
        return never;
      }),
    );
    await Promise.all(ends);
  });
  await ready.opened;
  log.clock.advance(60_000);
  await assert.rejects(running, { name: 'TimeoutError' });
  const ends = ['scan_failed failure', 'upload_failed failure', 'tool_call_failed failure', 'job_timeout timeout'];
  assert.deepEqual(endsOf(log), ends);
  assert.equal(log.events().at(-1)?.durationMs, 60_000);
});

test('through the log, with work that obeys the signal of the outer one, or the same signal', async () => {
  const obedient = (signal: AbortSignal): Promise<never> =>
    new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => process.nextTick(() => reject(new DOMException('stopped', 'AbortError'))));
    });
  for (const isGiven of [false, true]) {
    const log = createTestLogger();
    const controller = new AbortController();
    const ready = latch();
    const running = log.audit.operation({ type: 'job', signal: controller.signal }, (job) =>
      log.audit.operation({ type: 'scan', signal: isGiven ? controller.signal : undefined }, () => {
        ready.open();
        return obedient(job.signal);
      }),
    );
    await ready.opened;
    controller.abort(reason);
    await assert.rejects(running, (thrown) => thrown === reason);
    assert.deepEqual(endsOf(log), ['scan_failed failure', 'job_failed failure'], isGiven ? 'the same signal' : 'the work obeys');
  }
});

test('an inner one that goes on holds the outer one for a turn of the event loop, no longer; its end comes when it comes', async () => {
  const log = createTestLogger();
  const controller = new AbortController();
  const [ready, work] = [latch(), latch()];
  let inner: Promise<void> | undefined;
  const running = log.audit.operation({ type: 'job', signal: controller.signal }, (job) =>
    job.operation({ type: 'upload' }, () => {
      inner = log.audit.operation({ type: 'scan' }, () => {
        ready.open();
        return work.opened;
      });
      return inner;
    }),
  );
  await ready.opened;
  controller.abort(reason);
  await assert.rejects(running, (thrown) => thrown === reason);
  assert.deepEqual(endsOf(log), ['upload_failed failure', 'job_failed failure']);
  work.open();
  await inner;
  assert.deepEqual(endsOf(log).at(-1), 'scan_completed success');
});

test('one whose first line waits for the disk does not hold the outer one', async () => {
  const log = createTestLogger();
  const controller = new AbortController();
  const ready = latch();
  const running = log.audit.operation({ type: 'job', signal: controller.signal }, async (job) => {
    const scan = job.operation({ type: 'scan' }, () => assert.fail('it was called off before'));
    ready.open();
    await scan;
  });
  await ready.opened;
  controller.abort(reason);
  await assert.rejects(running, (thrown) => thrown === reason);
  while (endsOf(log).length < 2) await new Promise<void>(soon);
  assert.deepEqual(endsOf(log).toSorted(), ['job_failed failure', 'scan_failed failure']);
});

test('what ended before, and who is not within, hold nothing', async () => {
  const reports: AuditError[] = [];
  const log = createTestLogger({ onError: (error) => reports.push(error) });
  const controller = new AbortController();
  const [ready, other] = [latch(), latch()];
  const beside = log.audit.operation({ type: 'upload' }, () => other.opened);
  const running = log.audit.operation({ type: 'job', signal: controller.signal }, async (job) => {
    await job.operation({ type: 'scan' }, () => {});
    ready.open();
    await never;
  });
  await ready.opened;
  controller.abort(reason);
  // No turn is waited for: the end is there once the promise has rejected.
  let turns = 0;
  soon(() => turns++);
  await assert.rejects(running, (thrown) => thrown === reason);
  assert.equal(turns, 0);
  assert.deepEqual(endsOf(log), ['scan_completed success', 'job_failed failure']);
  other.open();
  await beside;
  assert.deepEqual(reports, []);
});
