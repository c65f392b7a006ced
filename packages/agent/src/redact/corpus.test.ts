import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { harmless, planted } from './corpus.test.support.ts';
import { compileRedactor } from './index.ts';

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
