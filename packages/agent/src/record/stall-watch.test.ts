import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedState } from '../seal/shared.ts';
import { ManualClock } from '../testing/index.ts';
import { StallWatch } from './stall-watch.ts';

/** Watches over ten lines, none of which is sealed. */
function watched(): { clock: ManualClock; shared: SharedState; watch: StallWatch; told: string[] } {
  const clock = new ManualClock();
  const shared = new SharedState();
  shared.begin(10, 0);
  const told: string[] = [];
  const onStall = (): void => void told.push('stall');
  const onProgress = (): void => void told.push('progress');
  const watch = new StallWatch({ clock, shared: () => shared, onStall, onProgress });
  watch.start();
  return { clock, shared, watch, told };
}

test('a sealer of which nothing is heard for 10 s has stalled; that is said again every 10 s, and is over when it seals', () => {
  const { clock, shared, told } = watched();
  clock.advance(9_999);
  assert.deepEqual(told, []);
  clock.advance(1);
  assert.deepEqual(told, ['stall']);
  clock.advance(10_000);
  assert.deepEqual(told, ['stall', 'stall']);
  shared.publish(1, clock.now());
  clock.advance(2_000);
  assert.deepEqual(told, ['stall', 'stall', 'progress']);
});

test('a sealer that says that it fails has not stalled: the disk answers', () => {
  const { clock, watch, told } = watched();
  for (let second = 0; second < 60; second++) {
    watch.answered();
    clock.advance(1_000);
  }
  assert.deepEqual(told, []);
  clock.advance(10_000);
  assert.deepEqual(told, ['stall'], 'then it falls silent');
  watch.answered();
  assert.deepEqual(told, ['stall', 'progress'], 'an answer ends it, whatever it says');
});

test('nothing to seal is no stall', () => {
  const { clock, shared, told } = watched();
  shared.publish(10, clock.now());
  clock.advance(60_000);
  assert.deepEqual(told, []);
});
