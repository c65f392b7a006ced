// The examples of docs/testing.md are programs: each is taken out of the page and run as it stands.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const page = readFileSync(new URL('../../docs/testing.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```ts run\n([^]*?)^```$/gm)].map(([, code = '']) => code);

test('docs/testing.md has its examples', () => {
  assert.equal(examples.length, 4);
});

for (const [index, code] of examples.entries()) {
  test(`example ${index + 1} of docs/testing.md runs`, () => {
    const cwd = fileURLToPath(new URL('.', import.meta.url));
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], { cwd, encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
}
