// Configuration: option before environment before default; what is refused, and how it is said.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { createLogger, defaultLoggerConfig, Logger } from 'agent-audit';
import { auditError, runProgram, said, setEnvironment, temporaryFolder, temporaryLog, wireEvents } from './support.ts';

test('environment: AGENT_AUDIT_LOG, _AGENT_ID and _TENANT_ID', async (t) => {
  const logFile = temporaryLog(t);
  setEnvironment(t, { AGENT_AUDIT_LOG: logFile, AGENT_AUDIT_AGENT_ID: 'env-agent', AGENT_AUDIT_TENANT_ID: 'env-tenant' });
  const audit = createLogger();
  audit.info('agent_start', 'Ready');
  await audit.stop();
  assert.deepEqual(wireEvents(logFile).map(said), [
    { type: 'agent_start', severity: 'INFO', agent_id: 'env-agent', tenant_id: 'env-tenant', message: 'Ready' },
  ]);
  assert.match(audit.origin, /^env-agent\/[0-9a-f]{32}$/);
  const { agentId, tenantId, logFile: shown } = defaultLoggerConfig();
  assert.deepEqual({ agentId, tenantId, shown }, { agentId: 'env-agent', tenantId: 'env-tenant', shown: logFile });
});

test('an option goes before the environment; an empty option does not', async (t) => {
  const logFile = temporaryLog(t);
  const other = temporaryLog(t);
  setEnvironment(t, { AGENT_AUDIT_LOG: other, AGENT_AUDIT_AGENT_ID: 'env-agent', AGENT_AUDIT_TENANT_ID: 'env-tenant' });
  const audit = createLogger({ logFile, agentId: 'own', tenantId: '' });
  audit.info('agent_start', 'Ready');
  await audit.stop();
  assert.deepEqual(wireEvents(logFile).map(said), [
    { type: 'agent_start', severity: 'INFO', agent_id: 'own', tenant_id: 'env-tenant', message: 'Ready' },
  ]);
  assert.throws(() => wireEvents(other), { code: 'ENOENT' });
});

test('env: false ignores the environment', async (t) => {
  const logFile = temporaryLog(t);
  const ids = { AGENT_AUDIT_AGENT_ID: 'env-agent', AGENT_AUDIT_TENANT_ID: 'env-tenant' };
  setEnvironment(t, { ...ids, AGENT_AUDIT_VERBOSE: '1', AGENT_AUDIT_REMOTE: 'https://collector.example' });
  const audit = createLogger({ logFile, env: false });
  audit.info('agent_start', 'Ready');
  await audit.stop();
  assert.deepEqual(wireEvents(logFile).map(said), [{ type: 'agent_start', severity: 'INFO', message: 'Ready' }]);
});

test('a path that begins with ~/ is in the home directory, a relative one in the working directory', async (t) => {
  const home = temporaryFolder(t);
  const program = `
    const { Logger } = await import('agent-audit');
    process.chdir(process.env.HOME);
    for (const logFile of ['~/a/audit.log', 'b/audit.log']) {
      const audit = new Logger({ logFile });
      console.log(audit.logFile);
      await audit.stop();
    }`;
  const { stdout } = await runProgram(program, { HOME: home });
  assert.equal(stdout, `${join(home, 'a/audit.log')}\n${join(home, 'b/audit.log')}\n`);
});

test('an unknown option is refused with a suggestion', (t) => {
  const logFile = temporaryLog(t);
  const refused = (options: object): (() => Logger) => () => new Logger({ logFile, ...options });
  assert.throws(refused({ tenantID: 'x' }), auditError('OPTION_UNKNOWN', '"tenantID"', 'Did you mean tenantId?'));
  assert.throws(refused({ MaxSizeMB: 5 }), auditError('OPTION_UNKNOWN', 'Did you mean maxSizeMB?'));
  assert.throws(refused({ flushIntervall: 5 }), auditError('OPTION_UNKNOWN', 'Did you mean flushInterval?'));
  assert.throws(refused({ colour: 'red' }), auditError('OPTION_UNKNOWN', 'Known options: agentId, tenantId, logFile'));
});

