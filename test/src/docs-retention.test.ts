// docs/retention.md names a test for each promise: each is there, under that name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { assertNamedTest } from './named-test.ts';

const url = new URL('../../docs/retention.md', import.meta.url);
const rows = [...readFileSync(url, 'utf8').matchAll(/^\| .* \| \[(.+)\]\((\S+\.test\.ts)\) \|$/gm)];

test('docs/retention.md names the tests of its promises', () => {
  assert.ok(rows.length >= 20, String(rows.length));
  for (const [, name = '', path = ''] of rows) assertNamedTest(url, name, path);
});
