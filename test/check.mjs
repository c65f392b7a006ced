#!/usr/bin/env node
// Every check that runs no code: `node test/check.mjs [CHECK…]`, all of them without a name. One line each; details only of what failed.
// Exit status: 0 all hold · 1 one does not · 2 no such check.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const published = ['packages/log', 'packages/search', 'packages/agent', 'packages/collector', 'packages/console', 'packages/cli'];

const spawnOptions = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };

/** Runs a command to its end: `undefined` where it succeeded, else what it said. */
function run(command, options) {
  const { status, signal, error, stdout, stderr } = spawnSync(command, options, spawnOptions);
  if (status === 0) return undefined;
  return [stdout, stderr, error?.message ?? '', signal === null ? '' : `ended by ${signal}`].filter((text) => text?.trim()).join('\n');
}

/** Runs a tool that the root package.json pins. */
const tool = (name, ...options) => run(process.execPath, [toolPath(name), ...options]);

/** A tool's own JavaScript file: node_modules/.bin holds links on one system and shell scripts on another. */
function toolPath(name) {
  const folder = join(root, 'node_modules', ...(toolPackages[name] ?? name).split('/'));
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof bin === 'string' ? bin : bin[name]);
}
const toolPackages = { attw: '@arethetypeswrong/cli', tsc: 'typescript' };

/** What a published package must and must not hold. */
function checkContents({ workspace, files }) {
  const missing = ['package.json', 'README.md', 'LICENSE'].filter((name) => !files.includes(name));
  const unwanted = files.filter((name) => /\.test\.|\.tsbuildinfo$/.test(name));
  const stale = files.filter((name) => {
    // A browser's files are made of many sources, and the folder is made anew each time.
    if (name.startsWith('dist/public/')) return false;
    const source = name.replace(/^dist\//, 'src/').replace(/\.js$/, '');
    return /^dist\/.*\.js$/.test(name) && !['.ts', '.js', '.peggy'].some((ending) => existsSync(join(root, workspace, source + ending)));
  });
  return [
    ...missing.map((name) => `${workspace} would be published without ${name}`),
    ...unwanted.map((name) => `${workspace} would publish ${name}`),
    ...stale.map((name) => `${workspace} would publish ${name}, whose source is gone: delete ${workspace}/dist and build again`),
  ];
}

let packed;
/** Packs every package once, as `npm publish` would send it. The folder goes when the process does. */
function archives() {
  if (packed !== undefined) return packed;
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-pack-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  packed = published.map((workspace) => {
    const options = ['pack', '--json', '--ignore-scripts', '--workspace', workspace, '--pack-destination', folder];
    const { status, stdout, stderr, error } = spawnSync('npm', options, spawnOptions);
    if (status !== 0) throw new Error(`npm pack of ${workspace} failed: ${error?.message ?? stderr}`);
    const [{ filename, files }] = JSON.parse(stdout);
    return { workspace, archive: join(folder, filename), files: files.map(({ path }) => path) };
  });
  return packed;
}

/** Runs `check` on every package and joins what it finds. */
function eachArchive(check) {
  const problems = archives().flatMap((archive) => check(archive) ?? []);
  return problems.length === 0 ? undefined : problems.join('\n');
}

/** The console holds no code for Node, so that it has no types to be wrong. */
const hasTypes = (workspace) => workspace !== 'packages/console';

const attwOptions = ['--profile', 'esm-only', '--no-definitely-typed', '--no-color', '--no-emoji'];

const checks = {
  types: () => tool('tsc', '-b'),
  lint: () => tool('oxlint', '--format=unix'),
  tidy: () => run(process.execPath, ['test/tidy.mjs']),
  docs: () => run(process.execPath, ['docs/generate-api.mjs', '--check']),
  knip: () => tool('knip', '--no-progress', '--no-config-hints'),
  contents: () => eachArchive(checkContents),
  publint: () => eachArchive(({ archive }) => tool('publint', 'run', archive, '--strict')),
  attw: () => eachArchive(({ archive, workspace }) => (hasTypes(workspace) ? tool('attw', archive, ...attwOptions) : undefined)),
};

const names = process.argv.slice(2);
const unknown = names.find((name) => !Object.hasOwn(checks, name));
if (unknown !== undefined) {
  console.error(`no check named ${unknown}; there are ${Object.keys(checks).join(', ')}`);
  process.exit(2);
}
for (const name of names.length > 0 ? names : Object.keys(checks)) {
  const started = performance.now();
  const problem = checks[name]();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${problem === undefined ? 'ok    ' : 'FAILED'} ${name.padEnd(8)} ${seconds.padStart(5)} s`);
  if (problem === undefined) continue;
  console.log(problem.trimEnd().replaceAll(/^/gm, '       '));
  process.exitCode = 1;
}
