import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from './bytes.ts';
import { LogError } from './error.ts';
import { type LogDetails, logEventTypes } from './event.ts';
import { parseLogLine } from './line.ts';

const time = '2026-11-24T14:03:22.118Z';
const open = { format: 1, origin: 'a/0', vkey: 'k', host: 'h', pid: 4711, node: '20.19.0', version: '0.1.0', first: 0 };

/** Of every type the least that it may say, and the most. */
const examples: { readonly [T in keyof LogDetails]: readonly LogDetails[T][] } = {
  'log.open': [
    open,
    {
      ...open,
      previous: { origin: 'a/1', why: 'TRUNCATED' },
      open_operations: [{ seq: 3, span_id: 'b7ad6b7169203331' }],
      open_operations_omitted: 2,
    },
  ],
  'log.close': [{ reason: 'stop' }, { reason: 'rotate' }],
  'log.recovered': [
    {},
    { torn_bytes: 512, torn_sha256: 'ab', torn_files: ['audit-000000000000007.torn'], sealed_from: 5, sealed_to: 6, successor: 'absent' },
  ],
  'log.loss': [
    { events: 3, first_at: time, last_at: time, why: 'ENOSPC', counts: [{ type: 'a', severity: 'INFO', events: 1 }], other: 2 },
    { events: 0, first_at: time, last_at: time, why: 'ENOSPC', counts: [], other: 0 },
  ],
  'log.prune': [{ next: 8192, bytes: 1_048_576, why: 'age' }],
  'log.erasure': [{ seqs: [41, 42], why: 'personal data', by: 'dpo@example.com' }],
  'log.orphan': [{ seq: 41, span_id: 'b7ad6b7169203331' }],
};

function lineOf(type: string, details: unknown): Uint8Array {
  return utf8(JSON.stringify({ seq: 9, timestamp: time, type, severity: 'INFO', message: 'm', details }));
}

test('the details of every type are read back as they were written', () => {
  assert.deepEqual([...Object.keys(examples), 'log.erased'], [...logEventTypes]);
  for (const [type, list] of Object.entries(examples)) {
    for (const details of list) {
      assert.deepEqual(parseLogLine(lineOf(type, details)), { kind: 'known', line: { seq: 9, type, details } });
      assert.deepEqual(parseLogLine(lineOf(type, { ...details, later: 1 })), { kind: 'known', line: { seq: 9, type, details } });
    }
  }
});

test('each field of the wrong kind, and each one missing that may not be, refuses the line', () => {
  const fullest = { ...examples['log.recovered'][1], ...examples['log.open'][1] };
  const optional = Object.keys(fullest).filter((name) => !Object.hasOwn(open, name));
  const refused = (error: unknown): boolean =>
    error instanceof LogError && error.code === 'LINE_MALFORMED' && error.message.startsWith('line 9: ');
  for (const [type, list] of Object.entries(examples)) {
    assert.throws(() => parseLogLine(lineOf(type, undefined)), refused);
    for (const [name, value] of list.flatMap((details) => Object.entries(details))) {
      const details = list.find((candidate) => Object.hasOwn(candidate, name));
      for (const wrong of [null, true, typeof value === 'number' ? '1' : 1, [null]]) {
        assert.throws(() => parseLogLine(lineOf(type, { ...details, [name]: wrong })), refused, `${type} ${name} ${JSON.stringify(wrong)}`);
      }
      if (optional.includes(name)) continue;
      assert.throws(() => parseLogLine(lineOf(type, { ...details, [name]: undefined })), refused, `${type} without ${name}`);
    }
  }
  assert.throws(() => parseLogLine(lineOf('log.close', { reason: 'other' })), refused);
  assert.throws(() => parseLogLine(lineOf('log.recovered', { successor: 'there' })), refused);
});

test('a type of a later version is no error; a newer format is told before its details are read', () => {
  assert.deepEqual(parseLogLine(lineOf('log.future', {})), { kind: 'unknown', seq: 9, type: 'log.future' });
  assert.deepEqual(parseLogLine(lineOf('log.open', { format: 2 })), { kind: 'newer-format', seq: 9, format: 2 });
  assert.throws(() => parseLogLine(utf8('[]')), LogError);
  assert.throws(() => parseLogLine(Uint8Array.of(0xff)), LogError);
});
