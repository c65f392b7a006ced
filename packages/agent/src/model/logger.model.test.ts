import { test } from 'node:test';
import { liveRandomly } from './lives.test.support.ts';

const firstSeed = Number(process.env['MODEL_SEED'] ?? 1);
const runs = Number(process.env['MODEL_RUNS'] ?? 75);

test(`${runs} random lives of a logger on a bad disk keep every promise`, async () => {
  await liveRandomly(firstSeed, runs);
});
