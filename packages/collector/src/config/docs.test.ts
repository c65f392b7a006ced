// docs/collector.md against the code: every key, every code, the nginx that a test runs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { knownKeys } from './options.ts';

const page = readFileSync(fileURLToPath(new URL('../../../../docs/collector.md', import.meta.url)), 'utf8');
const source = (path: string): string => readFileSync(fileURLToPath(new URL(`../../src/${path}`, import.meta.url)), 'utf8');

test('the page has every key of the configuration, and no other', () => {
  const section = page.slice(page.indexOf('## Configuration'), page.indexOf('```json'));
  const cells = [...section.matchAll(/^\| (`[^|]*`) \|/gm)].map(([, cell = '']) => cell);
  const shown = cells.flatMap((cell) => {
    const [first = '', ...others] = [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
    return [first, ...others.map((name) => (name.startsWith('.') ? first.split('.')[0] + name : name))];
  });
  const sections = ['tls', 'clickhouse', 'limits', 'ingest', 'retention'] as const;
  const expected = [
    ...knownKeys.top.filter((key) => !sections.some((name) => name === key)),
    ...sections.flatMap((name) => knownKeys[name].map((key) => `${name}.${key}`)),
  ];
  assert.deepEqual(shown.toSorted(), expected.toSorted());
});

test('the page has every code that keeps a collector from starting, or that it tells', () => {
  const start = [...source('config/error.ts').matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(([, code = '']) => code);
  const told = ['server/collector.ts', 'server/upkeep.ts', 'server/certificate.ts', 'feed/feeder.ts', 'relay/relay.ts'].flatMap((path) =>
    [...source(path).matchAll(/onTrouble\('([A-Z_]+)'/g)].map(([, code = '']) => code),
  );
  assert.ok(start.length > 5 && told.length > 5, 'the code is read');
  for (const code of [...start, ...told]) assert.ok(page.includes(`\`${code}\``), code);
});

test('the nginx of the page is the one that is tested', () => {
  const [, block = ''] = /```nginx\n[^{]*\{\n([^]*?)\}\n```/.exec(page) ?? [];
  const directives = block.trim().split('\n').map((line) => line.replace(/\s*#.*$/, '').trim()).slice(1);
  assert.ok(directives.length > 5);
  for (const directive of directives) assert.ok(source('server/proxy.test.ts').includes(directive), directive);
});
