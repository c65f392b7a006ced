// The examples of docs/recipes.md and docs/migrating.md are programs: each is taken out of its page and run as it stands, in a folder
// and a home of its own. It logs, says nothing of a trouble, and leaves a sound log that is closed.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as agentAudit from 'agent-audit';
import { verifyLogFile } from 'agent-audit/files';
import { run } from '../program.ts';
import { messagesIn, temporaryFolder } from './log.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

interface Page {
  readonly name: string;
  /** What each example leaves in its logs: the messages, of all logs, sorted. */
  readonly messages: readonly (readonly string[])[];
}

const pages: readonly Page[] = [
  {
    name: 'recipes.md',
    messages: [['Scanner ready'], ['worker', 'worker'], ['Scan of web-01'], ['a request'], ['Scanner ready'], ['A request', 'A request']],
  },
  {
    name: 'migrating.md',
    messages: [
      [
        'Chunk 3/5 uploaded',
        'Job completed successfully',
        'Job started: scan',
        'Resource throttling activated: cpu',
        'Scanner ready',
        'Upload failed',
      ],
      ['Scan of web-01'],
      ['Upload failed'],
    ],
  },
];

/** Active files, wherever below. */
function logsBelow(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const isLog = (name: string): boolean => /(?:^|\/)audit(?:-\d)?\.log$/.test(name) && !name.includes('node_modules');
  return names.filter(isLog).map((name) => join(folder, name));
}

for (const { name, messages } of pages) {
  const text = readFileSync(join(repository, 'docs', name), 'utf8');
  const examples = [...text.matchAll(/^```js run( cjs)?\n([^]*?)^```$/gm)];

  test(`docs/${name} has its examples`, () => {
    assert.equal(examples.length, messages.length);
  });

  for (const [index, [, isCommonJs, code = '']] of examples.entries()) {
    test(`example ${index + 1} of docs/${name} runs`, async (t) => {
      const folder = temporaryFolder(t);
      symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
      const file = join(folder, isCommonJs === undefined ? 'example.mjs' : 'example.cjs');
      writeFileSync(file, code);
      const program = run(process.execPath, [file], { cwd: folder, env: { HOME: folder, TMPDIR: folder } });
      program.child.stdin?.end('{}\n');
      const { code: status, stdout, stderr } = await program.ended;
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(stderr, /AuditWarning/);

      const logs = logsBelow(folder);
      const found = (await Promise.all(logs.map(messagesIn))).flat().map((message) => message.replace(/ \d+$/, ''));
      assert.deepEqual(found.toSorted(), messages[index], stdout);
      for (const log of logs) {
        const { problems, unsigned, recovered } = await verifyLogFile(log);
        assert.deepEqual({ problems, unsigned, recovered }, { problems: [], unsigned: 0, recovered: 0 });
      }
    });
  }
}

test('what docs/migrating.md names instead of the Go package’s functions is there', () => {
  const page = readFileSync(join(repository, 'docs', 'migrating.md'), 'utf8');
  const rows = page.slice(page.indexOf('| Go |'), page.indexOf('```js run')).matchAll(/^\| `[^|]*\| ([^|]*) \|/gm);
  const named = [...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`(?:await |new )?(\w+)\(/g)].map(([, name = '']) => name));
  assert.equal(named.length, 16);
  for (const name of named) assert.ok(name in agentAudit.Logger.prototype || name in agentAudit, name);
});

test('a program on stdio has its stdout to itself', async (t) => {
  const folder = temporaryFolder(t);
  symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
  const page = readFileSync(join(repository, 'docs', 'recipes.md'), 'utf8');
  const section = page.slice(page.indexOf('\n## MCP'));
  const file = join(folder, 'server.mjs');
  writeFileSync(file, /^```js run\n([^]*?)^```$/m.exec(section)?.[1] ?? '');
  const server = run(process.execPath, [file], { cwd: folder, env: { HOME: folder } });
  server.child.stdin?.end('{}\n');
  const { code, stdout, stderr } = await server.ended;
  assert.deepEqual([code, stdout], [0, '{"jsonrpc":"2.0"}\n']);
  assert.match(stderr, /\[INFO\] tool_called: a request/);
});
