// What a browser must have before it shows the first page: a bound on its size, and that each file stands there compressed.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';

const firstBytesMax = 250 * 1024;
const folder = dirname(fileURLToPath(import.meta.resolve('@agent-audit/console/index.html')));
const skip = existsSync(join(folder, 'index.html')) ? false : 'the console is not built';
const text = (name: string): string => readFileSync(join(folder, name), 'utf8');

/** A file, and all that it imports before it runs. */
function withImports(name: string, seen: Set<string>): void {
  if (seen.has(name)) return;
  seen.add(name);
  if (!name.endsWith('.js')) return;
  for (const [, imported = ''] of text(name).matchAll(/\b(?:from|import)\s*["'](\.[^"']+)["']/g)) {
    withImports(posix.join(posix.dirname(name), imported), seen);
  }
}

/** What the page names itself, Explore among it, and all that these need. */
function firstFiles(): readonly string[] {
  const seen = new Set<string>(['index.html']);
  for (const [, named = ''] of text('index.html').matchAll(/(?:src|href)="\.\/([^"]+)"/g)) withImports(named, seen);
  return [...seen];
}

test('what the first page needs is at most 250 kB of gzip', { skip }, (t) => {
  const sizes = firstFiles().map((name) => [name, gzipSync(readFileSync(join(folder, name)), { level: 9 }).length] as const);
  const total = sizes.reduce((sum, [, bytes]) => sum + bytes, 0);
  const told = `${(total / 1024).toFixed(1)} kB of gzip in ${sizes.length} files`;
  t.diagnostic(told);
  assert.ok(sizes.some(([name]) => /\/index-.+\.js$/.test(name)), 'the entry is among them');
  // A browser asks for six at a time: what the first page waits for comes in one go.
  assert.ok(sizes.length <= 6, told);
  assert.ok(total <= firstBytesMax, `${told}:\n${sizes.map(([name, bytes]) => `${bytes} ${name}`).join('\n')}`);
});

test('each file that is worth it stands there compressed, and says the same', { skip }, () => {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const plain = names.filter((name) => /\.(js|css|html)$/.test(name) && readFileSync(join(folder, name)).length >= 2_048);
  assert.ok(plain.length > 10, plain.join(' '));
  for (const name of plain) {
    const bytes = readFileSync(join(folder, name));
    assert.ok(brotliDecompressSync(readFileSync(join(folder, `${name}.br`))).equals(bytes), name);
    assert.ok(gunzipSync(readFileSync(join(folder, `${name}.gz`))).equals(bytes), name);
  }
});