test('an option of the wrong kind is refused by name', (t) => {
  const logFile = temporaryLog(t);
  const cases: readonly (readonly [object, string])[] = [
    [{ maxSizeMB: '100' }, 'option maxSizeMB: a value of type string was given, a number is needed'],
    [{ maxSizeMB: -1 }, 'option maxSizeMB: -1 is not a number above 0'],
    [{ maxAgeDays: Number.NaN }, 'option maxAgeDays: NaN is not'],
    [{ bufferSize: Infinity }, 'option bufferSize: Infinity is not a number above 0 and up to'],
    [{ verbose: 'yes' }, 'option verbose'],
    [{ onError: true }, 'option onError'],
    [{ identityKey: { publicKey: new Uint8Array(3), sign: () => {} } }, 'option identityKey'],
    [{ events: { tool_called: {} } }, 'option events: "tool_called" has no Standard Schema'],
    [{ env: true }, 'option env'],
  ];
  for (const [options, text] of cases) {
    assert.throws(() => new Logger({ logFile, ...options }), auditError('OPTION_INVALID', text), text);
  }
  assert.throws(() => Reflect.construct(Logger, ['audit.log']), auditError('OPTION_INVALID', 'an object is needed'));
});

test('a remoteEndpoint that would be read by others is refused, never silently ignored', (t) => {
  const logFile = temporaryLog(t);
  const remoteEndpoint = 'http://collector.example';
  const refusal = auditError('OPTION_INVALID', 'remoteInsecure');
  assert.throws(() => new Logger({ logFile, remoteEndpoint }), refusal);
  setEnvironment(t, { AGENT_AUDIT_REMOTE: remoteEndpoint });
  assert.throws(() => new Logger({ logFile }), refusal);
});

test('a home that cannot be written to: LOG_NOT_WRITABLE names path, uid and AGENT_AUDIT_LOG', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'file');
  writeFileSync(file, '');
  const program = `
    const { createLogger } = await import('agent-audit');
    try { createLogger(); } catch (error) { console.log(error.code + ' ' + error.message); }`;
  const cases = [
    { HOME: file, path: join(file, '.openctem', 'audit.log') },
    { HOME: '', path: '~/.openctem/audit.log' },
  ];
  for (const { HOME, path } of cases) {
    const { stdout } = await runProgram(program, { HOME });
    const uid = String(process.getuid?.());
    assert.ok(stdout.startsWith(`LOG_NOT_WRITABLE ${path} cannot be written by uid ${uid}: `), stdout);
    assert.match(stdout, /AGENT_AUDIT_LOG/);
  }
});

test('an unprivileged uid, with and without an entry in passwd', async (t) => {
  if (process.getuid?.() !== 0) return t.skip('only root can become another user');
  const folder = temporaryFolder(t);
  const readOnly = join(folder, 'read-only');
  mkdirSync(readOnly, { mode: 0o755 });
  // No module is read after the change of user: its files may not be that user's to read.
  const program = `
    const { Logger } = await import('agent-audit');
    process.setgid(54321);
    process.setuid(54321);
    for (const options of [{}, { logFile: '/audit.log' }, { logFile: process.env.READ_ONLY + '/logs/audit.log' }]) {
      try { new Logger(options); } catch (error) { console.log(error.code + ' ' + error.message); }
    }`;
  const { stdout, stderr } = await runProgram(program, { READ_ONLY: readOnly });
  const lines = stdout.trimEnd().split('\n');
  assert.equal(lines.length, 3, stdout + stderr);
  assert.match(lines[0] ?? '', /^LOG_NOT_WRITABLE ~\/\.openctem\/audit\.log cannot be written by uid 54321: there is no home directory/);
  assert.match(lines[1] ?? '', /^LOG_NOT_WRITABLE \/audit\.log cannot be written by uid 54321: EACCES/);
  assert.ok(lines[2]?.startsWith(`LOG_NOT_WRITABLE ${readOnly}/logs/audit.log cannot be written by uid 54321: EACCES`), lines[2]);
  for (const line of lines) assert.match(line, /AGENT_AUDIT_LOG/);
});

test('a name that no log can have is refused', (t) => {
  const folder = temporaryFolder(t);
  const logFile = join(folder, 'audit-000000000000007.log');
  assert.throws(() => new Logger({ logFile }), auditError('OPTION_INVALID', 'logFile'));
});

test('identityKey: PEM, or a signer whose key lives elsewhere; no key file is made', async (t) => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const logFile = temporaryLog(t);
  const audit = createLogger({ logFile, agentId: 'a', identityKey: pem });
  await audit.stop();
  const again = createLogger({ logFile, agentId: 'a', identityKey: pem });
  assert.equal(again.origin, audit.origin);
  assert.equal(again.health().state, 'ok');
  await again.stop();
  assert.throws(() => wireEvents(join(dirname(logFile), 'audit.key')), { code: 'ENOENT' });
});
