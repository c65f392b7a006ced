import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLine, lineBytesMax, parseLine, type RecordedEvent } from '@agent-audit/log';
import { type EncodableEvent, LineEncoder, type Scope } from './index.ts';

const timeMs = Date.UTC(2026, 10, 24, 14, 3, 22, 118);
const identity = { agentId: 'scanner-7', tenantId: 'acme' };

function taken(encoder: LineEncoder): string {
  const text = encoder.bytes.toString('utf8', 0, encoder.length);
  encoder.clear();
  return text;
}

function lineOf(event: Partial<EncodableEvent>, scope?: Scope): string {
  const encoder = new LineEncoder();
  encoder.appendEvent(5, timeMs, { type: 't', message: 'm', ...event }, scope);
  return taken(encoder);
}

function recordedOf(event: Partial<EncodableEvent>, scope?: Scope): RecordedEvent {
  return parseLine(lineOf(event, scope).trimEnd());
}

test('the common form: order of the fields, identity, empty fields left out', () => {
  const encoder = new LineEncoder(identity);
  encoder.append(0, timeMs, 'agent_start', 'INFO', 'Scanner ready', undefined, { version: '1.4.2' }, undefined);
  encoder.append(1, timeMs + 1, 'agent_stop', 'DEBUG', '', null, {}, undefined);
  encoder.append(2, timeMs + 1, 'upload_failed', 'ERROR', 'Upload failed', new Error('socket hang up'), undefined, {
    jobId: 'j-42',
    reportId: 'r-1',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: '00f067aa0ba902b7',
    actor: { type: 'user', id: 'u-1', name: 'Ada' },
    target: { type: 'host', id: 'web-01' },
  });
  assert.equal(
    taken(encoder),
    '{"seq":0,"timestamp":"2026-11-24T14:03:22.118Z","type":"agent_start","severity":"INFO","agent_id":"scanner-7",' +
      '"tenant_id":"acme","message":"Scanner ready","details":{"version":"1.4.2"}}\n' +
      '{"seq":1,"timestamp":"2026-11-24T14:03:22.119Z","type":"agent_stop","severity":"DEBUG","agent_id":"scanner-7",' +
      '"tenant_id":"acme","message":""}\n' +
      '{"seq":2,"timestamp":"2026-11-24T14:03:22.119Z","type":"upload_failed","severity":"ERROR","agent_id":"scanner-7",' +
      '"tenant_id":"acme","job_id":"j-42","report_id":"r-1","message":"Upload failed","error":"socket hang up",' +
      '"trace_id":"4bf92f3577b34da6a3ce929d0e0e4736","span_id":"00f067aa0ba902b7",' +
      '"actor":{"type":"user","id":"u-1","name":"Ada"},"target":{"type":"host","id":"web-01"}}\n',
  );
});

test('the general form: every field in its place', () => {
  const encoder = new LineEncoder(identity);
  encoder.appendEvent(9_007_199_254_740_991, timeMs, {
    timestamp: '2026-11-24T15:00:00.123456789+01:00',
    type: 'job_completed',
    severity: 'WARN',
    tenantId: 'other',
    jobId: 'j-42',
    message: 'Job completed successfully',
    error: 'none',
    durationMs: 3_200.5,
    details: { findings_count: 212 },
    traceId: 'a',
    spanId: 'b',
    parentSpanId: 'c',
    outcome: 'success',
    invalid: ['details.x is missing'],
    imported: { from: 'go', fileSha256: 'ab'.repeat(32), line: 17 },
  });
  assert.equal(
    taken(encoder),
    '{"seq":9007199254740991,"timestamp":"2026-11-24T14:00:00.123456789Z","type":"job_completed","severity":"WARN",' +
      '"agent_id":"scanner-7","tenant_id":"other","job_id":"j-42","message":"Job completed successfully","error":"none",' +
      '"duration_ms":3200.5,"details":{"findings_count":212},"trace_id":"a","span_id":"b","parent_span_id":"c",' +
      '"outcome":"success","recorded_at":"2026-11-24T14:03:22.118Z","invalid":["details.x is missing"],' +
      `"imported":{"from":"go","file_sha256":"${'ab'.repeat(32)}","line":17}}\n`,
  );
});

test('an event says whom it is about before its scope does, and the scope before the identity', () => {
  const encoder = new LineEncoder(identity);
  encoder.appendEvent(0, timeMs, { type: 't', message: '', jobId: 'own' }, { jobId: 'scope', agentId: 'scope', reportId: '' });
  assert.match(taken(encoder), /"agent_id":"scope","tenant_id":"acme","job_id":"own","message"/);
  encoder.setIdentity('later', undefined);
  encoder.append(1, timeMs, 't', 'INFO', '', undefined, undefined, undefined);
  encoder.append(2, timeMs, 't', 'INFO', '', undefined, undefined, { jobId: 'j' });
  assert.match(taken(encoder), /"agent_id":"later","message":""}\n.*"agent_id":"later","job_id":"j","message":""}\n$/);
});

