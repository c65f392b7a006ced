import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { AuditError } from './error.ts';
import { reporter } from './report.ts';
import { ManualClock } from './testing/index.ts';

const full = new AuditError('DISK_FULL', 'retry', 'the disk is full');
const lost = new AuditError('EVENTS_LOST', 'drop', '3 events are lost');

/** What is warned of while a test runs, instead of being printed. */
function warnings(t: TestContext): string[] {
  const texts: string[] = [];
  t.mock.method(process, 'emitWarning', (message: string, { type, code }: { type: string; code: string }) => {
    texts.push(`${type} ${code} ${message}`);
  });
  return texts;
}

test('without onError: one warning for each code and minute', (t) => {
  const warned = warnings(t);
  const clock = new ManualClock();
  const report = reporter(clock, undefined);
  report(full);
  report(full);
  report(lost);
  clock.advance(59_999);
  report(full);
  assert.deepEqual(warned, ['AuditWarning DISK_FULL the disk is full', 'AuditWarning EVENTS_LOST 3 events are lost']);
  clock.advance(1);
  report(full);
  assert.equal(warned.length, 3);
});

test('a wall clock that is set back silences nothing', (t) => {
  const warned = warnings(t);
  const clock = new ManualClock();
  const report = reporter(clock, undefined);
  report(full);
  clock.jump(-86_400_000);
  clock.advance(60_000);
  report(full);
  assert.equal(warned.length, 2);
});

test('with onError: every trouble, and no warning', (t) => {
  const warned = warnings(t);
  const told: AuditError[] = [];
  const report = reporter(new ManualClock(), (error) => told.push(error));
  report(full);
  report(full);
  assert.deepEqual(told, [full, full]);
  assert.deepEqual(warned, []);
});

test('an onError that throws or rejects is told by a warning, once a minute', async (t) => {
  const warned = warnings(t);
  const throwing = reporter(new ManualClock(), () => {
    throw new Error('of the caller');
  });
  throwing(full);
  throwing(full);
  const rejecting = reporter(new ManualClock(), () => Promise.reject(new Error('of the caller')) as unknown as undefined);
  rejecting(lost);
  await new Promise(setImmediate);
  assert.deepEqual(warned, [
    'AuditWarning DISK_FULL the disk is full (and onError failed: of the caller)',
    'AuditWarning EVENTS_LOST 3 events are lost (and onError failed: of the caller)',
  ]);
});

test('an onError that causes another trouble is not called for it', () => {
  let calls = 0;
  const report = reporter(new ManualClock(), () => {
    calls++;
    report(lost);
  });
  report(full);
  assert.equal(calls, 1);
});
