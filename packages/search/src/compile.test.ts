import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { line as anyLine, query as anyQuery } from './arbitrary.test.support.ts';
import { compile, type Decoder, decoder, type Matcher } from './compile.ts';
import { parse } from './parse.ts';
import { print } from './print.ts';

/** What Node's own decoders make of bytes, as the command line uses them. */
const native: Decoder = {
  latin1: (bytes, start, end) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', start, end),
  utf8: (bytes, start, end) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8', start, end),
};

function chunkOf(lines: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
}

function scanned(matcher: Matcher, bytes: Uint8Array, start = 0, end = bytes.length): string[] {
  const found: string[] = [];
  matcher.scan(bytes, start, end, (from, to) => {
    found.push(Buffer.from(bytes.subarray(from, to)).toString('latin1'));
    return true;
  });
  return found;
}

function linesOf(...texts: string[]): Uint8Array {
  return chunkOf(texts.map((text) => Buffer.from(text)));
}

describe('scan', () => {
  it('finds exactly the lines that matchesLine says, however they are spelled', () => {
    let matched = 0;
    fc.assert(
      fc.property(anyQuery, fc.array(anyLine, { minLength: 1, maxLength: 6 }), (query, lines) => {
        for (const decode of [decoder, native]) {
          const matcher = compile(query, decode);
          const expected = lines.filter((line) => matcher.matchesLine(line)).map((line) => Buffer.from(line).toString('latin1'));
          matched += expected.length;
          assert.deepEqual(scanned(matcher, chunkOf(lines)), expected, print(query));
        }
      }),
      { numRuns: 2_000 },
    );
    assert.ok(matched > 1_000, `only ${matched} matches`);
  });

  it('finds what only an escape spells, and what stands twice', () => {
    const head = '{"seq":1,"timestamp":"2026-11-23T00:00:00.000Z",';
    const cases: [search: string, line: string, found: boolean][] = [
      ['type:auth_failed', String.raw`{"type":"\u0061uth_failed"}`, true],
      ['type:auth_failed', '{"type" : "auth_failed"}', true],
      ['type:auth_failed', '{"type":"auth_failed","type":"other"}', false],
      ['type:auth_failed', '{"message":"\\"type\\":\\"auth_failed\\""}', false],
      ['severity:>=WARN', String.raw`{"severity":"W\u0041RN"}`, true],
      ['details.tool:x', String.raw`{"details":{"t\u006fol":"x"}}`, true],
      ['details.path:/srv/a', String.raw`{"details":{"path":"\/srv\/a"}}`, true],
      ['details.port:443', '{"details":{"port":4.43e2}}', true],
      ['details.ok:true', '{"details":{"ok":true}}', true],
      ['details.ok:true', '{"details":{"ok":"true"}}', true],
      ['"needle"', String.raw`{"message":"NE\u0045dle"}`, true],
      ['"needle"', '{"needle":1}', false],
      ['"köln 東京"', '{"message":"KÖLN 東京"}', true],
      [
        'timestamp:>2026-11-24',
        '{"seq":1,"timestamp":"2026-11-23T00:00:00.000Z","type":"a","severity":"INFO","timestamp":"2026-11-25T00:00:00.000Z"}',
        true,
      ],
      ['timestamp:>2026-11-24', `${head}"type":"a","severity":"INFO",${String.raw`"\u0074imestamp"`}:"2026-11-25T00:00:00.000Z"}`, true],
      ['-severity:INFO', '{"seq":1,"timestamp":"2026-11-23T00:00:00.000Z","type":"a","severity":"INFO"', false],
      ['-severity:INFO', '{"seq":1,"timestamp":"2026-11-23T00:00:00.000Z","type":"a","severity":"WARN"', false],
      ['-severity:INFO', '{"seq":1,"timestamp":"2026-11-23T00:00:00.000Z","type":"a","severity":"WARN"}', true],
      ['', 'not json', false],
    ];
    for (const [search, line, found] of cases) {
      const bytes = linesOf('{"type":"before"}', line, '{"type":"after"}');
      const matcher = compile(parse(search), native);
      assert.equal(scanned(matcher, bytes).includes(Buffer.from(line).toString('latin1')), found, `${search} on ${line}`);
      assert.equal(matcher.matchesLine(line), found, `${search} on ${line}`);
    }
  });

  it('keeps to its range, takes a last line without LF, and stops when told', () => {
    const bytes = linesOf('{"type":"a"}', '{"type":"a","seq":1}', '{"type":"a","seq":2}');
    const matcher = compile(parse('type:a'), native);
    assert.deepEqual(scanned(matcher, bytes, 13, 33), ['{"type":"a","seq":1}']);
    assert.deepEqual(scanned(matcher, bytes, 13, 34), ['{"type":"a","seq":1}']);
    assert.deepEqual(scanned(matcher, bytes, 13, 13), []);
    let calls = 0;
    matcher.scan(bytes, 0, bytes.length, () => {
      calls++;
      return calls < 2;
    });
    assert.equal(calls, 2);
  });

  it('finds the same in the pieces after the first, where the rarest literal leads', () => {
    const usual = Array.from(
      { length: 2_000 },
      (_, seq) => `{"seq":${seq},"type":"scan","severity":"INFO","job_id":"j-${seq % 7}","message":"a line like others"}`,
    );
    const first = linesOf(...usual);
    const second = linesOf('{"type":"scan","job_id":"j-3"}', '{"type":"scan","job_id":"j-4"}', '{"type":"other","job_id":"j-3"}');
    const matcher = compile(parse('type:scan job_id:j-3'), native);
    assert.equal(scanned(matcher, first).length, usual.filter((line) => line.includes('"j-3"')).length);
    assert.deepEqual(scanned(matcher, second), ['{"type":"scan","job_id":"j-3"}']);
  });

  it('takes lines of any length, across the pieces that it works in', () => {
    const usual = Array.from({ length: 3_000 }, (_, seq) => `{"seq":${seq},"type":"scan","job_id":"j-${seq % 7}","message":"é line"}`);
    const long = `{"seq":1,"type":"long","job_id":"j-3","message":"${'x'.repeat(200_000)}"}`;
    const lines = [long, ...usual, long, ...usual, long];
    const expected = lines.filter((line) => line.includes('"j-3"')).map((line) => Buffer.from(line).toString('latin1'));
    assert.deepEqual(scanned(compile(parse('job_id:j-3'), native), linesOf(...lines)), expected);
    assert.deepEqual(scanned(compile(parse('-type:scan'), native), linesOf(...lines)).length, 3);
  });

  it('parses only what may match', () => {
    const lines = Array.from(
      { length: 1_000 },
      (_, seq) => `{"seq":${seq},"timestamp":"2026-11-24T00:00:00.000Z","type":"scan","severity":"INFO","message":"m"}`,
    );
    const bytes = linesOf(
      ...lines,
      '{"seq":1000,"timestamp":"2026-11-24T00:00:00.000Z","type":"other","severity":"WARN","message":"needle"}',
    );
    for (const search of [
      'type:other',
      'NEEDLE',
      'severity:>INFO',
      'type:(other OR another)',
      '-type:scan',
      'seq:>=1000',
      '-severity:INFO message:*',
      '(needle OR type:other)',
    ]) {
      let parsed = 0;
      const counting: Decoder = { ...native, utf8: (...range) => (parsed++, native.utf8(...range)) };
      assert.equal(scanned(compile(parse(search), counting), bytes).length, 1, search);
      assert.equal(parsed, 1, search);
    }
  });
});

describe('decoder', () => {
  it('gives each byte a unit of its own, and reads UTF-8 as Node does', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const text = decoder.latin1(bytes, 0, bytes.length);
    assert.deepEqual([text.length, new Set(text).size], [256, 256]);
    assert.equal(text.slice(0, 128), native.latin1(bytes, 0, 128));
    assert.doesNotMatch(text.slice(128), /[\0-\x7f]/);
    assert.equal(decoder.latin1(bytes, 65, 68), 'ABC');
    const utf8 = Buffer.from('\ufeffKöln 漢字 😀 \xff');
    assert.equal(decoder.utf8(utf8, 0, utf8.length), native.utf8(utf8, 0, utf8.length));
  });
});
