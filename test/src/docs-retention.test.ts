// docs/retention.md names a test for each promise: each is there, under that name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const url = new URL('../../docs/retention.md', import.meta.url);
const rows = [...readFileSync(url, 'utf8').matchAll(/^\| .* \| \[(.+)\]\((\S+\.test\.ts)\) \|$/gm)];

test('docs/retention.md names the tests of its promises', () => {
  assert.ok(rows.length >= 20, String(rows.length));
  for (const [, name = '', path = ''] of rows) {
    const source = readFileSync(new URL(path, url), 'utf8');
    assert.ok(source.includes(name), `${path} has no test "${name}"`);
  }
});
