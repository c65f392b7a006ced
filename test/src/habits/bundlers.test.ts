// A program that a bundler made one file of, alone in an empty folder: it logs, seals and verifies there.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { programFile, run } from '../program.ts';
import { assertClosed, temporaryFolder } from './log.ts';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const esbuild = join(repository, 'node_modules', 'esbuild', 'bin', 'esbuild');
const skip = existsSync(esbuild) ? false : 'esbuild is not installed';
const withEsbuild = [dirname(esbuild), process.env['PATH']].join(delimiter);
const messages = Array.from({ length: 20 }, (_, i) => String(i));

async function bundle(outdir: string, entries: readonly string[], ...options: readonly string[]): Promise<void> {
  const given = [...entries, '--bundle', '--platform=node', `--outdir=${outdir}`, ...options];
  const { code, stderr } = await run(esbuild, given, { cwd: repository }).ended;
  assert.equal(code, 0, stderr);
}

async function runIn(folder: string, file: string): Promise<string[]> {
  const cwd = join(folder, 'elsewhere');
  mkdirSync(cwd);
  const { code, stdout, stderr } = await run(process.execPath, [file], { cwd }).ended;
  assert.equal(code, 0, stderr);
  await assertClosed(join(cwd, 'audit.log'), messages);
  return stdout.trim().split('\n');
}

const program = `main=${programFile('habits/bundle-program')}`;
const sealer = 'agent-audit-sealer=agent-audit/sealer';

for (const format of ['esm', 'cjs'] as const) {
  const extension = format === 'esm' ? '.mjs' : '.cjs';

  test(`one file of esbuild (${format}) seals on its main thread`, { skip }, async (t) => {
    const folder = temporaryFolder(t);
    await bundle(folder, [program], `--format=${format}`, `--out-extension:.js=${extension}`);
    const [sealedOn, verified] = await runIn(folder, join(folder, `main${extension}`));
    assert.equal(sealedOn, 'sealer main');
    assert.match(verified ?? '', /^verified true \d+$/);
  });

  test(`a worker.js beside the bundle (${format}) is the application’s own, and not started`, { skip }, async (t) => {
    const folder = temporaryFolder(t);
    await bundle(folder, [program], `--format=${format}`, `--out-extension:.js=${extension}`, '--minify');
    for (const name of ['worker.js', 'verify-worker.js']) {
      writeFileSync(join(folder, name), `require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'started'))}, '')`);
    }
    assert.equal((await runIn(folder, join(folder, `main${extension}`)))[0], 'sealer main');
    assert.ok(!existsSync(join(folder, 'started')));
  });
}

test('with agent-audit/sealer as a second entry point, sealing has its own thread', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  await bundle(folder, [program, sealer], '--format=esm');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  assert.equal((await runIn(folder, join(folder, 'main.js')))[0], 'sealer worker');
});

test('a sealer of another version is told, and its work done on the main thread', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  await bundle(folder, [program, sealer], '--format=esm');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const file = join(folder, 'agent-audit-sealer.js');
  const code = readFileSync(file, 'utf8');
  const older = code.replace(/^var version = "[^"]+";$/m, 'var version = "0.0.1";');
  assert.notEqual(older, code);
  writeFileSync(file, older);
  const said = await runIn(folder, join(folder, 'main.js'));
  assert.deepEqual(said.slice(0, 4), ['trouble SEALER_GONE', 'trouble SEALER_GONE', 'trouble SEALER_GONE', 'sealer main']);
});

for (const [entries, shippedFrom] of [[[], 'main'], [['agent-audit-shipper=agent-audit/shipper'], 'worker']] as const) {
  test(`with ${entries.length} more entry points, a bundle ships from its ${shippedFrom} thread`, { skip }, async (t) => {
    const folder = temporaryFolder(t);
    await bundle(folder, [`main=${programFile('habits/ship-program')}`, ...entries], '--format=esm');
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const { code, stdout, stderr } = await run(process.execPath, [join(folder, 'main.js')], { cwd: folder }).ended;
    assert.equal(code, 0, stderr);
    assert.equal(stdout, `REMOTE_UNREACHABLE ${shippedFrom}\n`);
  });
}

test('a shipper of another version is told, and its work done on the main thread', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  await bundle(folder, [`main=${programFile('habits/ship-program')}`, 'agent-audit-shipper=agent-audit/shipper'], '--format=esm');
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  const file = join(folder, 'agent-audit-shipper.js');
  const code = readFileSync(file, 'utf8');
  const older = code.replace(/^var version = "[^"]+";$/m, 'var version = "0.0.1";');
  assert.notEqual(older, code);
  writeFileSync(file, older);
  const { stdout } = await run(process.execPath, [join(folder, 'main.js')], { cwd: folder }).ended;
  const gone = /^(?:SHIPPER_GONE (?:main|worker)\n){3}/;
  assert.match(stdout, gone);
  assert.equal(stdout.replace(gone, ''), 'REMOTE_UNREACHABLE main\n');
});

const page = readFileSync(join(repository, 'docs', 'recipes.md'), 'utf8');
const commands = [...page.matchAll(/^```sh\n(esbuild [^]*?)^```$/gm)].map(([, command = '']) => command);

test('docs/recipes.md has its commands', () => {
  assert.equal(commands.length, 3);
});

for (const [index, command] of commands.entries()) {
  test(`command ${index + 1} of docs/recipes.md bundles, and what it makes runs`, { skip }, async (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, 'src'));
    symlinkSync(join(repository, 'node_modules'), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'src', 'main.ts'), readFileSync(programFile('habits/bundle-program')));
    if (command.includes('--format=esm')) writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    const { code, stderr } = await run('sh', ['-c', command], { cwd: folder, env: { PATH: withEsbuild } }).ended;
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /WARNING/);
    const built = ['main.mjs', 'main.js'].map((name) => join(folder, 'dist', name)).find((file) => existsSync(file)) ?? '';
    const [sealedOn] = await runIn(folder, built);
    assert.equal(sealedOn, command.includes('agent-audit-sealer') ? 'sealer worker' : 'sealer main');
  });
}

test('require() gives the logger: nothing in it awaits at its top level', async (t) => {
  const folder = temporaryFolder(t);
  const code = `
    const { createLogger } = require('agent-audit');
    const audit = createLogger({ logFile: process.argv[1], env: false });
    audit.info('agent_start', 'required');
    audit.flush().then(() => console.log(audit.health().sealer));`;
  const logFile = join(folder, 'audit.log');
  const given = ['--input-type=commonjs', '--eval', code, logFile];
  const { code: status, stdout, stderr } = await run(process.execPath, given, { cwd: join(repository, 'test') }).ended;
  assert.deepEqual([status, stdout], [0, 'worker\n'], stderr);
  await assertClosed(logFile, ['required']);
});
