import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLine } from '@agent-audit/log';
import { LineEncoder } from './index.ts';

function seqsAndTypes(encoder: LineEncoder): [number, string][] {
  const lines = encoder.bytes.toString('utf8', 0, encoder.length).split('\n').slice(0, -1);
  return lines.map((line) => parseLine(line)).map(({ seq, type }) => [seq, type]);
}

test('an event logged by a toJSON of another stands behind it, whole', () => {
  const encoder = new LineEncoder();
  const details = {
    before: 'x',
    inner: { toJSON: () => (encoder.append(1, 0, 'inner', 'INFO', 'm', undefined, { a: 1 }, { jobId: 'j' }), 'shown') },
    after: 'y',
  };
  encoder.append(0, 0, 'outer', 'INFO', 'm', undefined, details, undefined);
  encoder.append(2, 0, 'next', 'INFO', 'm', undefined, undefined, undefined);
  assert.deepEqual(seqsAndTypes(encoder), [[0, 'outer'], [1, 'inner'], [2, 'next']]);
});

test('a clear, a tail and another identity in the midst of a line leave it whole', () => {
  const encoder = new LineEncoder({ agentId: 'first' });
  const tail = encoder.encodeTail(0, { type: 'kept', message: '' });
  let made: Buffer | undefined;
  const details = {
    get a() {
      encoder.clear();
      encoder.setIdentity('second', undefined);
      encoder.appendTail(2, tail);
      made = encoder.encodeTail(0, { type: 'made', message: '' });
      return 'a';
    },
  };
  encoder.append(0, 0, 'gone', 'INFO', 'm', undefined, undefined, undefined);
  encoder.append(1, 0, 'outer', 'INFO', 'm', undefined, details, undefined);
  assert.ok(made !== undefined);
  encoder.appendTail(3, made);
  assert.deepEqual(seqsAndTypes(encoder), [[1, 'outer'], [2, 'kept'], [3, 'made']]);
});

test('a clear in the midst of a line in a grown buffer leaves it whole', () => {
  const encoder = new LineEncoder({ bufferBytes: 70_000 });
  for (let seq = 0; seq < 50; seq++) encoder.append(seq, 0, 't', 'INFO', 'x'.repeat(8_000), undefined, undefined, undefined);
  const details = { before: 'b', get a() { return encoder.clear(); }, after: 'y'.repeat(60) };
  encoder.append(50, 0, 'outer', 'INFO', 'm', undefined, details, undefined);
  const [line = ''] = encoder.bytes.toString('utf8', 0, encoder.length).split('\n');
  assert.deepEqual(parseLine(line).details, { before: 'b', after: 'y'.repeat(60) });
  encoder.clear();
  encoder.append(51, 0, 'next', 'INFO', 'm', undefined, undefined, undefined);
  assert.deepEqual(seqsAndTypes(encoder), [[51, 'next']]);
});

test('an object that logs itself when it is looked at ends', () => {
  const encoder = new LineEncoder();
  let seq = 0;
  const details = { toJSON: () => (encoder.append(seq++, 0, 'again', 'INFO', 'm', undefined, { details }, undefined), 'shown') };
  encoder.append(seq++, 0, 'outer', 'INFO', 'm', undefined, { details }, undefined);
  const seen = seqsAndTypes(encoder);
  assert.deepEqual(seen.map(([number]) => number), Array.from({ length: seq }, (_, i) => i));
  assert.ok(seq > 1 && seq < 10);
});

test('where the stack has no room left, nothing is appended, and the next line is whole', () => {
  const encoder = new LineEncoder();
  const dig = (depth: number): number => {
    try {
      return dig(depth + 1);
    } catch {
      try {
        encoder.append(0, 0, 'deep', 'INFO', 'm', undefined, { a: { b: 1 } }, undefined);
      } catch (thrown) {
        assert.ok(thrown instanceof RangeError);
      }
      return depth;
    }
  };
  assert.ok(dig(0) > 100);
  encoder.append(1, 0, 'after', 'INFO', 'm', undefined, { a: { b: 1 } }, undefined);
  assert.deepEqual(seqsAndTypes(encoder).at(-1), [1, 'after']);
});

test('the buffer grows while its owner does not clear it, and is itself again afterwards', () => {
  const encoder = new LineEncoder({ bufferBytes: 70_000 });
  const first = encoder.bytes;
  for (let seq = 0; seq < 50; seq++) encoder.append(seq, 0, 't', 'INFO', 'x'.repeat(8_000), undefined, undefined, undefined);
  assert.ok(encoder.bytes.length > first.length);
  assert.deepEqual(seqsAndTypes(encoder).map(([seq]) => seq), Array.from({ length: 50 }, (_, i) => i));
  encoder.clear();
  assert.equal(encoder.bytes, first);
});
