import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { AuditError, createLogger } from '../index.ts';

const folder = mkdtempSync(join(tmpdir(), 'agent-audit-stack-'));
after(() => rmSync(folder, { recursive: true }));

test('a program that uses up its stack while it logs leaves a whole log, and what had no room is counted in it', async () => {
  const logFile = join(folder, 'audit.log');
  const refusals: AuditError[] = [];
  const audit = createLogger({ agentId: 'deep', logFile, env: false, onError: (error) => void refusals.push(error) });
  let logged = 0;
  const recurse = (): void => {
    audit.info('agent_error', 'deeper', { depth: logged++, nested: { list: [1, 2, { three: 3 }] } });
    recurse();
  };
  for (let i = 0; i < 5; i++) {
    assert.throws(recurse, RangeError);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await audit.flush().catch((error: unknown) => assert.equal(error instanceof AuditError && error.code, 'EVENTS_LOST'));
  const { size, checkpointSize, lost } = audit.health();
  assert.equal(checkpointSize, size);
  await audit.stop();
  assert.deepEqual(refusals.filter(({ code }) => code === 'LOG_REFUSED'), []);
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n');
  const events = lines.map((line): unknown => JSON.parse(line));
  for (const [index, event] of events.entries()) assert.equal(field(event, 'seq'), index);
  const losses = events.filter((event) => field(event, 'type') === 'log.loss');
  const counts = losses.map((event) => Number(field(field(event, 'details'), 'events')));
  assert.equal(counts.reduce((sum, count) => sum + count, 0), lost.events);
});

function field(value: unknown, name: string): unknown {
  assert(typeof value === 'object' && value !== null);
  return new Map<string, unknown>(Object.entries(value)).get(name);
}
