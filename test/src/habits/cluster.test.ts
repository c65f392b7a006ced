// node:cluster: workers are processes, and a log has one writer.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { start } from '../program.ts';
import { assertClosed, temporaryFolder } from './log.ts';

test('{slot} gives each worker its own log, and the worker that takes a dead one’s place gets its log and origin', async (t) => {
  const folder = temporaryFolder(t);
  const cluster = start('habits/cluster-program', join(folder, 'audit-{slot}.log'));
  const workers = [await cluster.answer('worker '), await cluster.answer('worker ')].map((text) => text.split(' '));
  const files = workers.map(([, logFile = '']) => logFile);
  assert.deepEqual(files.toSorted(), [join(folder, 'audit-0.log'), join(folder, 'audit-1.log')]);

  const [[pid = '', ...held] = []] = workers;
  cluster.child.stdin?.write(`${pid}\n`);
  const [, ...again] = (await cluster.answer('worker ')).split(' ');
  assert.deepEqual(again, held, 'the same file, the same origin');

  cluster.child.stdin?.end('end\n');
  assert.equal((await cluster.ended).code, 0);
  await assertClosed(files[0] ?? '', ['worker', 'worker']);
  await assertClosed(files[1] ?? '', ['worker']);
  assert.deepEqual(readdirSync(folder).filter((name) => name.includes('.lock-')), []);
});

test('one file for all workers: one gets it, the others are refused', async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const cluster = start('habits/cluster-program', logFile);
  const said = [await cluster.answer('worker '), await cluster.answer('worker ')].map((text) => text.split(' ').slice(1, 3).join(' '));
  assert.equal(said.filter((text) => text === 'refused LOG_IN_USE').length, 1, said.join());
  assert.equal(said.filter((text) => text.startsWith(logFile)).length, 1, said.join());
  cluster.child.stdin?.end('end\n');
  assert.equal((await cluster.ended).code, 0);
  await assertClosed(logFile, ['worker']);
});
