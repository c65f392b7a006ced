import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashManyTimes } from './crash-support.ts';
import { seedFrom } from './random.ts';

const kills = 25;

test(`a log outlives ${kills} SIGKILLs of its writer`, async (t) => {
  const seed = seedFrom('CRASH_SEED');
  t.diagnostic(`CRASH_SEED=${seed}`);
  const summary = await crashManyTimes(kills, seed);
  t.diagnostic(JSON.stringify(summary));
  assert.ok(summary.segments > kills, 'segments were closed all the time');
  assert.ok(summary.packed > 0, 'segments were compressed');
});
