import { test } from 'node:test';
import { liveRandomly } from './lives.test.support.ts';

const runs = 1_500;

test(`${runs} random lives of a logger on a bad disk keep every promise`, async () => {
  await liveRandomly(1, runs);
});
