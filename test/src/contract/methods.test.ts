// The rows of the seed's API that log: Log, Info, Error, JobStarted, JobCompleted, JobFailed, ChunkUploaded, ResourceThrottle; and
// the fields, types and severities of an event on the wire.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createLogger, EventType, type Logger, type LoggerOptions, Severity } from 'agent-audit';
import { said, temporaryLog, type WireEvent, wireEvents, wireLines } from './support.ts';

/** What a logger writes while `use` has it. */
async function recorded(t: TestContext, use: (audit: Logger) => void, options: LoggerOptions = {}): Promise<WireEvent[]> {
  const logFile = temporaryLog(t);
  const audit = createLogger({ logFile, onError: () => {}, ...options });
  use(audit);
  await audit.stop();
  return wireEvents(logFile);
}

const methods = [
  'log',
  'debug',
  'info',
  'warn',
  'error',
  'critical',
  'jobStarted',
  'jobCompleted',
  'jobFailed',
  'chunkUploaded',
  'resourceThrottle',
] as const;

/** Calls a method as a caller without types may. */
function callUntyped(audit: Logger, method: (typeof methods)[number], given: readonly unknown[]): void {
  const log: (...args: never[]) => unknown = audit[method].bind(audit);
  Reflect.apply(log, audit, given);
}

const cyclic: Record<string, unknown> = {};
cyclic['self'] = cyclic;

/** Objects of every kind that could make a careless logger throw. */
const hostile: readonly unknown[] = [
  undefined,
  null,
  '',
  'text',
  0,
  Number.NaN,
  1n,
  true,
  Symbol('s'),
  () => {},
  [1, [2]],
  new Map([[1, 2]]),
  new Error('e'),
  cyclic,
  Object.create(null),
  { get bad(): never { throw new Error('getter'); } },
  { toJSON: (): never => { throw new Error('toJSON'); } },
  { toString: (): never => { throw new Error('toString'); } },
  new Proxy({}, { ownKeys: (): never => { throw new Error('ownKeys'); }, get: (): never => { throw new Error('get'); } }),
];

