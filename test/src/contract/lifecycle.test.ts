// The rows of the seed's API: NewLogger, DefaultLoggerConfig, Start, Stop.
import assert from 'node:assert/strict';
import { readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { type AuditError, createLogger, defaultLoggerConfig, Logger } from 'agent-audit';
import { verifyLogFile } from 'agent-audit/files';
import { auditError, runProgram, said, temporaryFolder, temporaryLog, wireEvents, wireLines } from './support.ts';

test('no config works: the log is ~/.openctem/audit.log, the folder 0700, every file 0600', async (t) => {
  const home = temporaryFolder(t);
  const program = `
    process.umask(0);
    const { createLogger } = await import('agent-audit');
    const audit = createLogger();
    audit.info('agent_start', 'Ready');
    console.log(audit.logFile);
    await audit.stop();`;
  const { code, stdout, stderr } = await runProgram(program, { HOME: home });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  const logFile = join(home, '.openctem', 'audit.log');
  assert.equal(stdout, `${logFile}\n`);
  assert.deepEqual(wireEvents(logFile).map(said), [{ type: 'agent_start', severity: 'INFO', message: 'Ready' }]);
  const folder = dirname(logFile);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  const files = readdirSync(folder);
  assert.ok(files.includes('audit.key') && files.includes('audit-000000000000000.checkpoints'), files.join());
  for (const name of files) assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
});

test("defaultLoggerConfig() is the seed's: 100 MB, 30 days, 100 events, 5 s", () => {
  assert.deepEqual(defaultLoggerConfig(), {
    agentId: '',
    tenantId: '',
    logFile: join(homedir(), '.openctem', 'audit.log'),
    maxSizeMB: 100,
    maxAgeDays: 30,
    remoteEndpoint: '',
    bufferSize: 100,
    flushInterval: 5_000,
    verbose: false,
  });
});

test('a config made from the defaults can be handed in', async (t) => {
  const logFile = temporaryLog(t);
  const audit = createLogger({ ...defaultLoggerConfig(), logFile, agentId: 'scanner-7' });
  audit.info('agent_start', 'Ready');
  await audit.stop();
  assert.deepEqual(wireEvents(logFile).map(said), [{ type: 'agent_start', severity: 'INFO', agent_id: 'scanner-7', message: 'Ready' }]);
});

test("'' and 0 take defaults", async (t) => {
  const logFile = temporaryLog(t);
  const texts = { agentId: '', tenantId: '', remoteEndpoint: '' };
  const numbers = { maxSizeMB: 0, bufferSize: 0, flushInterval: 0, maxTotalSizeMB: 0, pendingBytesMax: 0 };
  const audit = createLogger({ logFile, ...texts, ...numbers });
  audit.info('agent_start', 'Ready');
  await audit.stop();
  assert.deepEqual(wireEvents(logFile).map(said), [{ type: 'agent_start', severity: 'INFO', message: 'Ready' }]);
  // A maximum of 0 MB or 0 bytes, taken as it stands, would have closed the segment or refused the event.
  assert.deepEqual(wireLines(logFile).map(({ type }) => type), ['log.open', 'agent_start', 'log.close']);
});

test('maxAgeDays: 0 is refused, and Infinity keeps for ever', async (t) => {
  const logFile = temporaryLog(t);
  assert.throws(() => new Logger({ logFile, maxAgeDays: 0 }), auditError('OPTION_INVALID', 'maxAgeDays', 'Infinity keeps for ever'));
  const audit = createLogger({ logFile, maxAgeDays: Infinity });
  await audit.stop();
});

test('logging before start() is recorded, and start() again is a no-op', async (t) => {
  const logFile = temporaryLog(t);
  const audit = new Logger({ logFile });
  assert.equal(audit.info('agent_start', 'before start'), 1);
  audit.start();
  audit.start();
  assert.equal(audit.info('agent_start', 'after start'), 2);
  await audit.stop();
  audit.start();
  assert.deepEqual(wireEvents(logFile).map(({ message }) => message), ['before start', 'after start']);
  const report = await verifyLogFile(logFile);
  assert.deepEqual({ problems: report.problems, unsigned: report.unsigned }, { problems: [], unsigned: 0 });
});

test('a logger that was never started keeps what was logged, sealed', async (t) => {
  const logFile = temporaryLog(t);
  const audit = new Logger({ logFile });
  audit.info('agent_start', 'Ready');
  await audit.stop();
  const report = await verifyLogFile(logFile);
  assert.deepEqual({ lines: report.lines, unsigned: report.unsigned, problems: report.problems }, { lines: 3, unsigned: 0, problems: [] });
});

test('stop() is idempotent, and what comes after it is told', async (t) => {
  const logFile = temporaryLog(t);
  const errors: AuditError[] = [];
  const audit = createLogger({ logFile, onError: (error) => errors.push(error) });
  audit.info('agent_start', 'Ready');
  await Promise.all([audit.stop(), audit.stop()]);
  await audit.stop();
  assert.equal(audit.health().state, 'stopped');
  assert.equal(audit.info('agent_stop', 'too late'), undefined);
  assert.equal(audit.jobStarted('j-1', 'scan'), undefined);
  assert.deepEqual(errors.map(({ code, action }) => [code, action]), [['LOGGER_STOPPED', 'drop']]);
  assert.match(errors[0]?.message ?? '', /agent_stop came after stop\(\)/);
  assert.deepEqual(wireLines(logFile).map(({ type }) => type), ['log.open', 'agent_start', 'log.close']);
  await assert.rejects(audit.flush(), auditError('LOGGER_STOPPED'));
  assert.throws(() => audit.setRemoteSender(() => {}), auditError('LOGGER_STOPPED'));
});

for (const count of [1_000, 50_000]) {
  test(`nothing logged before stop() is lost: ${count} events`, async (t) => {
    const logFile = temporaryLog(t);
    const audit = createLogger({ logFile, agentId: 'scanner-7' });
    for (let i = 0; i < count; i++) assert.equal(audit.info('scan_completed', `target ${i}`, { index: i }), i + 1);
    await audit.stop();
    const lines = wireLines(logFile);
    assert.deepEqual(lines.map(({ seq }) => seq), Array.from({ length: count + 2 }, (_, seq) => seq));
    const indexes = lines.slice(1, -1).map(({ details }) => (details as { index: number }).index);
    assert.deepEqual(indexes, Array.from({ length: count }, (_, i) => i));
    const report = await verifyLogFile(logFile, { origin: audit.origin });
    assert.deepEqual({ ok: report.ok, lines: report.lines, unsigned: report.unsigned }, { ok: true, lines: count + 2, unsigned: 0 });
  });
}

test('`await using` stops the logger', async (t) => {
  const logFile = temporaryLog(t);
  {
    await using audit = createLogger({ logFile });
    audit.info('agent_start', 'Ready');
  }
  assert.deepEqual(wireLines(logFile).map(({ type }) => type), ['log.open', 'agent_start', 'log.close']);
});

test('a log goes on where it ended', async (t) => {
  const logFile = temporaryLog(t);
  const first = createLogger({ logFile });
  first.info('agent_start', 'first');
  await first.stop();
  const second = createLogger({ logFile });
  assert.equal(second.info('agent_start', 'second'), 4);
  assert.equal(second.origin, first.origin);
  await second.stop();
  assert.deepEqual(wireLines(logFile).map(({ seq, type }) => [seq, type]), [
    [0, 'log.open'],
    [1, 'agent_start'],
    [2, 'log.close'],
    [3, 'log.open'],
    [4, 'agent_start'],
    [5, 'log.close'],
  ]);
});

test('a log has one writer: LOG_IN_USE names the file, the process, and what to do', async (t) => {
  const logFile = temporaryLog(t);
  const audit = createLogger({ logFile });
  assert.throws(() => new Logger({ logFile }), auditError('LOG_IN_USE', logFile, String(process.pid), '{slot}', /since \d{4}-/));
  await audit.stop();
  const next = createLogger({ logFile });
  await next.stop();
});

test('{slot} in the path is the first free number, reused', async (t) => {
  const folder = temporaryFolder(t);
  const logFile = join(folder, 'agent-{slot}', 'audit-{slot}.log');
  const zero = createLogger({ logFile });
  const one = createLogger({ logFile });
  assert.deepEqual([zero.logFile, one.logFile], [join(folder, 'agent-0', 'audit-0.log'), join(folder, 'agent-1', 'audit-1.log')]);
  const { origin } = zero;
  await zero.stop();
  const again = createLogger({ logFile });
  assert.deepEqual([again.logFile, again.origin], [join(folder, 'agent-0', 'audit-0.log'), origin]);
  await Promise.all([one.stop(), again.stop()]);
});
