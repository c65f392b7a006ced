import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { readJobFile } from './job-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scan-agent-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function read(text: string): ReturnType<typeof readJobFile> {
  writeFileSync(join(folder, 'job.json'), text);
  return readJobFile(join(folder, 'job.json'));
}

test('a relative directory is beside the file; the timeout may be missing', () => {
  assert.deepEqual(read('{"directory":"shop","timeoutMs":5}'), { directory: join(folder, 'shop'), timeoutMs: 5 });
  assert.deepEqual(read('{"directory":"/srv"}'), { directory: '/srv', timeoutMs: undefined });
});

const wrong: Readonly<Record<string, string>> = {
  '{}': 'directory: must be a text',
  '{"directory":"a","timeoutMs":0}': 'timeoutMs: must be a whole number above 0',
  '{"directory":"a","user":"b"}': 'user: unknown',
  '[]': 'no JSON object',
  'null': 'no JSON object',
  '{"directory':'no JSON',
};
for (const [text, message] of Object.entries(wrong)) {
  test(`refuses ${text}`, () => assert.throws(() => read(text), { code: 'JOB_FILE_INVALID', message }));
}

test('a file that is gone is refused too', () => {
  assert.throws(() => readJobFile(join(folder, 'gone.json')), { code: 'JOB_FILE_INVALID', message: /ENOENT/ });
});
