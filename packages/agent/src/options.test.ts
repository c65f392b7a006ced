import assert from 'node:assert/strict';
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { judgeEnvironment, unknownVariables } from './environment.ts';
import { AuditError } from './error.ts';
import { type LoggerOptions, resolveOptions } from './options.ts';
import { compileRedactor } from './redact/index.ts';

const mib = 1024 * 1024;
const base: LoggerOptions = { logFile: '/logs/audit.log' };

function codeOf(options: object, environment: NodeJS.ProcessEnv = {}): string {
  try {
    resolveOptions({ ...base, ...options }, environment);
  } catch (error) {
    return error instanceof AuditError ? error.code : String(error);
  }
  return 'accepted';
}

const defaults = {
  agentId: undefined,
  tenantId: undefined,
  agent: hostname(),
  logFile: '/logs/audit.log',
  logFileFrom: 'option logFile',
  segmentBytesMax: 100 * mib,
  ageMsMax: 30 * 86_400_000,
  totalBytesMax: 2_048 * mib,
  freeBytesMin: 512 * mib,
  linesMax: 100,
  // flushInterval's 5 s, bounded by the format's one checkpoint a second.
  delayMsMax: 1_000,
  waitingBytesMax: 16 * mib,
  verbose: false,
  redactor: compileRedactor(),
  fileMode: 0o600,
  failClosed: false,
  hold: false,
  identityKey: undefined,
  traceContext: undefined,
  handleSignals: false,
  onError: undefined,
  remote: undefined,
};

test('defaults', () => {
  assert.deepEqual(resolveOptions(base, {}), defaults);
});

test("'', 0 and null take the default", () => {
  const texts = { agentId: '', tenantId: '', remoteEndpoint: '', remoteToken: '' };
  const zeros = { maxSizeMB: 0, maxTotalSizeMB: 0, minFreeDiskMB: 0, bufferSize: 0, flushInterval: 0, pendingBytesMax: 0 };
  assert.deepEqual(resolveOptions({ ...base, ...texts, ...zeros }, {}), defaults);
  const names = ['agentId', 'tenantId', 'maxSizeMB', 'maxAgeDays', 'verbose', 'remoteToken', 'events', 'identityKey', 'onError', 'env'];
  const nulls: object = Object.fromEntries(names.map((name) => [name, null]));
  assert.deepEqual(resolveOptions({ ...base, ...nulls }, {}), defaults);
  assert.equal(codeOf({ maxAgeDays: 0 }), 'OPTION_INVALID');
});

test('numbers are turned into bytes, milliseconds and lines', () => {
  const options = { maxSizeMB: 0.5, maxAgeDays: 1, maxTotalSizeMB: 2, bufferSize: 2.5, flushInterval: 20, pendingBytesMax: 7 };
  const { segmentBytesMax, ageMsMax, totalBytesMax, linesMax, delayMsMax, waitingBytesMax } = resolveOptions({ ...base, ...options }, {});
  assert.deepEqual([segmentBytesMax, ageMsMax, totalBytesMax], [mib / 2, 86_400_000, 2 * mib]);
  assert.deepEqual([linesMax, delayMsMax, waitingBytesMax], [3, 20, 7]);
});

test('maxTotalSizeMB leaves room for a closed segment: above maxSizeMB, and by default at least twice as much', () => {
  assert.equal(codeOf({ maxTotalSizeMB: 100 }), 'OPTION_INVALID');
  assert.equal(codeOf({ maxSizeMB: 5, maxTotalSizeMB: 5 }), 'OPTION_INVALID');
  assert.equal(codeOf({ maxSizeMB: Infinity, maxTotalSizeMB: 10_000 }), 'OPTION_INVALID');
  const totalMB = (maxSizeMB: number): number => resolveOptions({ ...base, maxSizeMB }, {}).totalBytesMax / mib;
  assert.deepEqual([5, 1_024, 3_000, Infinity].map(totalMB), [2_048, 2_048, 6_000, Infinity]);
  assert.equal(resolveOptions({ ...base, maxSizeMB: 5, maxTotalSizeMB: 5.5 }, {}).totalBytesMax, 5.5 * mib);
});

