import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

/** The test that a page names is there, in the file that it links to. */
export function assertNamedTest(page: URL, name: string, path: string): void {
  assert.ok(readFileSync(new URL(path, page), 'utf8').includes(name), `${path} has no test "${name}"`);
}
