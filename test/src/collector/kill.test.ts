import { test } from 'node:test';
import { cannotCollect } from './collector.ts';
import { killCollector } from './kill-support.ts';

const kills = 5;

test(`a collector killed ${kills} times while it takes lines in keeps all that it cosigned, once`, { skip: cannotCollect }, async (t) => {
  await killCollector(t, kills);
});
