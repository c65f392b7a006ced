import { test } from 'node:test';
import { killWithinOperations } from './operation-crash-support.ts';

const kills = 12;

test(`${kills} kills within operations: each open one is told of once, and no other`, async () => {
  await killWithinOperations(kills);
});