test('scopes that take turns keep their own fields', () => {
  const encoder = new LineEncoder(identity);
  const one: Scope = { jobId: 'one' };
  const two: Scope = { agentId: 'a2', actor: { type: 'system', id: '' } };
  for (const scope of [one, two, undefined, one, undefined, two]) encoder.append(0, timeMs, 't', 'INFO', '', undefined, undefined, scope);
  const seen = taken(encoder).trimEnd().split('\n').map((line) => parseLine(line));
  assert.deepEqual(seen.map(({ jobId }) => jobId), ['one', undefined, undefined, 'one', undefined, undefined]);
  assert.deepEqual(seen.map(({ agentId }) => agentId), ['scanner-7', 'a2', 'scanner-7', 'scanner-7', 'scanner-7', 'a2']);
  assert.deepEqual(seen.map(({ invalid }) => invalid?.length), [undefined, 1, undefined, undefined, undefined, 1]);
});

test('texts are cut to their limits at a character, and truncated says how long the line was at least', () => {
  for (const [piece, bytes] of [['a', 1], ['é', 2], ['€', 3], ['😀', 4], ['\ud800', 3]] as const) {
    for (const pad of ['', 'x', 'xx', 'xxx']) {
      const { jobId = '', truncated } = recordedOf({ jobId: pad + piece.repeat(300) });
      assert.equal(Buffer.byteLength(jobId), pad.length + Math.floor((256 - pad.length) / bytes) * bytes);
      assert.ok(truncated !== undefined && truncated.bytes > 300);
      const { message } = recordedOf({ message: pad + piece.repeat(9_000) });
      assert.equal(Buffer.byteLength(message), pad.length + Math.floor((8_192 - pad.length) / bytes) * bytes);
    }
  }
  assert.equal(recordedOf({ message: 'a'.repeat(8_192) }).truncated, undefined);
  assert.equal(recordedOf({ message: 'a'.repeat(8_193) }).message, 'a'.repeat(8_192));
  assert.equal(recordedOf({ type: 'é'.repeat(200) }).type, 'é'.repeat(128));
});

test('a text of line feeds or quotes is kept to its limit; of control characters, a third of it', () => {
  assert.equal(recordedOf({ message: '\n'.repeat(8_192) }).truncated, undefined);
  assert.equal(recordedOf({ message: '"\\'.repeat(5_000) }).message.length, 8_192);
  assert.equal(recordedOf({ message: '\u0001'.repeat(8_192) }).message.length, Math.floor(16_384 / 6));
});

test('the largest line of all still fits, whatever its seq', () => {
  const worst = '\u0001'.repeat(10_000);
  const about = { agentId: worst, tenantId: worst, jobId: worst, reportId: worst, traceId: worst, spanId: worst, parentSpanId: worst };
  const party = { type: worst, id: worst, name: worst };
  const event = { ...about, type: worst, message: worst, error: worst, target: party, actor: { ...party, type: 'user' as const } };
  const invalid = Array.from({ length: 40 }, () => worst);
  const imported = { from: worst, fileSha256: worst, line: 1 };
  const details = { d: worst.repeat(10) };
  const encoder = new LineEncoder();
  for (const seq of [0, Number.MAX_SAFE_INTEGER]) {
    encoder.appendEvent(seq, timeMs, { ...event, invalid, imported, outcome: 'denied', durationMs: 1e-7, details });
    assert.deepEqual(checkLine(encoder.bytes, 0, encoder.length - 1, seq), { ok: true, seq });
    const { details: kept, truncated } = parseLine(taken(encoder).trimEnd());
    assert.ok(String(kept?.['truncated']).startsWith('{"d":"\\u0001'));
    assert.ok(truncated !== undefined && truncated.bytes > lineBytesMax);
  }
});

