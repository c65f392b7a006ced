// Every relative link in the project's pages leads to a file that is there, and to an anchor that is in it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** A page without its code, where brackets mean something else. */
const proseOf = (text) => text.replaceAll(/^```[^]*?^```$/gm, '').replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ' '));

/** Anchors as GitHub makes them: of headings, numbered where they repeat, and ids that the page gives itself. */
function anchorsOf(text) {
  const seen = new Map();
  const headings = [...text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = '']) => {
    const slug = heading.trim().toLowerCase().replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '').replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id)]);
}

/** What is wrong with the links of one page. */
function brokenLinks(path, text) {
  const targets = [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  return targets.filter((target) => !/^[a-z]+:/.test(target)).flatMap((target) => {
    const [file = '', anchor] = target.split('#');
    const to = file === '' ? path : resolve(dirname(path), file);
    const from = relative(root, path);
    if (!existsSync(to)) return [`${from} links to ${target}: no such file`];
    if (anchor !== undefined && !anchorsOf(readFileSync(to, 'utf8')).has(anchor)) return [`${from} links to ${target}: no such anchor`];
    return [];
  });
}

test('every relative link of every page leads somewhere', () => {
  const options = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.md'];
  const { stdout } = spawnSync('git', options, { cwd: root, encoding: 'utf8' });
  const pages = stdout.split('\0').filter((name) => name !== '' && existsSync(join(root, name))).map((name) => join(root, name));
  assert.ok(pages.length > 10);
  assert.deepEqual(pages.flatMap((path) => brokenLinks(path, readFileSync(path, 'utf8'))), []);
});

test('a link to a missing file or anchor is told', () => {
  const page = join(root, 'README.md');
  const broken = brokenLinks(page, '[a](nothing.md) [b](#nowhere) [c](https://example.com) `[d](code.md)`\n');
  assert.deepEqual(broken, ['README.md links to nothing.md: no such file', 'README.md links to #nowhere: no such anchor']);
});
