import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crashManyTimes } from './crash-support.ts';
import { seedFrom } from './random.ts';

const kills = 12;
const totalMB = 0.3;

test(`a log that deletes its oldest segments all the time outlives ${kills} SIGKILLs of its writer`, async (t) => {
  const seed = seedFrom('CRASH_SEED');
  t.diagnostic(`CRASH_SEED=${seed}`);
  const summary = await crashManyTimes(kills, seed, totalMB);
  t.diagnostic(JSON.stringify(summary));
  assert.ok(summary.pruned > 0, 'segments were deleted');
});
