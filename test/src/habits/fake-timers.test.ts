// Fake timers belong to the program's own tests. A log that stood still with them would keep flush() and stop() waiting for ever.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from 'agent-audit';
import { start } from '../program.ts';
import { assertClosed, temporaryFolder } from './log.ts';

for (const sealedOn of ['worker', 'main'] as const) {
  test(`under fake timers the log is sealed, on ${sealedOn}, at the machine's time`, async (t) => {
    const logFile = join(temporaryFolder(t), 'audit.log');
    const { code, stdout, stderr } = await start('habits/fake-timers-program', logFile, sealedOn).ended;
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `sealed 2 by ${sealedOn} true\n`);
    await assertClosed(logFile, ['under fake timers']);
  });
}

test('with the timers of node:test mocked, flush() and stop() resolve', async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  t.mock.timers.enable();
  const audit = createLogger({ logFile, env: false });
  audit.info('scan_started', 'mocked');
  await audit.flush();
  await audit.stop();
  t.mock.timers.reset();
  await assertClosed(logFile, ['mocked']);
});
