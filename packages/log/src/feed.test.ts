import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, encodeBase64, utf8 } from './bytes.ts';
import { LineFeed, type LineFeedOptions } from './feed.ts';
import { LineHead } from './feed-head.ts';
import { type Hash, hasher } from './hash.ts';
import { lineBytesMax } from './line.ts';
import { Frontier, rootOfLeaves } from './tree.ts';

function lineOf(seq: number, text = 'm'): string {
  return `{"seq":${seq},"timestamp":"2026-11-24T14:03:22.118Z","type":"job_started","severity":"INFO","message":${JSON.stringify(text)}}`;
}

function leafOf(line: string): Hash {
  const bytes = utf8(line);
  return hasher.leaf(bytes, 0, bytes.length);
}

function logOf(lines: readonly string[]): Uint8Array {
  return utf8(lines.map((line) => `${line}\n`).join(''));
}

function feedOf(size = 0, options: LineFeedOptions = {}): LineFeed {
  const frontier = Frontier.empty();
  for (let seq = 0; seq < size; seq++) frontier.append(leafOf(lineOf(seq)));
  return new LineFeed(frontier, options);
}

function push(feed: LineFeed, bytes: Uint8Array): ReturnType<LineFeed['push']> {
  return feed.push(bytes, 0, bytes.length);
}

const anyLines = fc.array(fc.string({ unit: 'binary', maxLength: 60 }), { maxLength: 40 })
  .map((messages) => messages.map((message, seq) => lineOf(seq, message)));

test('wherever a log is cut, its pieces grow the same tree', () => {
  fc.assert(
    fc.property(anyLines, fc.array(fc.nat(5000), { maxLength: 8 }), fc.boolean(), (lines, cuts, full) => {
      const log = logOf(lines);
      const ends = [...cuts.map((cut) => cut % (log.length + 1)), log.length].toSorted((a, b) => a - b);
      const feed = feedOf(0, { full });
      let consumed = 0;
      let taken = 0;
      for (const end of ends) {
        const result = feed.push(log, consumed, end);
        assert.equal(result.fault, undefined);
        consumed += result.consumed;
        taken += result.lines;
        assert.ok(consumed === 0 || log[consumed - 1] === 0x0a, 'only whole lines are consumed');
      }
      assert.equal(consumed, log.length);
      assert.equal(taken, lines.length);
      assert.deepEqual(feed.frontier.root(), rootOfLeaves(lines.map(leafOf)));
    }),
  );
});

test('batches end at many lines or many bytes, and nothing shows where', () => {
  const many = Array.from({ length: 700 }, (_, seq) => lineOf(seq));
  const long = Array.from({ length: 9 }, (_, seq) => lineOf(seq, 'x'.repeat(50_000)));
  for (const lines of [many.slice(0, 255), many.slice(0, 256), many.slice(0, 257), many, long]) {
    for (const head of [0, 1]) {
      const feed = feedOf(0);
      push(feed, logOf(lines.slice(0, head)));
      assert.equal(push(feed, logOf(lines.slice(head))).lines, lines.length - head);
      assert.deepEqual(feed.frontier.root(), rootOfLeaves(lines.map(leafOf)));
    }
  }
});

test('each line is shown with its seq, its place and its leaf, in order', () => {
  const lines = Array.from({ length: 300 }, (_, seq) => lineOf(seq, 'ä'.repeat(seq % 7)));
  const bytes = concatBytes(utf8('not a line'), logOf(lines), utf8('{"seq":300,'));
  const seen: { seq: number; line: string; leaf: Hash }[] = [];
  const result = feedOf(0).push(bytes, 10, bytes.length, (seq, start, end, leaf) => {
    seen.push({ seq, line: new TextDecoder().decode(bytes.subarray(start, end)), leaf: leaf() });
  });
  assert.deepEqual(result, { consumed: bytes.length - 10 - 11, lines: 300 });
  assert.deepEqual(seen, lines.map((line, seq) => ({ seq, line, leaf: leafOf(line) })));
});

test('bytes behind the end are not looked at', () => {
  const bytes = logOf([lineOf(0), lineOf(1)]);
  const feed = feedOf(0);
  assert.deepEqual(feed.push(bytes, 0, bytes.length - 1), { consumed: logOf([lineOf(0)]).length, lines: 1 });
  assert.deepEqual(feed.push(bytes, 0, 0), { consumed: 0, lines: 0 });
});

test('it stops at the size that it is given, whatever follows', () => {
  const log = logOf([...Array.from({ length: 300 }, (_, seq) => lineOf(seq)), 'garbage']);
  for (const sizeMax of [0, 1, 256, 257, 300]) {
    const feed = feedOf(0);
    const result = feed.push(log, 0, log.length, undefined, sizeMax);
    assert.deepEqual([result.lines, result.fault, feed.frontier.size], [sizeMax, undefined, sizeMax]);
  }
  const feed = feedOf(0);
  assert.equal(feed.push(log, 0, log.length, undefined, 301).fault?.seq, 300);
});