test('log() sets time, severity, agent and tenant where missing, and returns the seq', async (t) => {
  const before = new Date().toISOString();
  const [event, next] = await recorded(
    t,
    (audit) => {
      assert.equal(audit.log({ type: 'agent_start', message: 'Ready' }), 1);
      assert.equal(audit.log({ type: 'agent_stop', message: 'Done' }), 2);
    },
    { agentId: 'scanner-7', tenantId: 'acme' },
  );
  assert.ok(event !== undefined && next !== undefined);
  const { seq, timestamp, ...rest } = event;
  assert.equal(seq, 1);
  assert.match(String(timestamp), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(String(timestamp) >= before && String(timestamp) <= new Date().toISOString());
  assert.deepEqual(rest, { type: 'agent_start', severity: 'INFO', agent_id: 'scanner-7', tenant_id: 'acme', message: 'Ready' });
});

test("log() takes every field, in camelCase, and writes it by its name on the wire, in the seed's order", async (t) => {
  const [event] = await recorded(t, (audit) => {
    audit.log({
      timestamp: '2026-11-24T14:03:22.118500Z',
      type: 'job_failed',
      severity: Severity.Critical,
      agentId: 'a',
      tenantId: 't',
      jobId: 'j',
      reportId: 'r',
      message: 'm',
      error: new Error('boom'),
      durationMs: 12.5,
      details: { k: 'v' },
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      parentSpanId: '00f067aa0ba902b7',
      actor: { type: 'user', id: 'u-1', name: 'Ada' },
      target: { type: 'host', id: 'web-01' },
      outcome: 'failure',
    });
  });
  const { recorded_at: recordedAt, seq: _seq, ...rest } = event ?? { seq: -1, type: '' };
  assert.match(String(recordedAt), /^\d{4}-.*Z$/);
  assert.deepEqual(rest, {
    timestamp: '2026-11-24T14:03:22.118500Z',
    type: 'job_failed',
    severity: 'CRITICAL',
    agent_id: 'a',
    tenant_id: 't',
    job_id: 'j',
    report_id: 'r',
    message: 'm',
    error: 'boom',
    duration_ms: 12.5,
    details: { k: 'v' },
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
    parent_span_id: '00f067aa0ba902b7',
    actor: { type: 'user', id: 'u-1', name: 'Ada' },
    target: { type: 'host', id: 'web-01' },
    outcome: 'failure',
  });
  const seedOrder = 'seq timestamp type severity agent_id tenant_id job_id report_id message error duration_ms details'.split(' ');
  assert.deepEqual(Object.keys(event ?? {}).slice(0, seedOrder.length), seedOrder);
});

test('empty optional fields are not written', async (t) => {
  const [event] = await recorded(t, (audit) => {
    audit.log({ type: 'agent_start', message: 'm', jobId: '', reportId: '', error: '', details: {}, traceId: '' });
  });
  assert.deepEqual(said(event ?? { seq: -1, type: '' }), { type: 'agent_start', severity: 'INFO', message: 'm' });
});

test('debug, info, warn, error and critical have their severities', async (t) => {
  const events = await recorded(t, (audit) => {
    audit.debug('agent_start', 'm', { n: 1 });
    audit.info('agent_start', 'm', { n: 2 });
    audit.warn('agent_start', 'm', { n: 3 });
    audit.error('agent_start', 'm', undefined, { n: 4 });
    audit.critical('agent_start', 'm', { n: 5 });
    audit.info('agent_start', 'm');
  });
  const severities = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL'];
  const expected = severities.map((severity, i) => ({ type: 'agent_start', severity, message: 'm', details: { n: i + 1 } }));
  assert.deepEqual(events.map(said), [...expected, { type: 'agent_start', severity: 'INFO', message: 'm' }]);
});

test('error() keeps the message of any thrown value, and the chain of causes', async (t) => {
  const root = new Error('ECONNRESET');
  const chain = new Error('upload failed', { cause: new TypeError('request failed', { cause: root }) });
  const both = new AggregateError([new Error('a'), new Error('b')], 'both');
  const thrown: readonly unknown[] = [chain, 'a text', 42, { message: 'like an error' }, both, null, undefined];
  const events = await recorded(t, (audit) => {
    for (const value of thrown) audit.error('upload_failed', 'Upload failed', value);
  });
  const told = 'upload failed; caused by: request failed; caused by: ECONNRESET';
  const expected = [told, 'a text', '42', 'like an error', 'both [a | b]', undefined, undefined];
  assert.deepEqual(events.map(({ error }) => error), expected);
  assert.ok(events.every(({ severity }) => severity === 'ERROR'));
});

test('jobStarted: the message, details.job_type, and the caller\'s object as it was', async (t) => {
  const details = Object.freeze({ target: 'web-01' });
  const [event, bare] = await recorded(t, (audit) => {
    audit.jobStarted('j-42', 'scan', details);
    audit.jobStarted('j-43', 'scan');
  });
  assert.deepEqual(said(event ?? { seq: -1, type: '' }), {
    type: 'job_started',
    severity: 'INFO',
    job_id: 'j-42',
    message: 'Job started: scan',
    details: { target: 'web-01', job_type: 'scan' },
  });
  assert.deepEqual(bare?.['details'], { job_type: 'scan' });
  assert.deepEqual(details, { target: 'web-01' });
});

test('jobCompleted: duration_ms in milliseconds', async (t) => {
  const events = await recorded(t, (audit) => audit.jobCompleted('j-42', 3_200, { findings: 212 }));
  const message = 'Job completed successfully';
  assert.deepEqual(events.map(said), [
    { type: 'job_completed', severity: 'INFO', job_id: 'j-42', message, duration_ms: 3_200, details: { findings: 212 } },
  ]);
});

test('jobFailed: severity ERROR and the error', async (t) => {
  const events = await recorded(t, (audit) => {
    audit.jobFailed('j-42', new Error('timeout'), { attempt: 3 });
    audit.jobFailed('j-43');
  });
  assert.deepEqual(events.map(said), [
    { type: 'job_failed', severity: 'ERROR', job_id: 'j-42', message: 'Job failed', error: 'timeout', details: { attempt: 3 } },
    { type: 'job_failed', severity: 'ERROR', job_id: 'j-43', message: 'Job failed' },
  ]);
});

test('chunkUploaded: index 2 of 5 is chunk 3/5', async (t) => {
  const events = await recorded(t, (audit) => audit.chunkUploaded('r-7', 2, 5, 65_536));
  assert.deepEqual(events.map(said), [
    {
      type: 'chunk_uploaded',
      severity: 'INFO',
      report_id: 'r-7',
      message: 'Chunk 3/5 uploaded',
      details: { chunk_index: 2, total_chunks: 5, size_bytes: 65_536 },
    },
  ]);
});

test('resourceThrottle: severity WARN, the reason in the message, the metrics as details', async (t) => {
  const events = await recorded(t, (audit) => {
    audit.resourceThrottle('cpu 95 %', { cpu: 95 });
    audit.resourceThrottle('memory');
  });
  assert.deepEqual(events.map(said), [
    { type: 'resource_throttle', severity: 'WARN', message: 'Resource throttling activated: cpu 95 %', details: { cpu: 95 } },
    { type: 'resource_throttle', severity: 'WARN', message: 'Resource throttling activated: memory' },
  ]);
});

test('there are exactly these 25 event types', () => {
  const names =
    'agent_start agent_stop agent_error job_received job_started job_completed job_failed job_timeout scan_started scan_completed ' +
    'scan_failed upload_started upload_completed upload_failed upload_retry chunk_created chunk_uploaded chunk_failed chunk_cleanup ' +
    'resource_throttle resource_resume resource_warning auth_failed rate_limited validation_error';
  assert.deepEqual(Object.values(EventType), names.split(' '));
  for (const [name, type] of Object.entries(EventType)) {
    assert.equal(name.replaceAll(/(?<!^)[A-Z]/g, (letter) => `_${letter}`).toLowerCase(), type);
  }
});

test('there are exactly these severities', () => {
  assert.deepEqual(Severity, { Debug: 'DEBUG', Info: 'INFO', Warn: 'WARN', Error: 'ERROR', Critical: 'CRITICAL' });
});

test('every type is recorded as it is, and so is any other of a caller\'s own', async (t) => {
  const types = [...Object.values(EventType), 'tool_called', 'catalogue'];
  const events = await recorded(t, (audit) => {
    for (const type of types) audit.info(type, 'm');
  });
  assert.deepEqual(events.map(({ type }) => type), types);
  assert.ok(events.every(({ invalid }) => invalid === undefined));
});

test("the log's own types are not a caller's to use: kept under another name, marked, counted, told", async (t) => {
  const logFile = temporaryLog(t);
  const codes: string[] = [];
  const audit = createLogger({ logFile, onError: ({ code }) => codes.push(code) });
  audit.info('log.prune', 'm', { next: 1_000 });
  audit.log({ type: 'log.close', message: 'm' });
  callUntyped(audit, 'info', [new Error('log.open'), 'm']);
  assert.equal(audit.health().invalid.events, 3);
  await audit.stop();
  assert.deepEqual(wireLines(logFile).map(({ type }) => type), ['log.open', 'log_prune', 'log_close', 'log_open', 'log.close']);
  assert.deepEqual(wireEvents(logFile)[0]?.['invalid'], ["type: log.prune is one of the log's own"]);
  assert.deepEqual([...new Set(codes)], ['EVENT_INVALID']);
});

test('setTenantId: from then on, for loggers with a context too', async (t) => {
  const events = await recorded(t, (audit) => {
    const job = audit.withContext({ jobId: 'j-1' });
    audit.info('agent_start', 'before');
    job.info('job_started', 'before');
    audit.setTenantId('acme');
    audit.info('agent_start', 'after');
    job.info('job_started', 'after');
    audit.log({ type: 'agent_start', message: 'own', tenantId: 'other' });
  }, { agentId: 'scanner-7' });
  assert.deepEqual(events.map(({ tenant_id: tenantId }) => tenantId), [undefined, undefined, 'acme', 'acme', 'other']);
  assert.ok(events.every(({ agent_id: agentId }) => agentId === 'scanner-7'));
});

test('no method throws on anything that it is given, and each call is a line', async (t) => {
  const fillers = ['a', 'b', 'c', 'd'];
  const calls = hostile.flatMap((value) =>
    methods.flatMap((method) => [0, 1, 2, 3].map((place) => ({ method, given: fillers.map((text, i) => (i === place ? value : text)) }))),
  );
  for (const options of [{}, { failClosed: true }]) {
    const events = await recorded(
      t,
      (audit) => {
        for (const { method, given } of calls) callUntyped(audit, method, given);
        for (const value of hostile) {
          const texts = { type: value, severity: value, message: value, error: value, jobId: value };
          callUntyped(audit, 'log', [{ ...texts, details: value, timestamp: value, durationMs: value, actor: value }]);
        }
      },
      options,
    );
    assert.equal(events.length, calls.length + hostile.length);
  }
});

test("the caller's objects are not changed", async (t) => {
  const details = { nested: { list: [1, { deep: true }] }, when: new Date(0) };
  const actor = { type: 'user' as const, id: 'u' };
  const event = { type: 'agent_start', message: 'm', details, actor, error: new Error('e') };
  const before = structuredClone({ ...event, error: undefined });
  await recorded(t, (audit) => {
    audit.log(event);
    audit.info('agent_start', 'm', details);
    audit.jobStarted('j', 'scan', details);
    audit.resourceThrottle('r', details);
    audit.withContext({ actor }).info('agent_start', 'm', details);
  });
  assert.deepEqual({ ...event, error: undefined }, before);
});
