// How the package is had: by import, and from CommonJS.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as agentAudit from 'agent-audit';
import { runProgram, temporaryLog, wireEvents, wireLines } from './support.ts';

test('the package exports these values', () => {
  const names = ['AuditError', 'EventLogger', 'EventType', 'Logger', 'Severity', 'createLogger', 'defaultLoggerConfig', 'defineEvents'];
  assert.deepEqual(Object.keys(agentAudit).toSorted(), names);
});

const use = `
  const audit = createLogger({ agentId: 'scanner-7' });
  audit.info('agent_start', 'Ready');
  audit.stop().then(() => console.log(audit.health().sealer));`;

for (const [name, code, format] of [
  ['import', `import { createLogger } from 'agent-audit'; ${use}`, 'module'],
  ['import() from CommonJS', `import('agent-audit').then(({ createLogger }) => { ${use} });`, 'commonjs'],
] as const) {
  test(`${name} works`, async (t) => {
    const logFile = temporaryLog(t);
    const { code: status, stdout, stderr } = await runProgram(code, { AGENT_AUDIT_LOG: logFile }, { format });
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: 'worker\n', stderr: '' });
    assert.equal(wireEvents(logFile).length, 1);
  });
}

test('require() works where Node can require ES modules', async (t) => {
  if (!('require_module' in process.features)) return t.skip('this Node cannot');
  const logFile = temporaryLog(t);
  const code = `const { createLogger } = require('agent-audit'); ${use}`;
  const { stdout } = await runProgram(code, { AGENT_AUDIT_LOG: logFile }, { format: 'commonjs' });
  assert.equal(stdout, 'worker\n');
  assert.equal(wireEvents(logFile).length, 1);
});

test('a program that does not stop its logger ends by itself, sealed', async (t) => {
  const logFile = temporaryLog(t);
  const code = `import { createLogger } from 'agent-audit'; createLogger().info('agent_start', 'Ready');`;
  const { code: status, stderr } = await runProgram(code, { AGENT_AUDIT_LOG: logFile });
  assert.deepEqual({ status, stderr }, { status: 0, stderr: '' });
  assert.equal(wireEvents(logFile).length, 1);
  const audit = agentAudit.createLogger({ logFile });
  await audit.stop();
  // Nothing was left for recovery to do: no log.recovered between them.
  assert.deepEqual(wireLines(logFile).map(({ type }) => type), ['log.open', 'agent_start', 'log.close', 'log.open', 'log.close']);
});