test('Infinity is for what may have no end', () => {
  const { segmentBytesMax, ageMsMax, totalBytesMax } = resolveOptions(
    { ...base, maxSizeMB: Infinity, maxAgeDays: Infinity, maxTotalSizeMB: Infinity },
    {},
  );
  assert.deepEqual([segmentBytesMax, ageMsMax, totalBytesMax], [Infinity, Infinity, Infinity]);
  for (const name of ['bufferSize', 'flushInterval', 'pendingBytesMax']) assert.equal(codeOf({ [name]: Infinity }), 'OPTION_INVALID', name);
  for (const name of ['maxSizeMB', 'maxAgeDays', 'bufferSize', 'flushInterval']) {
    assert.equal(codeOf({ [name]: -1 }), 'OPTION_INVALID', name);
    assert.equal(codeOf({ [name]: Number.NaN }), 'OPTION_INVALID', name);
  }
});

test('option, then environment, then default', () => {
  const environment = {
    AGENT_AUDIT_LOG: 'relative/audit.log',
    AGENT_AUDIT_AGENT_ID: 'env-agent',
    AGENT_AUDIT_TENANT_ID: 'env-tenant',
    AGENT_AUDIT_VERBOSE: 'TRUE',
  };
  const fromEnvironment = resolveOptions({}, environment);
  assert.deepEqual(
    [fromEnvironment.logFile, fromEnvironment.agentId, fromEnvironment.agent, fromEnvironment.tenantId, fromEnvironment.verbose],
    [resolve('relative/audit.log'), 'env-agent', 'env-agent', 'env-tenant', true],
  );
  const own = resolveOptions({ ...base, agentId: 'own', tenantId: 'own', verbose: false }, environment);
  assert.deepEqual([own.logFile, own.agentId, own.tenantId, own.verbose], ['/logs/audit.log', 'own', 'own', false]);
  assert.deepEqual(resolveOptions({ ...base, env: false }, environment), defaults);
  for (const [value, verbose] of [['1', true], ['true', true], ['0', false], ['false', false], ['', false]] as const) {
    assert.equal(resolveOptions(base, { AGENT_AUDIT_VERBOSE: value }).verbose, verbose, value);
  }
});

test('what is wrong in the environment is said of the variable', () => {
  const cases = [
    ['AGENT_AUDIT_VERBOSE', 'yes', 'OPTION_INVALID'],
    ['AGENT_AUDIT_VERBOSE', 'ture', 'OPTION_INVALID'],
    ['AGENT_AUDIT_REMOTE', 'collector.example', 'OPTION_INVALID'],
    ['AGENT_AUDIT_REMOTE', 'http://collector.example', 'OPTION_INVALID'],
    ['AGENT_AUDIT_REMOTE', 'https://user:secret@collector.example', 'OPTION_INVALID'],
  ] as const;
  for (const [name, value, code] of cases) {
    assert.throws(() => resolveOptions(base, { [name]: value }), {
      name: 'AuditError',
      code,
      message: new RegExp(`^variable ${name}\\b(?!.*secret)`),
    });
    assert.equal(codeOf({ env: false }, { [name]: value }), 'accepted');
    assert.equal(codeOf({}, { [name]: '' }), 'accepted');
  }
  assert.equal(codeOf({ verbose: true }, { AGENT_AUDIT_VERBOSE: 'yes' }), 'accepted', 'the option goes first');
  assert.equal(resolveOptions({}, { AGENT_AUDIT_LOG: '/logs/x.log' }).logFileFrom, 'variable AGENT_AUDIT_LOG');
});

test('an environment is judged as a logger takes it', () => {
  const env = { AGENT_AUDIT_TOKEN: 'x', AGENT_AUDIT_LOG: 'x', AGENT_AUDIT_REMOTE: '', AGENT_AUDIT_VERBOSE: 'yes', PATH: 'x' };
  assert.deepEqual(judgeEnvironment(env), {
    set: ['AGENT_AUDIT_LOG', 'AGENT_AUDIT_TOKEN', 'AGENT_AUDIT_VERBOSE'],
    unknown: [],
    unclear: ['AGENT_AUDIT_VERBOSE'],
  });
  for (const value of ['', '1', 'True', '0', 'false']) assert.deepEqual(judgeEnvironment({ AGENT_AUDIT_VERBOSE: value }).unclear, []);
  const meant = {
    AGENTID: 'AGENT_ID',
    LOG_FILE: 'LOG',
    LOGFILE: 'LOG',
    TENANT: 'TENANT_ID',
    REMOTE_TOKEN: 'TOKEN',
    REMOTE_ENDPOINT: 'REMOTE',
    VERBOS: 'VERBOSE',
    TOKENFILE: 'TOKEN_FILE',
    MAX_SIZE_MB: undefined,
    '': undefined,
  };
  for (const [name, known] of Object.entries(meant)) {
    const found = judgeEnvironment({ [`AGENT_AUDIT_${name}`]: 'x' }).unknown;
    assert.deepEqual(found, [{ name: `AGENT_AUDIT_${name}`, meant: known === undefined ? undefined : `AGENT_AUDIT_${known}` }], name);
  }
});

