// What holds of every page in every state.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { wrongOf } from './accessibility.ts';
import { cannotBrowse } from './integrity-support.ts';
import { openWalk, type Walk } from './walk.ts';

const skip = cannotBrowse;
let walk: Walk;
before(async () => {
  if (skip === false) walk = await openWalk();
});
after(async () => {
  if (skip === false) await walk.close();
});

test('Explore, access and sign-in keep the rules of WCAG 2.2 AA in every state, light and dark, wide and narrow', { skip }, async () => {
  const found = await wrongOf(walk, (name) => /^(explore|access|sign-in)/.test(name));
  assert.deepEqual(found, [], found.join('\n'));
});

test('records and proofs keep the rules of WCAG 2.2 AA in every state, light and dark, wide and narrow', { skip }, async () => {
  const found = await wrongOf(walk, (name) => !/^(explore|access|sign-in)/.test(name));
  assert.deepEqual(found, [], found.join('\n'));
});
