import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Page } from '../encode/page.ts';
import { slackBytes, writeQuoted } from '../encode/text.ts';
import { planted } from './corpus.test.support.ts';
import { compileRedactor } from './index.ts';
import { Sign, type Signs, signsOf } from './signs.ts';

const page = new Page(100_000 + slackBytes);
const redactor = compileRedactor();

/** The signs of a text that was written, by what its writer saw and by its bytes alone. */
function signs(text: string, start: number): { readonly seen: Signs; readonly looked: Signs } {
  page.bytes.fill(':=-'.charCodeAt(start % 3), 0, start + text.length * 6 + 16);
  const end = writeQuoted(page, start, 100_000, text);
  const { bytes, view } = page;
  return { seen: signsOf(page, start + 1, end - 1), looked: signsOf({ bytes, view, seen: -1 }, start + 1, end - 1) };
}

const unit = fc.constantFrom(...'abAB09_-:=/.@ "\nä', 'eyJ', 'token', 'otp:', '://', 'AKIA', 'ghp_', '--', 'aaaaaaaaaaaaaaaa');

test('what the writer of a short text saw says the same as its bytes', () => {
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 36 }), fc.nat(9), (text, start) => {
      const { seen, looked } = signs(text, start);
      assert.equal(seen, looked);
    }),
    { numRuns: 3_000 },
  );
});

test('a run of sixteen is a sign wherever it stands, one of fifteen is none', () => {
  for (let before = 0; before < 40; before++) {
    for (const [length, sign] of [[15, 0], [16, Sign.Token], [17, Sign.Token]] as const) {
      for (const after of ['', ' ', ' after it']) {
        const text = `${'ab '.repeat(20).slice(60 - before)}${' '.repeat(before > 0 ? 1 : 0)}${'a'.repeat(length)}${after}`;
        assert.deepEqual(signs(text, before), { seen: sign, looked: sign }, text);
      }
    }
  }
});

test('an equals sign, two dashes and a colon behind a name are signs wherever they stand', () => {
  for (let before = 0; before < 40; before++) {
    for (const pair of ['=', '--', 'd:', 'otp":', "password':", 'token  :', '://a:b']) {
      for (const after of ['', 'x', 'x and more']) {
        const text = `${'ab '.repeat(20).slice(0, before)}${pair}${after}`;
        assert.deepEqual(signs(text, before), { seen: Sign.Pair, looked: Sign.Pair }, text);
      }
    }
    for (const plain of ['-', 'c:', 'https://a', '- -']) {
      const text = `${'bc '.repeat(20).slice(0, before)}${plain}`;
      assert.deepEqual(signs(text, before), { seen: 0, looked: 0 }, text);
    }
  }
});

test('every text of the corpus has the sign that leads to its secret', () => {
  for (const { text } of planted) {
    for (let start = 0; start < 4; start++) {
      const { seen, looked } = signs(text, start);
      assert.ok(redactor.text(text, seen) !== text, text);
      assert.equal(redactor.text(text, seen), redactor.text(text), text);
      assert.equal(seen, looked);
    }
  }
});
