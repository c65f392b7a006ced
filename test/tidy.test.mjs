import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSource } from './source.mjs';
import { rules } from './tidy-rules.mjs';

const packages = [
  { workspace: 'packages/log', name: '@agent-audit/log', exports: ['@agent-audit/log'], dependencies: [] },
  { workspace: 'packages/search', name: '@agent-audit/search', exports: ['@agent-audit/search'], dependencies: [] },
  { workspace: 'packages/agent', name: 'agent-audit', exports: ['agent-audit', 'agent-audit/files'], dependencies: ['@agent-audit/log'] },
  { workspace: 'bench', name: '@agent-audit/bench', exports: [], dependencies: ['agent-audit'] },
];

/** What tidy says of a file: `rule:line` of every problem. */
function findings(path, text) {
  const file = readSource(path, text);
  const applying = rules.filter((rule) => rule.applies(file));
  return applying.flatMap((rule) => rule.check(file, packages).map(({ line }) => `${rule.name}:${line}`));
}

/** Text that would break tidy's rules in this very file, put together from its parts. */
const glue = (...parts) => parts.join('');

const node = "import { test } from 'node:test';\n";
const cases = [
  ['pure', 'packages/log/src/a.ts', "import { hash } from 'node:crypto';\n", ['pure:1']],
  ['pure: a test may', 'packages/log/src/a.test.ts', node, []],
  ['disk', 'packages/agent/src/writer.ts', "import { openSync } from 'node:fs';\n", ['disk:1']],
  ['disk: dynamic', 'packages/agent/src/writer.ts', "\nawait import('node:fs/promises');\n", ['disk:2']],
  ['disk: the disk file may', 'packages/agent/src/disk.ts', "import { openSync } from 'node:fs';\n", []],
  ['disk: files may', 'packages/agent/src/files/list.ts', "import { openSync } from 'node:fs';\n", []],
  ['clock', 'packages/agent/src/writer.ts', 'const a = Date.now();\nsetTimeout(b, 1);\nnew Date( );\n', ['clock:1', 'clock:2', 'clock:3']],
  ['clock: import', 'packages/cli/src/tail.ts', "import { setTimeout } from 'node:timers/promises';\n", ['clock:1', 'clock:1']],
  ['clock: parsing a time is no clock', 'packages/agent/src/writer.ts', 'const a = new Date(text);\n', []],
  ['clock: prose is no call', 'packages/agent/src/writer.ts', "// Date.now()\nconst a = 'Date.now()' + `Date.now() ${b}`;\n", []],
  ['clock: a hole in a template is code', 'packages/agent/src/writer.ts', 'const a = `${Date.now()}`;\n', ['clock:1']],
  ['clock: the clock file may', 'packages/agent/src/clock.ts', 'const a = Date.now();\n', []],
  ['clock: the collector', 'packages/collector/src/ingest/a.ts', 'setTimeout(b, Date.now());\n', ['clock:1', 'clock:1']],
  ["clock: the collector's clock file may", 'packages/collector/src/clock.ts', 'const a = Date.now();\n', []],
  ['house: upwards', 'packages/search/src/a.ts', "import { Logger } from 'agent-audit';\n", ['house:1']],
  ['house: undeclared', 'packages/search/src/a.ts', "import { Hash } from '@agent-audit/log';\n", ['house:1']],
  ['house: inside of another', 'bench/src/a.ts', "import { a } from 'agent-audit/dist/writer.js';\n", ['house:1']],
  ['house: out of the package', 'packages/agent/src/a.ts', "import { a } from '../../log/src/tree.ts';\n", ['house:1']],
  ['house: product imports a test', 'packages/agent/src/a.ts', "import { a } from './b.test.ts';\n", ['house:1']],
  ['house: downwards', 'packages/agent/src/a.ts', "import type { Hash } from '@agent-audit/log';\nimport { b } from './b/index.ts';\n", []],
  ['house: a subpath', 'bench/src/a.ts', "import { lines } from 'agent-audit/files';\n", []],
  ['size', 'packages/log/src/a.ts', '\n'.repeat(401), ['size:401']],
  ['size: a test may be longer', 'packages/log/src/a.test.ts', node + '\n'.repeat(500), []],
  ['width', 'docs/a.md', `\n${'x'.repeat(141)}\n`, ['width:2']],
  ['width: a table row is one line', 'docs/a.md', `| ${'x'.repeat(200)} |\n`, []],
  ['unfinished', 'docs/a.md', glue('TO', 'DO: write\n'), ['unfinished:1']],
  ['types: any', 'bench/src/a.ts', 'let a: any;\nb as any;\nlet c: Array<any>;\n', ['types:1', 'types:2', 'types:3']],
  ['types: a word that begins so', 'bench/src/a.ts', "let a: anything; // : any\nconst b = 'as any';\n", []],
  ['types: ignored', 'bench/src/a.ts', glue('// @ts', '-ignore\n'), ['types:1']],
  ['suppressed without why', 'bench/src/a.ts', glue('// oxlint', '-disable-next-line no-empty\n'), ['suppressed:1']],
  ['suppressed with why', 'bench/src/a.ts', glue('// oxlint', '-disable-next-line no-empty -- the loop is the wait\n'), []],
  ['whitespace', '.editorconfig', 'a \n\tb\r\n\tc', ['whitespace:1', 'whitespace:2', 'whitespace:3', 'whitespace:3']],
  ['addresses: registry', '.npmrc', glue('registry=https://reg', 'istry.example.com/npm\n'), ['addresses:1']],
  ['addresses: machine', 'docs/a.md', glue('see /ho', 'me/somebody/log\n'), ['addresses:1']],
  ['addresses: a home by its sign', 'docs/a.md', 'see ~/.openctem/audit.log and packages/root/work\n', []],
  ['lockfile', 'package-lock.json', '{\n  "resolved": "https://host/a.tgz"\n}\n', ['lockfile:2']],
  ['lockfile: a workspace link', 'package-lock.json', '{\n  "resolved": "packages/log"\n}\n', []],
  ['docs', 'packages/log/src/a.ts', '\nexport function a(): void {}\n', ['docs:2']],
  ['docs: told once', 'packages/log/src/a.ts', '/** A. */\nexport function a(): void;\nexport function a(b: number): void;\n', []],
  ['tests: nothing tested', 'packages/log/src/a.test.ts', 'export {};\n', ['tests:1']],
  ['tests: only one', 'packages/log/src/a.test.ts', `${node}test.only('a', b);\n`, ['tests:2']],
  ['tests: sleeping', 'packages/log/src/a.test.ts', `${node}await new Promise((r) => setTimeout(r, 9));\n`, ['tests:2']],
];

for (const [name, path, text, expected] of cases) {
  test(`tidy: ${name}`, () => assert.deepEqual(findings(path, text), expected));
}

test('tidy: a scanner that loses its place would miss everything behind it', () => {
  const tricky = 'const a = /[\'"`/*]/g, b = c / d / e, f = `x ${ { y: `in ${"}"}` } } z`; // "\nDate.now();\n';
  assert.deepEqual(findings('packages/agent/src/a.ts', tricky), ['clock:2']);
});