test('a variable that the logger does not know is told, with the name that was meant', () => {
  assert.deepEqual(unknownVariables({ AGENT_AUDIT_COLLECTOR: 'https://collector.example', AGENT_AUDIT_COLLECTOR_CONFIG: 'x' }), []);
  const told = unknownVariables({ AGENT_AUDIT_LOG: 'x', AGENT_AUDIT_AGENTID: 'x', AGENT_AUDIT_COLOUR: 'x', OTHER_AGENT_AUDIT_X: 'x' });
  assert.deepEqual(
    told.map(({ code, action, message }) => [code, action, message.replace(/^(variable \S+) .* (?=Did|Known)/, '$1: ')]),
    [
      ['OPTION_UNKNOWN', 'drop', 'variable AGENT_AUDIT_AGENTID: Did you mean AGENT_AUDIT_AGENT_ID?'],
      [
        'OPTION_UNKNOWN',
        'drop',
        'variable AGENT_AUDIT_COLOUR: Known variables: AGENT_AUDIT_LOG, AGENT_AUDIT_AGENT_ID, AGENT_AUDIT_TENANT_ID, ' +
          'AGENT_AUDIT_REMOTE, AGENT_AUDIT_TOKEN, AGENT_AUDIT_TOKEN_FILE, AGENT_AUDIT_VERBOSE',
      ],
    ],
  );
});

test('a collector: https, or http to this machine, or to another one where that is said', () => {
  const remote = (options: LoggerOptions, env: NodeJS.ProcessEnv = {}): unknown => resolveOptions(options, env).remote;
  const insecure = ['http://collector.example', 'http://10.0.0.1:7411'];
  const refused = ['ftp://h', 'h:7411', ...insecure, 'https://u:p@h', 'https://h/?t=1', 'https://h/#t'];
  for (const remoteEndpoint of refused) assert.equal(codeOf({ remoteEndpoint }), 'OPTION_INVALID', remoteEndpoint);
  const taken = ['https://collector.example/fleet', 'http://127.0.0.1:7411', 'http://localhost:7411', 'http://[::1]:7411'];
  for (const remoteEndpoint of taken) assert.equal(codeOf({ remoteEndpoint }), 'accepted', remoteEndpoint);
  assert.equal(codeOf({ remoteEndpoint: 'http://collector.example', remoteInsecure: true }), 'accepted');
  assert.equal(remote({ ...base, remoteToken: 'secret' }, { AGENT_AUDIT_TOKEN: 'secret' }), undefined, 'a token alone ships nothing');
  const env = { AGENT_AUDIT_REMOTE: 'https://a.example', AGENT_AUDIT_TOKEN_FILE: '/run/secrets/token', HTTPS_PROXY: 'proxy:3128' };
  const none = { http: undefined, no: undefined };
  const resolved = { endpoint: 'https://a.example', cosigners: [], ca: undefined, proxies: { ...none, https: 'proxy:3128' } };
  assert.deepEqual(remote(base, env), { ...resolved, token: { file: '/run/secrets/token' } });
  assert.deepEqual(remote(base, { ...env, AGENT_AUDIT_TOKEN: 'secret' }), { ...resolved, token: 'secret' });
  assert.equal(remote({ ...base, env: false }, env), undefined);
  const remoteEndpoint = 'https://b.example';
  const log = 'scanner-7+00000000+AQ==';
  const broken: LoggerOptions[] = [{ remoteKey: log }, { remoteCa: 'no certificate' }, { remoteCa: { file: '/nowhere/ca.pem' } }];
  for (const options of broken) assert.equal(codeOf({ remoteEndpoint, ...options }), 'OPTION_INVALID', JSON.stringify(options));
  assert.equal(codeOf({ remoteEndpoint }, { HTTPS_PROXY: 'ftp://proxy' }), 'OPTION_INVALID');
  assert.equal(codeOf({ remoteEndpoint, remoteToken: {} }), 'OPTION_INVALID');
});

test('what is refused', () => {
  assert.equal(codeOf({ agentID: 'x' }), 'OPTION_UNKNOWN');
  assert.equal(codeOf({ constructor: 1 }), 'OPTION_UNKNOWN');
  assert.equal(codeOf({ agentId: 7 }), 'OPTION_INVALID');
  assert.equal(codeOf({ events: { 'log.open': {} } }), 'OPTION_INVALID');
});
