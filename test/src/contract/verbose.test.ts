// The row Verbose.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram, temporaryFolder, wireEvents } from './support.ts';

const program = `
  const { createLogger } = await import('agent-audit');
  const audit = createLogger(process.env.OPTIONS === undefined ? {} : JSON.parse(process.env.OPTIONS));
  audit.info('agent_start', 'Ready', { version: '1.4.2' });
  audit.error('upload_failed', 'Upload failed', new Error('ECONNRESET', { cause: new Error('socket hang up') }));
  audit.withContext({ jobId: 'j-42' }).resourceThrottle('cpu');
  await audit.stop();`;

const shown =
  '[TIME] [INFO] agent_start: Ready\n' +
  '[TIME] [ERROR] upload_failed: Upload failed\n' +
  '  Error: ECONNRESET; caused by: socket hang up\n' +
  '[TIME] [WARN] resource_throttle: Resource throttling activated: cpu\n';

const time = /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\]/gm;

test('verbose shows each event on stderr, as the seed did, and nothing on stdout', async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const { code, stdout, stderr } = await runProgram(program, { AGENT_AUDIT_LOG: logFile, OPTIONS: '{"verbose":true}' });
  assert.deepEqual({ code, stdout, stderr: stderr.replaceAll(time, '[TIME]') }, { code: 0, stdout: '', stderr: shown });
  assert.equal(wireEvents(logFile).length, 3);
});

test('AGENT_AUDIT_VERBOSE switches it on, verbose: false off again', async (t) => {
  const AGENT_AUDIT_LOG = join(temporaryFolder(t), 'audit.log');
  const on = await runProgram(program, { AGENT_AUDIT_LOG, AGENT_AUDIT_VERBOSE: 'true' });
  assert.equal(on.stderr.replaceAll(time, '[TIME]'), shown);
  const off = await runProgram(program, { AGENT_AUDIT_LOG, AGENT_AUDIT_VERBOSE: '1', OPTIONS: '{"verbose":false}' });
  assert.equal(off.stderr, '');
  const quiet = await runProgram(program, { AGENT_AUDIT_LOG });
  assert.equal(quiet.stderr, '');
});

test('the time is local', async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const TZ = 'Asia/Kathmandu';
  const { stderr } = await runProgram(program, { AGENT_AUDIT_LOG: logFile, AGENT_AUDIT_VERBOSE: '1', TZ });
  const [event] = wireEvents(logFile);
  const local = new Date(String(event?.['timestamp'])).toLocaleString('sv-SE', { timeZone: TZ });
  // A second may have begun between the event's time and the line's: both are taken from one reading of the clock.
  assert.ok(stderr.startsWith(`[${local}] [INFO] agent_start: Ready\n`), stderr);
});

test('control and bidirectional characters are escaped, in every part of the line', async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const hostile = `
    const { createLogger } = await import('agent-audit');
    const audit = createLogger({ verbose: true, onError: () => {} });
    audit.error('a\\u001b[2Jb', 'one\\ntwo\\r\\u0000\\u009b31m', new Error('\\u202egnp.exe'));
    audit.log({ type: 't', severity: 'X\\u0007', message: 'm' });
    await audit.stop();`;
  const { stderr } = await runProgram(hostile, { AGENT_AUDIT_LOG: logFile });
  assert.equal(
    stderr.replaceAll(time, '[TIME]'),
    '[TIME] [ERROR] a\\u001b[2Jb: one\\u000atwo\\u000d\\u0000\\u009b31m\n  Error: \\u202egnp.exe\n[TIME] [X\\u0007] t: m\n',
  );
});

test('a reader of stderr that went away costs the lines, not the events', async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const reader = (child: ChildProcess): void => void child.stderr?.destroy();
  const { code } = await runProgram(program, { AGENT_AUDIT_LOG: logFile, AGENT_AUDIT_VERBOSE: '1' }, { onStart: reader });
  assert.equal(code, 0);
  assert.equal(wireEvents(logFile).length, 3);
});
