import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyCache } from './keys.ts';
import { Page, Prepared } from './page.ts';
import { cut, jsonOf, wellFormed } from './reference.test.support.ts';
import { characterEnd, slackBytes, unitsThatFit, writeQuoted, writeText } from './text.ts';

const page = new Page(40_000 + slackBytes);

test('every unit at every place of a short, a middling and a long text', () => {
  const ascii = ['a', '"', '\\', '\n', '\u0000', '\u001f', '\u007f'];
  const units = [...ascii, '\u0080', 'é', '\u07ff', '\u0800', '€', '\uffff', '😀', '\ud800', '\udc00'];
  for (const length of [0, 1, 3, 4, 5, 8, 35, 36, 37, 40, 300]) {
    for (const unit of units) {
      for (const place of [0, 1, 2, 3, 4, 20, 35, 36, 38, 299]) {
        if (place > length) continue;
        const text = 'x'.repeat(place) + unit + 'y'.repeat(length - place);
        const end = writeQuoted(page, 0, 40_000, text);
        assert.equal(page.bytes.toString('utf8', 0, end), jsonOf(text));
      }
    }
  }
});

test('bytes behind a text from before do not count as its own', () => {
  page.bytes.fill('"');
  const text = 'z'.repeat(41);
  assert.equal(writeText(page, 1, 40_000, text), 42);
  assert.equal(page.bytes.toString('latin1', 1, 42), text);
});

test('unitsThatFit is what character by character would keep, at every limit', () => {
  for (const text of ['aé€😀"\n\u0001', '😀😀', '\ud800é', 'a\u007f"', '\udc00\ud800']) {
    const long = text.repeat(3);
    for (let bytesMax = 0; bytesMax < 50; bytesMax++) {
      const kept = long.slice(0, unitsThatFit(long, bytesMax, bytesMax * 2));
      assert.equal(wellFormed(kept), cut(long, bytesMax).text, `${JSON.stringify(long)} in ${bytesMax}`);
    }
  }
});

test('characterEnd never cuts a character', () => {
  const bytes = Buffer.from('aé€😀z');
  const ends = [0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11];
  for (const [end, expected] of ends.entries()) assert.equal(characterEnd(bytes, 0, end), expected, `${end}`);
});

test('prepared bytes of any length and kind are written as they are', () => {
  const lengths = [0, 1, 7, 8, 9, 15, 16, 95, 96, 97, 300];
  for (const text of [...lengths.map((length) => 'x'.repeat(length)), 'é', '\u007f', `é${'y'.repeat(200)}`]) {
    page.bytes.fill(0);
    const prepared = Prepared.of(text);
    const end = prepared.write(page, 3);
    assert.equal(page.bytes.toString('utf8', 3, end), text);
    assert.equal(prepared.length, Buffer.byteLength(text));
  }
});

test('the cache of keys is bounded, and forgetting does not confuse it', () => {
  const keys = new KeyCache(undefined);
  for (let i = 0; i < 10_000; i++) {
    const key = keys.of(`key${i % 6_000}`);
    assert.equal(Buffer.from(key?.prepared.bytes ?? []).toString(), `,"key${i % 6_000}":`);
  }
  assert.equal(keys.of('k'.repeat(65)), undefined);
});
