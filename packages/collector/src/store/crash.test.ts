import { test } from 'node:test';
import { killAgainAndAgain } from './crash.test.support.ts';
import { cannotEmbed } from './store.test.support.ts';

test('nothing acknowledged is missing, and nothing doubled, after 8 kills', { skip: cannotEmbed }, async (t) => {
  await killAgainAndAgain(t, 8);
});