test('details fit to the last byte, and one byte more is cut', () => {
  const encoder = new LineEncoder();
  const append = (units: number): RecordedEvent => {
    encoder.append(9_007_199_254_740_991, timeMs, 't', 'INFO', 'm', undefined, { d: 'x'.repeat(units) }, { jobId: 'j', traceId: 'tr' });
    assert.deepEqual(checkLine(encoder.bytes, 0, encoder.length - 1, 9_007_199_254_740_991).ok, true);
    return parseLine(taken(encoder).trimEnd());
  };
  encoder.append(9_007_199_254_740_991, timeMs, 't', 'INFO', 'm', undefined, { d: '' }, { jobId: 'j', traceId: 'tr' });
  const most = lineBytesMax - (taken(encoder).length - 1);
  assert.equal(append(most).details?.['d'], 'x'.repeat(most));
  const { details, truncated } = append(most + 1);
  assert.match(String(details?.['truncated']), /^\{"d":"x+$/);
  assert.ok(truncated !== undefined && truncated.bytes >= lineBytesMax - 23);
});

test('a cut message and details that would just have fitted: the mark of the cut has its room', () => {
  const encoder = new LineEncoder();
  for (let units = 57_000; units < 57_400; units++) {
    encoder.append(0, timeMs, 't', 'INFO', 'm'.repeat(9_000), undefined, { d: 'x'.repeat(units) }, undefined);
    assert.ok(checkLine(encoder.bytes, 0, encoder.length - 1, 0).ok);
    assert.ok(encoder.length - 1 + 15 <= lineBytesMax);
    const { details, truncated } = parseLine(taken(encoder).trimEnd());
    assert.ok(details?.['d'] === 'x'.repeat(units) || String(details?.['truncated']).startsWith('{"d":"xxx'));
    assert.ok(truncated !== undefined && truncated.bytes > 57_000 + 9_000);
  }
});

test('a type that is cut is told as cut every time', () => {
  const encoder = new LineEncoder();
  for (let i = 0; i < 3; i++) {
    encoder.append(0, timeMs, 't'.repeat(300), 'INFO', 'm', undefined, undefined, undefined);
    const { type, truncated } = parseLine(taken(encoder).trimEnd());
    assert.equal(type, 't'.repeat(256));
    assert.ok(truncated !== undefined && truncated.bytes > 300);
  }
});

test('details that are no object become the value of one; what JSON leaves out is left out', () => {
  assert.deepEqual(recordedOf({ details: 'text' }).details, { value: 'text' });
  assert.deepEqual(recordedOf({ details: [1, [2]] }).details, { value: [1, [2]] });
  assert.deepEqual(recordedOf({ details: new Date(0) }).details, { value: '1970-01-01T00:00:00.000Z' });
  assert.deepEqual(recordedOf({ details: 0 }).details, { value: 0 });
  assert.deepEqual(recordedOf({ details: { toJSON: () => null } }).details, { value: null });
  for (const nothing of [undefined, null, {}, { a: undefined }, { toJSON: () => undefined }]) {
    assert.equal(recordedOf({ details: nothing }).details, undefined);
  }
  assert.match(lineOf({ details: Array.from({ length: 40_000 }, () => 1) }), /"details":\{"truncated":"\[1,1,/);
});

test('what a field does not take is told in invalid', () => {
  const event = {
    severity: 'LOUD',
    timestamp: 'yesterday',
    durationMs: -1,
    outcome: 'done',
    actor: { type: 'robot', id: 'r2' },
    target: 'host',
    imported: { from: 'go', fileSha256: '', line: 1.5 },
    invalid: ['by its schema'],
  } as unknown as EncodableEvent;
  const recorded = recordedOf(event);
  assert.deepEqual(recorded.invalid, [
    'by its schema',
    'timestamp: "yesterday" is not a valid Date or RFC 3339 time',
    'severity: "LOUD" is not DEBUG, INFO, WARN, ERROR or CRITICAL',
    'duration_ms: -1 is not a number of milliseconds, 0 or more',
    'actor: {"type":"robot","id":"r2","name":""} is not {type: user, service, agent or system, id, name?}',
    'target: {"type":"","id":"host","name":""} is not {type, id, name?}',
    'outcome: "done" is not success, failure, denied, timeout or unknown',
    'imported.line: 1.5 is not the number of a line',
  ]);
  assert.equal(recorded.severity, 'INFO');
  assert.equal(recorded.timestamp, '2026-11-24T14:03:22.118Z');
  assert.equal(recorded.recordedAt, undefined);
});

test('a message of any kind is a text', () => {
  const messages: [unknown, string][] = [
    [undefined, ''],
    [null, ''],
    [42, '42'],
    [10n, '10'],
    [Symbol('s'), '[Symbol: s]'],
    [{ a: [1] }, '{"a":[1]}'],
    [new Error('outer', { cause: 'inner' }), 'outer; caused by: inner'],
  ];
  for (const [message, expected] of messages) assert.equal(recordedOf({ message } as Partial<EncodableEvent>).message, expected);
  assert.equal(recordedOf({ type: '' }).type, 'unknown');
});

test('nothing that was given is changed, and each getter runs once', () => {
  let runs = 0;
  const details = { get a() { runs++; return { get toJSON() { runs++; return 5; } }; } };
  const event = Object.freeze({ type: 't', message: 'm', get jobId() { runs++; return 'j'; }, details: Object.freeze(details) });
  assert.deepEqual(recordedOf(event).details, { a: { toJSON: 5 } });
  // The spread of recordedOf reads jobId and details; what is left are the two getters inside of details.
  assert.equal(runs, 3);
});
