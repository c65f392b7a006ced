import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeBase64, utf8 } from './bytes.ts';
import { checkLine, erasedLeaf, isLogType, lineBytesMax, lineType, parseLine, typeStart } from './line.ts';
import { LogError } from './error.ts';

const line = '{"seq":7,"timestamp":"2026-11-24T14:03:22.118Z","type":"job_started","severity":"INFO","message":"Job started: scan"}';

function check(text: string | Uint8Array, seq = 7): string {
  const bytes = typeof text === 'string' ? utf8(text) : text;
  const padded = new Uint8Array(bytes.length + 20).fill(0x41);
  padded.set(bytes, 10);
  const result = checkLine(padded, 10, 10 + bytes.length, seq);
  return result.ok ? 'ok' : result.code;
}

function typeOf(text: string): string {
  const bytes = utf8(`xx${text}\n{"seq":8,"type":"next"}`);
  return lineType(bytes, 2, 2 + utf8(text).length);
}

test('a line is one JSON object that begins with the seq of its place', () => {
  assert.equal(check(line), 'ok');
  assert.equal(check('{"seq":0,"type":"ä"}', 0), 'ok');
  assert.equal(check(line, 8), 'LINE_SEQ');
  assert.equal(check('{"seq":07,"type":"a"}'), 'LINE_NOT_JSON');
  assert.equal(check('{ "seq":7,"type":"a"}'), 'LINE_SEQ');
  assert.equal(check('{"seq":7.0,"type":"a"}'), 'LINE_SEQ');
  assert.equal(check('{"type":"a","seq":7}'), 'LINE_SEQ');
  assert.equal(check('{"seq":71,"type":"a"}'), 'LINE_SEQ');
  assert.equal(check('[{"seq":7,"type":"a"}]'), 'LINE_NOT_JSON');
  assert.equal(check(''), 'LINE_NOT_JSON');
  assert.equal(check(`${line} `), 'LINE_NOT_JSON');
  assert.equal(check(`${line}\r`), 'LINE_NOT_JSON');
  assert.equal(check('{"seq":7,\r"type":"a"}'), 'LINE_NOT_JSON');
  assert.equal(check(`\u{feff}${line}`), 'LINE_NOT_JSON');
  assert.equal(check(line + line), 'LINE_NOT_JSON');
  assert.equal(check('\0'.repeat(512)), 'LINE_NOT_JSON');
});

test('a line that is not UTF-8, or too long, is refused', () => {
  const bytes = utf8(line);
  bytes[90] = 0xff;
  assert.equal(check(bytes), 'LINE_NOT_UTF8');
  const head = '{"seq":7,"message":"';
  assert.equal(check(`${head}${'a'.repeat(lineBytesMax - head.length - 2)}"}`), 'ok');
  assert.equal(check(`${head}${'a'.repeat(lineBytesMax - head.length - 1)}"}`), 'LINE_TOO_LONG');
});

test('the type is read from the bytes, whatever the timestamp looks like', () => {
  assert.equal(typeOf(line), 'job_started');
  assert.equal(typeOf('{"seq":123456789012345,"timestamp":"2026-11-24T02:30:33.837840462Z","type":"log.open","x":1}'), 'log.open');
  assert.equal(typeOf('{"seq":1,"type":"log.erased","leaf":""}'), 'log.erased');
  assert.equal(typeOf('{"seq":1,"timestamp":"","type":"été"}'), 'été');
});

test('a type in another place, with escapes, or cut off, is not to be had', () => {
  assert.equal(typeOf('{"seq":1,"severity":"INFO","type":"a"}'), '');
  assert.equal(typeOf('{"seq":1,"type":"a\\u0062"}'), '');
  assert.equal(typeOf('{"seq":1,"type":"abc'), '');
  assert.equal(typeOf('{"seq":1,"timestamp":"2026-11-24T14:03:22.118Z","ty'), '');
  assert.equal(typeOf('{"seq":1,"timestamp":2026'), '');
  assert.equal(typeOf('{"seq":,"type":"a"}'), '');
  assert.equal(typeOf('{"seq":1,"timestamp":"2026-11-24T14:03:22.118Z";"type":"a"}'), '');
  assert.equal(typeOf('{"seq":1,"timestamp":"2026-11-24T14:03:22.118Z\',"type":"a"}'), '');
  assert.equal(typeOf(''), '');
});

