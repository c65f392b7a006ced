import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Clock } from '../clock.ts';
import { temporaryFolder } from './fixture.test.support.ts';
import { LogWatch, type WatchFolder } from './watch.ts';

/** A clock that only a test moves. */
class HandClock implements Clock {
  readonly #timers = new Set<() => void>();

  get timers(): number {
    return this.#timers.size;
  }

  now(): number {
    return 0;
  }

  monotonicMs(): number {
    return 0;
  }

  after(_delayMs: number, fn: () => void): { cancel(): void } {
    this.#timers.add(fn);
    return { cancel: () => this.#timers.delete(fn) };
  }

  fire(): void {
    for (const timer of this.#timers) timer();
  }
}

/** Stands in for fs.watch: it says what the test makes it say. */
class HandWatcher extends EventEmitter {
  closed = false;

  close(): void {
    this.closed = true;
  }
}

function setUp(context: TestContext, start: WatchFolder): { watch: LogWatch; clock: HandClock; folder: string } {
  const clock = new HandClock();
  const folder = temporaryFolder(context);
  const watch = new LogWatch({ kind: 'log', folder, active: 'audit.log' }, { persistent: true, clock, watch: start });
  context.after(() => watch.close());
  return { watch, clock, folder };
}

test('a change before the wait, one during it, and none twice', async (t) => {
  let change = (): void => undefined;
  const watcher = new HandWatcher();
  const { watch, clock } = setUp(t, (_folder, _options, listener) => {
    change = listener;
    return watcher;
  });
  change();
  change();
  await watch.changed();
  assert.equal(clock.timers, 0, 'it did not wait');
  const waiting = watch.changed();
  assert.equal(clock.timers, 1);
  change();
  await waiting;
  assert.equal(clock.timers, 0);
  const again = watch.changed();
  assert.equal(clock.timers, 1, 'the change that ended the wait is not told again');
  clock.fire();
  await again;
  watch.close();
  assert.ok(watcher.closed);
});

test('where the system tells of nothing, the poll wakes; where it refuses, or fails later, too', async (t) => {
  const told = new HandWatcher();
  const failing = new HandWatcher();
  const refusing: WatchFolder = () => {
    throw new Error('ENOSPC: no more watches');
  };
  for (const start of [() => told, () => failing, refusing]) {
    const { watch, clock } = setUp(t, start);
    if (failing.listenerCount('error') > 0) failing.emit('error', new Error('EMFILE'));
    const waiting = watch.changed();
    clock.fire();
    await waiting;
  }
  assert.ok(failing.closed);
  assert.ok(!told.closed);
});

test('without fs.watch, a change of the active file is seen by its stat', async (t) => {
  const { watch, folder } = setUp(t, () => {
    throw new Error('ENOSYS');
  });
  // Node tells first of all that the file is not there: only then a change is one.
  await watch.changed();
  writeFileSync(join(folder, 'audit.log'), 'x');
  await watch.changed();
});

test('the signal ends a wait with its reason', async (t) => {
  const { watch } = setUp(t, () => new HandWatcher());
  const end = new AbortController();
  const waiting = watch.changed(end.signal);
  end.abort(new Error('enough'));
  await assert.rejects(waiting, /enough/);
  await assert.rejects(watch.changed(end.signal), /enough/);
});
