// The row WithContext → ContextLogger, and runWithContext.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from 'agent-audit';
import { createTestLogger } from 'agent-audit/testing';
import { said, temporaryLog, wireEvents } from './support.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

test('withContext binds every id to all log methods', async (t) => {
  const logFile = temporaryLog(t);
  const audit = createLogger({ logFile, agentId: 'own', tenantId: 'own' });
  const job = audit.withContext({
    jobId: 'j-42',
    reportId: 'r-7',
    traceId,
    spanId,
    actor: { type: 'user', id: 'u-1' },
    target: { type: 'host', id: 'web-01' },
    agentId: 'a',
    tenantId: 't',
  });
  job.debug('scan_started', 'm');
  job.info('scan_started', 'm');
  job.warn('scan_started', 'm');
  job.error('scan_failed', 'm', new Error('e'));
  job.critical('scan_failed', 'm');
  job.log({ type: 'scan_started', message: 'm' });
  job.jobCompleted('j-own', 5);
  job.resourceThrottle('cpu');
  job.chunkUploaded('r-own', 0, 1, 5);
  audit.info('agent_stop', 'outside');
  await audit.stop();
  const ids = {
    agent_id: 'a',
    tenant_id: 't',
    job_id: 'j-42',
    report_id: 'r-7',
    trace_id: traceId,
    span_id: spanId,
    actor: { type: 'user', id: 'u-1' },
    target: { type: 'host', id: 'web-01' },
  };
  const events = wireEvents(logFile);
  const outside = events.pop();
  const own = [undefined, undefined, undefined, undefined, undefined, undefined, { job_id: 'j-own' }, undefined, { report_id: 'r-own' }];
  for (const [index, event] of events.entries()) {
    const names = Object.keys({ ...ids, ...own[index] });
    const has = Object.fromEntries(names.map((name) => [name, event[name]]));
    assert.deepEqual(has, { ...ids, ...own[index] }, event.type);
  }
  assert.equal(events.length, own.length);
  const unbound = { type: 'agent_stop', severity: 'INFO', agent_id: 'own', tenant_id: 'own', message: 'outside' };
  assert.deepEqual(said(outside ?? { seq: -1, type: '' }), unbound);
});

test('withContext nests: what the inner one leaves open is inherited', () => {
  const { audit, events } = createTestLogger();
  const job = audit.withContext({ jobId: 'j-42', reportId: 'r-1' });
  const report = job.withContext({ reportId: 'r-2', traceId, jobId: undefined });
  report.withContext({ jobId: '' }).info('scan_started', 'm');
  job.info('scan_started', 'm');
  assert.deepEqual(
    events().map((event) => [event.jobId, event.reportId, event.traceId]),
    [
      ['j-42', 'r-2', traceId],
      ['j-42', 'r-1', undefined],
    ],
  );
});

test('runWithContext reaches deep calls, across await, timers and callbacks, and nothing outside', async () => {
  const { audit, events } = createTestLogger();
  const deep = async (name: string): Promise<void> => {
    await Promise.resolve();
    audit.info('scan_started', `${name} await`);
    await new Promise<void>((resolve) => {
      setImmediate(() => {
        audit.info('scan_started', `${name} immediate`);
        queueMicrotask(() => {
          audit.jobCompleted('', 1);
          setTimeout(() => {
            audit.info('scan_started', `${name} timer`);
            resolve();
          });
        });
      });
    });
  };
  const result = audit.runWithContext({ jobId: 'j-1' }, () => {
    audit.info('scan_started', 'sync');
    return Promise.all([deep('j-1'), audit.runWithContext({ jobId: 'j-2', reportId: 'r-2' }, () => deep('j-2'))]).then(() => 'result');
  });
  audit.info('agent_start', 'outside');
  assert.equal(await result, 'result');
  audit.info('agent_start', 'outside');
  const all = events();
  assert.equal(all.length, 11);
  for (const { message, jobId, reportId, type } of all) {
    if (type === 'job_completed') continue;
    const expected = message === 'outside' ? [undefined, undefined] : message.startsWith('j-2') ? ['j-2', 'r-2'] : ['j-1', undefined];
    assert.deepEqual([jobId, reportId], expected, message);
  }
  const completed = all.filter(({ type }) => type === 'job_completed').map(({ jobId }) => jobId);
  assert.deepEqual(new Set(completed), new Set(['j-1', 'j-2']));
});

test('runWithContext hands back what fn returns and throws what fn throws', () => {
  const { audit } = createTestLogger();
  assert.equal(audit.runWithContext({ jobId: 'j' }, () => 42), 42);
  const thrown = new Error('of fn');
  assert.throws(() => audit.runWithContext({ jobId: 'j' }, () => { throw thrown; }), thrown);
});

test("of one id the event's own goes first, then withContext's, then runWithContext's, then the logger's", () => {
  const { audit, events } = createTestLogger({ agentId: 'logger', tenantId: 'logger' });
  audit.runWithContext({ jobId: 'run', reportId: 'run', tenantId: 'run', traceId }, () => {
    const bound = audit.withContext({ jobId: 'with', reportId: 'with' });
    bound.log({ type: 'scan_started', message: 'm', jobId: 'event' });
    bound.info('scan_started', 'm');
    bound.info('scan_started', 'm');
  });
  const expected = { reportId: 'with', tenantId: 'run', agentId: 'logger', traceId };
  assert.deepEqual(
    events().map(({ jobId, reportId, tenantId, agentId, traceId: trace }) => ({ jobId, reportId, tenantId, agentId, traceId: trace })),
    ['event', 'with', 'with'].map((jobId) => ({ jobId, ...expected })),
  );
});

test('two loggers do not mix', () => {
  const one = createTestLogger();
  const two = createTestLogger();
  one.audit.runWithContext({ jobId: 'j-1' }, () => two.audit.info('scan_started', 'm'));
  assert.equal(two.events()[0]?.jobId, undefined);
});

test('traceContext gives every event its trace; a tracer that throws costs the trace only', () => {
  let traces: 'on' | 'off' | 'broken' = 'on';
  const { audit, events } = createTestLogger({
    traceContext: () => {
      if (traces === 'broken') throw new Error('tracer');
      return traces === 'on' ? { traceId, spanId } : undefined;
    },
  });
  audit.info('scan_started', 'm');
  traces = 'off';
  audit.info('scan_started', 'm');
  traces = 'broken';
  audit.info('scan_started', 'm');
  const nothing = [undefined, undefined];
  assert.deepEqual(events().map((event) => [event.traceId, event.spanId]), [[traceId, spanId], nothing, nothing]);
});
