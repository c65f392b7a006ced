// What holds of every page in every state.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wrongOf } from './accessibility.ts';
import { cannotBrowse } from './browser.ts';
import { visitSite } from './visit.ts';
import { walkOf } from './walk.ts';

const skip = cannotBrowse;
const visited = visitSite();

test('Explore, access and sign-in keep the rules of WCAG 2.2 AA in every state, light and dark, wide and narrow', { skip }, async () => {
  const found = await wrongOf(walkOf(visited()), (name) => /^(explore|access|sign-in)/.test(name));
  assert.deepEqual(found, [], found.join('\n'));
});

test('records and proofs keep the rules of WCAG 2.2 AA in every state, light and dark, wide and narrow', { skip }, async () => {
  const found = await wrongOf(walkOf(visited()), (name) => !/^(explore|access|sign-in)/.test(name));
  assert.deepEqual(found, [], found.join('\n'));
});
