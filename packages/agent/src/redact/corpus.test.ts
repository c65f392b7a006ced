import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { fileURLToPath } from 'node:url';
import { harmless, planted } from './corpus.test.support.ts';
import { compileRedactor } from './index.ts';
import { pairKinds } from './pair-kinds.ts';
import { tokenKinds } from './secret-kinds.ts';

const redactor = compileRedactor();
const pagePath = fileURLToPath(new URL('../../../../docs/redaction.md', import.meta.url));
const page = existsSync(pagePath) ? readFileSync(pagePath, 'utf8') : undefined;

test('no text shows the secret that was planted in it', () => {
  const left = planted.filter(({ text, secret }) => redactor.text(text).includes(secret));
  assert.deepEqual(left, []);
});

test('the mark names the kind of the secret', () => {
  const other = planted
    .map(({ kind, text }) => ({ kind, text, redacted: redactor.text(text) }))
    .filter(({ kind, redacted }) => !redacted.includes(`[REDACTED:${kind}]`));
  assert.deepEqual(other, []);
});

test('what stands around a secret is kept', () => {
  const token = ['gh', 'p_', 'a1'.repeat(18)].join('');
  assert.equal(redactor.text(`Ключ ${token}, 鍵`), 'Ключ [REDACTED:github], 鍵');
  const url = (password: string): string => ['post', `gres://app:${password}@db:5432/x`].join('');
  assert.equal(redactor.text(url('hunter2')), url('[REDACTED:url]'));
  assert.equal(redactor.text('GET /a?token=abc123&b=1'), 'GET /a?token=[REDACTED:named]&b=1');
  assert.equal(redactor.text('{"password":"abc"}'), '{"password":"[REDACTED:named]"}');
  assert.equal(redactor.text("{'password': 'abc', 'token': 12345678}"), "{'password': '[REDACTED:named]', 'token': '[REDACTED:named]'}");
  assert.equal(redactor.text('PASSWORD="a b" ./run'), 'PASSWORD="[REDACTED:named]" ./run');
});

test('a JSON text stays one, also within another, and all else in it is the same', () => {
  const line = fc.stringMatching(/^[a-z][a-z0-9]{0,20}\d[a-z0-9 ]{1,4}$/);
  const secret = fc.oneof(
    fc.tuple(fc.constantFrom('password', 'api_key', 'clientSecret', 'GITHUB_TOKEN'), fc.oneof(line, fc.integer({ min: 100_000 }))),
    fc.tuple(fc.constantFrom('Authorization', 'Cookie'), line),
  );
  const plain = fc.oneof(fc.integer(), fc.constantFrom('a', 'c:\\d', '"', ''));
  const other = fc.dictionary(fc.constantFrom('user', 'path', 'n', 'next_token'), plain);
  fc.assert(
    fc.property(secret, other, other, fc.integer({ min: 0, max: 2 }), ([name, value], before, after, depth) => {
      const wrapped = (member: unknown): string => {
        let text = JSON.stringify({ before, [name]: member, after });
        for (let i = 0; i < depth; i++) text = JSON.stringify({ body: text });
        return text;
      };
      const redacted = redactor.text(wrapped(value));
      const kinds = ['named', 'authorization', 'cookie'];
      assert.ok(kinds.some((kind) => redacted === wrapped(`[REDACTED:${kind}]`)), redacted);
    }),
  );
});

test('texts without a secret are the same', () => {
  const changed = harmless.map((text) => [text, redactor.text(text)] as const).filter(([text, redacted]) => text !== redacted);
  assert.deepEqual(changed, []);
});

test('redacting again changes nothing', () => {
  for (const { text } of planted) {
    const once = redactor.text(text);
    assert.equal(redactor.text(once), once);
  }
});

test('the page quotes this corpus', { skip: page === undefined && 'the page is not in the package' }, () => {
  assert.ok(page?.includes(`${planted.length} texts with a secret`));
  assert.ok(page?.includes(`${harmless.length} without`));
});

test('the page names every kind', { skip: page === undefined && 'the page is not in the package' }, () => {
  const list = /The word is the kind: (?<kinds>[^.]*)\./.exec(page ?? '')?.groups?.['kinds'] ?? '';
  const told = list.split(/,\s+/).filter((kind) => kind !== 'your own');
  assert.deepEqual(told.toSorted(), [...new Set([...tokenKinds, ...pairKinds].map(({ kind }) => kind))].toSorted());
});
