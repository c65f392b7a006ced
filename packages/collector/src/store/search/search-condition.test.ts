import { test } from 'node:test';
import { cannotEmbed } from '../store.test.support.ts';
import { trySearches } from './search-condition.test.support.ts';

test('60 searches find in the store what the matcher finds on the lines', { skip: cannotEmbed }, async (t) => {
  await trySearches(t, 60, 7);
});