test('the type from the bytes is the type of the parsed line, or nothing', () => {
  const timestamps = fc.option(fc.string(), { nil: undefined });
  const types = fc.string({ unit: 'grapheme' });
  fc.assert(
    fc.property(fc.nat(), timestamps, types, fc.dictionary(fc.string(), fc.jsonValue()), (seq, timestamp, type, rest) => {
      const text = JSON.stringify({ seq, ...(timestamp === undefined ? {} : { timestamp }), type, rest });
      const found = typeOf(text);
      if (/["\\\u0000-\u001f\ud800-\udfff]/u.test(timestamp ?? '')) return;
      assert.equal(found, JSON.stringify(type) === `"${type}"` ? type : '');
    }),
  );
});

test('the log’s own types are told apart by four bytes', () => {
  const own = (text: string): boolean => isLogType(utf8(text), typeStart(utf8(text), 0, text.length));
  assert.equal(own('{"seq":1,"type":"log.open"}'), true);
  assert.equal(own('{"seq":1,"type":"logs"}'), false);
  assert.equal(own('{"seq":1,"type":"l'), false);
});

test('a stub keeps its leaf, and only in its exact form', () => {
  const leaf = Uint8Array.from({ length: 32 }, (_, i) => i * 7);
  const text = `{"seq":41,"type":"log.erased","leaf":"${encodeBase64(leaf)}"}`;
  const read = (stub: string): Uint8Array | undefined => {
    const bytes = utf8(`..${stub}..`);
    return erasedLeaf(bytes, 2, bytes.length - 2);
  };
  assert.deepEqual(read(text), leaf);
  assert.equal(read(line), undefined);
  assert.equal(read(text.replace('}', ' }')), undefined);
  assert.equal(read(text.replace('}', ',"x":1}')), undefined);
  assert.equal(read(text.replace('}', '}"}')), undefined);
  assert.equal(read(text.replace('"}', '"]')), undefined);
  assert.equal(read(text.replace('log.erased', 'log.erasee')), undefined);
  assert.equal(read(text.replace('="}', '_"}')), undefined);
  assert.equal(read(text.replace(/.="}/, '9="}')), undefined, 'unused bits that are not zero');
  const event = parseLine(text);
  assert.deepEqual(event, { seq: 41, timestamp: '', type: 'log.erased', severity: '', message: '', leaf: encodeBase64(leaf) });
});

const everything = {
  seq: 12,
  timestamp: '2026-11-24T02:30:33.837840462Z',
  type: 'tool_called',
  severity: 'ERROR',
  agent_id: 'scanner-7',
  tenant_id: 't',
  job_id: 'j-42',
  report_id: 'r-1',
  message: 'nuclei on web-01',
  error: 'ECONNRESET',
  duration_ms: 12.5,
  details: { tool: 'nuclei', nested: [1, null] },
  trace_id: '0af7651916cd43dd8448eb211c80319c',
  span_id: 'b7ad6b7169203331',
  parent_span_id: '00f067aa0ba902b7',
  actor: { type: 'user', id: 'u-1', name: 'Ada' },
  target: { type: 'host', id: 'web-01' },
  outcome: 'denied',
  recorded_at: '2026-11-24T02:30:34.000Z',
  invalid: ['tool: expected a string'],
  imported: { from: 'go', file_sha256: 'ab', line: 3 },
  truncated: { bytes: 70_000 },
};

test('a parsed line has camelCase names; unknown fields are passed over', () => {
  assert.deepEqual(parseLine(utf8(JSON.stringify({ ...everything, later: { version: 2 } }))), {
    seq: 12,
    timestamp: '2026-11-24T02:30:33.837840462Z',
    type: 'tool_called',
    severity: 'ERROR',
    agentId: 'scanner-7',
    tenantId: 't',
    jobId: 'j-42',
    reportId: 'r-1',
    message: 'nuclei on web-01',
    error: 'ECONNRESET',
    durationMs: 12.5,
    details: { tool: 'nuclei', nested: [1, null] },
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: '00f067aa0ba902b7',
    actor: { type: 'user', id: 'u-1', name: 'Ada' },
    target: { type: 'host', id: 'web-01' },
    outcome: 'denied',
    recordedAt: '2026-11-24T02:30:34.000Z',
    invalid: ['tool: expected a string'],
    imported: { from: 'go', fileSha256: 'ab', line: 3 },
    truncated: { bytes: 70_000 },
  });
  assert.deepEqual(parseLine(line), {
    seq: 7,
    timestamp: '2026-11-24T14:03:22.118Z',
    type: 'job_started',
    severity: 'INFO',
    message: 'Job started: scan',
  });
});

test('a field of the wrong kind refuses the line, by its name', () => {
  const wrong: Record<string, unknown> = {
    seq: -1,
    timestamp: '2026-11-24T02:30:33Z',
    type: 5,
    severity: 'info',
    agent_id: 1,
    tenant_id: null,
    job_id: {},
    report_id: [],
    message: undefined,
    error: { message: 'x' },
    duration_ms: '12',
    details: [],
    trace_id: 1,
    span_id: 1,
    parent_span_id: 1,
    actor: { type: 'robot', id: 'x' },
    target: { type: 'host' },
    outcome: 'maybe',
    recorded_at: '2026-11-24',
    invalid: 'yes',
    imported: { from: 'go', file_sha256: 'ab' },
    truncated: { bytes: 1.5 },
  };
  assert.deepEqual(Object.keys(wrong).toSorted(), Object.keys(everything).toSorted());
  for (const [name, value] of Object.entries(wrong)) {
    const refused = (error: unknown): boolean => error instanceof LogError && error.code === 'LINE_MALFORMED';
    assert.throws(() => parseLine(JSON.stringify({ ...everything, [name]: value })), refused, name);
  }
  for (const text of ['', '[]', 'null', '{"seq":1', '{"seq":1,"duration_ms":1e999}']) assert.throws(() => parseLine(text), LogError, text);
  assert.throws(() => parseLine(Uint8Array.of(0x7b, 0xff, 0x7d)), /not UTF-8/);
});

test('timestamps: UTC, at least milliseconds, every digit kept', () => {
  const at = (timestamp: string): string => parseLine(JSON.stringify({ ...everything, timestamp })).timestamp;
  const day = '2026-11-24T';
  for (const good of ['23:59:60.000Z', '14:03:22.118Z', '14:03:22.1180000001Z']) assert.equal(at(day + good), day + good);
  for (const bad of ['14:03:22.11Z', '14:03:22.118+00:00', '24:03:22.118Z', '14:03:22.118z', '14:03:61.118Z']) {
    assert.throws(() => at(day + bad), LogError, bad);
  }
  assert.throws(() => at('2026-13-24T14:03:22.118Z'), LogError);
});
