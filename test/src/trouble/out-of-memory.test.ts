import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { programFile, run } from '../program.ts';
import { assertSound, numbers, numbersIn, temporaryFolder } from './account.ts';

test('a sealing thread that runs out of memory is replaced, three times; then the main thread seals, and nothing is lost', async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const { code, stdout, stderr } = await run(process.execPath, [programFile('trouble/out-of-memory-program'), logFile]).ended;
  assert.equal(code, 0, stdout + stderr);
  const [sealer, ...told] = stdout.trim().split('\n');
  assert.equal(sealer, 'main');
  assert.deepEqual(told.map((line) => line.split(' ')[0]), ['SEALER_GONE', 'SEALER_GONE', 'SEALER_GONE']);
  for (const line of told) assert.match(line, /memory/);
  assert.deepEqual(await numbersIn(logFile), numbers(40));
  await assertSound(logFile);
});