test('it stops before the first bad line and says what is wrong with it', () => {
  const bad: readonly [string, string, RegExp][] = [
    ['', 'LINE_NOT_JSON', /line 2 is empty/],
    [lineOf(3), 'LINE_SEQ', /line 2 begins with "{\\"seq\\":3,/],
    [lineOf(1), 'LINE_SEQ', /line 2 begins with/],
    [lineOf(20), 'LINE_SEQ', /line 2 begins with/],
    [lineOf(2).replace('{"seq"', '{ "seq"'), 'LINE_SEQ', /line 2 begins with/],
    [lineOf(2).slice(0, -1), 'LINE_NOT_JSON', /line 2 is not one JSON object/],
    ['{"seq":2', 'LINE_NOT_JSON', /line 2 is not one JSON object/],
    ['\0'.repeat(40), 'LINE_NOT_JSON', /NUL/],
    [lineOf(2, 'x'.repeat(lineBytesMax)), 'LINE_TOO_LONG', /line 2 has 65\d+ bytes/],
  ];
  for (const full of [false, true]) {
    for (const [line, code, message] of bad) {
      const good = [lineOf(0), lineOf(1)];
      const feed = feedOf(0, { full });
      const { consumed, lines, fault } = push(feed, logOf([...good, line, lineOf(3)]));
      assert.deepEqual({ consumed, lines, code: fault?.code, seq: fault?.seq }, { consumed: logOf(good).length, lines: 2, code, seq: 2 });
      assert.match(fault?.message ?? '', message);
      assert.deepEqual(feed.frontier.root(), rootOfLeaves(good.map(leafOf)), 'what is sound is taken');
    }
  }
});

test('only the full check looks inside a line', () => {
  const inside = lineOf(0).replace('"INFO"', '"INFO",,');
  assert.equal(push(feedOf(0), logOf([inside])).lines, 1);
  assert.equal(push(feedOf(0, { full: true }), logOf([inside])).fault?.code, 'LINE_NOT_JSON');
  const notUtf8 = logOf([lineOf(0, '?')]).map((byte) => (byte === 0x3f ? 0xff : byte));
  assert.equal(push(feedOf(0), notUtf8).lines, 1);
  assert.equal(push(feedOf(0, { full: true }), notUtf8).fault?.code, 'LINE_NOT_UTF8');
});

test('a line of the greatest length is taken, and a rest is waited for until it is too long', () => {
  const most = lineOf(0, 'x'.repeat(lineBytesMax - lineOf(0, '').length));
  assert.equal(most.length, lineBytesMax);
  assert.equal(push(feedOf(0), logOf([most])).lines, 1);
  assert.deepEqual(push(feedOf(0), utf8(most)), { consumed: 0, lines: 0 });
  const { consumed, fault } = push(feedOf(0), utf8(`${most}}`));
  assert.deepEqual([consumed, fault?.code, fault?.seq], [0, 'LINE_TOO_LONG', 0]);
});

test('an erased line counts with the leaf that its stub keeps', () => {
  const lines = Array.from({ length: 5 }, (_, seq) => lineOf(seq));
  const erase = (line: string, seq: number): string => `{"seq":${seq},"type":"log.erased","leaf":"${encodeBase64(leafOf(line))}"}`;
  for (const full of [false, true]) {
    const feed = feedOf(0, { full });
    const shown: Hash[] = [];
    const log = logOf(lines.map((line, seq) => (seq % 3 === 1 ? erase(line, seq) : line)));
    feed.push(log, 0, log.length, (_seq, _start, _end, leaf) => shown.push(leaf()));
    assert.deepEqual(feed.frontier.root(), rootOfLeaves(lines.map(leafOf)));
    assert.deepEqual(shown, lines.map(leafOf));
    const inPieces = feedOf(0, { full });
    for (const [seq, line] of lines.entries()) push(inPieces, logOf([seq % 3 === 1 ? erase(line, seq) : line]));
    assert.deepEqual(inPieces.frontier.root(), feed.frontier.root());
  }
  const almost = erase(lineOf(0), 0).replace('erased', 'erasure');
  const feed = feedOf(0);
  push(feed, logOf([almost]));
  assert.deepEqual(feed.frontier.root(), leafOf(almost), 'what only looks like a stub is hashed');
});

test('where the visitor throws, the tree stands before the batch and goes on from there', () => {
  const feed = feedOf(3);
  const log = logOf([lineOf(3), lineOf(4), lineOf(5)]);
  const stop = new Error('stop');
  assert.throws(() => feed.push(log, 0, log.length, (seq) => { if (seq === 4) throw stop; }), stop);
  assert.equal(feed.frontier.size, 3);
  assert.equal(push(feed, log).lines, 3);
});

test('the head counts up as decimals do', () => {
  const edges = [0, 8, 9, 10, 98, 99, 100, 999, 1009, 99_999, 2 ** 31 - 1, 2 ** 32 - 1, 999_999_999_999_999, Number.MAX_SAFE_INTEGER - 1];
  fc.assert(
    fc.property(fc.oneof(fc.constantFrom(...edges), fc.maxSafeNat()), (seq) => {
      fc.pre(seq < Number.MAX_SAFE_INTEGER);
      const head = new LineHead(seq);
      head.advance();
      const bytes = utf8(`xx{"seq":${seq + 1},"`);
      assert.equal(head.seq, seq + 1);
      assert.equal(head.length, bytes.length - 3);
      assert.ok(head.matches(bytes, 2, bytes.length));
      assert.ok(!head.matches(bytes, 2, bytes.length - 2), 'not beyond the end');
      assert.ok(!head.matches(utf8(`xx{"seq":${seq},"`), 2, bytes.length));
    }),
  );
});

test('the last line of all is 2^53-2', () => {
  const last = Number.MAX_SAFE_INTEGER - 1;
  const hashes = Array.from({ length: 52 }, () => leafOf('x'));
  const feed = new LineFeed(Frontier.from(last, hashes));
  const { lines, fault } = push(feed, logOf([lineOf(last), lineOf(last + 1)]));
  assert.equal(lines, 1);
  assert.deepEqual([fault?.code, fault?.seq], ['LINE_SEQ', last + 1]);
});
