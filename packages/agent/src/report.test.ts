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

test('what concerns single events is told once a second for each code, then the newest of the rest, and how many they were', () => {
  const told: string[] = [];
  const clock = new ManualClock();
  const report = reporter(clock, ({ message }) => void told.push(message));
  const dropped = (text: string): AuditError => new AuditError('EVENTS_LOST', 'drop', text);
  for (const text of ['one', 'two', 'three', 'four']) report(dropped(text));
  report(new AuditError('EVENT_INVALID', 'drop', 'another code'));
  assert.deepEqual(told, ['one', 'another code']);
  clock.advance(999);
  assert.equal(told.length, 2);
  clock.advance(1);
  assert.deepEqual(told.slice(2), ['four (2 more of EVENTS_LOST came within a second, and were not told one by one)']);
  report(dropped('five'));
  clock.advance(1_000);
  assert.deepEqual(told.slice(3), ['five']);
  clock.advance(60_000);
  report(dropped('six'));
  assert.deepEqual(told.slice(4), ['six']);
});

test('what nothing comes after is told at once, with the count of what was not', () => {
  const told: string[] = [];
  const report = reporter(new ManualClock(), ({ message }) => void told.push(message));
  report(lost);
  report(lost);
  report(new AuditError('EVENTS_LOST', 'drop', 'the last'), 'last');
  assert.deepEqual(told.slice(1), ['the last (1 more of EVENTS_LOST came within a second, and were not told one by one)']);
});

test('troubles of the log itself are told every time', () => {
  let calls = 0;
  const report = reporter(new ManualClock(), () => void calls++);
  for (let i = 0; i < 5; i++) report(full);
  assert.equal(calls, 5);
});
