// docs/operations.md has a row for every code, and names a test for each trouble: each is there, under that name.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { assertNamedTest } from './named-test.ts';

const url = new URL('../../docs/operations.md', import.meta.url);
const page = readFileSync(url, 'utf8');
const section = (title: string): string => page.split(/^## /m).find((text) => text.startsWith(`${title}\n`)) ?? '';

test('docs/operations.md has every AuditErrorCode, and no other', () => {
  const source = readFileSync(new URL('../../packages/agent/src/error.ts', import.meta.url), 'utf8');
  const [, union = ''] = /export type AuditErrorCode =([^;]+);/.exec(source) ?? [];
  const codes = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code);
  const rows = [...section('Error codes').matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, code]) => code);
  assert.ok(codes.length > 0);
  assert.deepEqual(new Set(rows), new Set(codes));
  assert.equal(rows.length, codes.length);
});

test('docs/operations.md names the tests of its troubles, or says that there is none', () => {
  const rows = section('Troubles').split('\n').filter((line) => line.startsWith('| ')).slice(1);
  assert.ok(rows.length >= 40, String(rows.length));
  for (const row of rows) {
    if (row.endsWith(' | none |')) continue;
    const [, name = '', path = ''] = /\| \[([^\]]+)\]\((\S+\.test\.ts)\) \|$/.exec(row) ?? [];
    assert.notEqual(path, '', `no test, and not said so: ${row}`);
    assertNamedTest(url, name, path);
  }
});
