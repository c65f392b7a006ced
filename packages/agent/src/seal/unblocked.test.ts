import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestLogger, type TestLogger } from '../testing/index.ts';

async function pass({ clock }: TestLogger, ms: number): Promise<void> {
  clock.advance(ms);
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
}

test('sealing that was blocked is well again once it seals, also when a failed sync and a new segment came in between', async () => {
  const logger = createTestLogger();
  const { audit, disk } = logger;
  await pass(logger, 10);
  audit.info('agent_error', 'written, not sealed');
  audit.writeNow();
  disk.fill();
  await pass(logger, 1_100);
  assert.deepEqual(audit.health().reasons.map(({ code }) => code), ['SEALING_FAILED']);
  disk.heal();
  disk.failNextSync('EIO');
  await pass(logger, 5_000);
  audit.info('agent_error', 'sealed');
  const flushed = audit.flush();
  await pass(logger, 1_100);
  await flushed;
  const { state, reasons, size, checkpointSize } = audit.health();
  assert.equal(checkpointSize, size);
  assert.deepEqual(reasons, []);
  assert.equal(state, 'ok');
  const stopped = audit.stop();
  await pass(logger, 1_100);
  await stopped;
});
