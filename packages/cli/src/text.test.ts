import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { cutTo, inert, inertJson, padTo, widthOf, wrap } from './text.ts';

describe('inert', () => {
  it('leaves nothing that acts on a terminal', () => {
    const cases: [text: string, shown: string][] = [
      ['plain, é, 東京, 😀, 👩‍💻', 'plain, é, 東京, 😀, 👩‍💻'],
      ['\u001b[31mred', '\\u001b[31mred'],
      ['a\r\nb\tc', 'a\\r\\nb\\tc'],
      ['\u0007\u007f\u009b', '\\u0007\\u007f\\u009b'],
      ['\u202egpj.exe\u2066', '\\u202egpj.exe\\u2066'],
      ['\u200e\u2028\ufeff\u00ad', '\\u200e\\u2028\\ufeff\\u00ad'],
      ['\ud800', '\\ud800'],
      ['\u{e0041}', '\\u{e0041}'],
    ];
    for (const [text, shown] of cases) assert.equal(inert(text), shown);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        assert.doesNotMatch(inert(text), /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u);
      }),
    );
  });

  it('keeps JSON the same JSON', () => {
    const value = { text: '\u001b\u009b\u202e\u{e0041}\ud800 "é" 😀' };
    const line = JSON.stringify(value);
    assert.deepEqual(JSON.parse(inertJson(line)), value);
    assert.doesNotMatch(inertJson(line), /[\p{Cc}\p{Bidi_Control}]/u);
  });
});

describe('columns', () => {
  it('count what a terminal shows', () => {
    const cases: [text: string, width: number][] = [
      ['', 0],
      ['abc', 3],
      ['é', 1],
      ['e\u0301', 1],
      ['東京', 4],
      ['ｆｕｌｌ', 8],
      ['한글', 4],
      ['✔ …', 3],
    ];
    for (const [text, width] of cases) assert.equal(widthOf(text), width, text);
    assert.equal(padTo('東京', 6), '東京  ');
    assert.equal(padTo('too long', 3), 'too long');
  });

  it('are cut with an ellipsis, and never exceed their width', () => {
    assert.equal(cutTo('scan of web-01', 8), 'scan of…');
    assert.equal(cutTo('東京東京', 5), '東京…');
    assert.equal(cutTo('fits', 4), 'fits');
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '東', 'e\u0301', ' ') }), fc.integer({ min: 1, max: 20 }), (text, width) => {
        assert.ok(widthOf(cutTo(text, width)) <= width);
      }),
    );
  });
});

describe('wrap', () => {
  it('breaks at blanks, keeps every word, and lets a long word be', () => {
    assert.deepEqual(wrap('one two three', 7), ['one two', 'three']);
    assert.deepEqual(wrap('', 7), ['']);
    assert.deepEqual(wrap('abcdefghij k', 4), ['abcdefghij', 'k']);
  });
});
