#!/usr/bin/env node
// Every check that runs no code: `node test/check.mjs [CHECK…]`, all of them without a name. One line each, in the order in which they end;
// details only of what failed. As many run at once as there are processors: most tools use one.
// Exit status: 0 all hold · 1 one does not · 2 no such check.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const published = ['packages/log', 'packages/search', 'packages/agent', 'packages/collector', 'packages/console', 'packages/cli'];

/** How a command ended, and what it said. */
function start(command, options) {
  return new Promise((done) => {
    const child = spawn(command, options, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr']) child[name].setEncoding('utf8').on('data', (text) => (said[name] += text));
    child.once('error', (error) => done({ status: null, ...said, stderr: `${said.stderr}${error.message}` }));
    child.once('close', (status, signal) => done({ status, ...said, ended: signal === null ? '' : `ended by ${signal}` }));
  });
}

/** Runs a command to its end: `undefined` where it succeeded, else what it said. */
async function run(command, options) {
  const { status, stdout, stderr, ended = '' } = await start(command, options);
  return status === 0 ? undefined : [stdout, stderr, ended].filter((text) => text.trim()).join('\n');
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
  packed ??= packAll();
  return packed;
}

async function packAll() {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-pack-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const made = [];
  for (const workspace of published) {
    const options = ['pack', '--json', '--ignore-scripts', '--workspace', workspace, '--pack-destination', folder];
    const { status, stdout, stderr } = await start('npm', options);
    if (status !== 0) throw new Error(`npm pack of ${workspace} failed: ${stderr}`);
    const [{ filename, files }] = JSON.parse(stdout);
    made.push({ workspace, archive: join(folder, filename), files: files.map(({ path }) => path) });
  }
  return made;
}

/** Runs `check` on every package and joins what it finds. */
async function eachArchive(check) {
  const problems = [];
  for (const archive of await archives()) problems.push(...([await check(archive)].flat().filter((problem) => problem !== undefined)));
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

/** Runs one check and says how it went. */
async function runCheck(name) {
  const started = performance.now();
  const problem = await checks[name]();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${problem === undefined ? 'ok    ' : 'FAILED'} ${name.padEnd(8)} ${seconds.padStart(5)} s`);
  if (problem === undefined) return;
  console.log(problem.trimEnd().replaceAll(/^/gm, '       '));
  process.exitCode = 1;
}

const wanted = names.length > 0 ? names : Object.keys(checks);
// What the others look at is built before they look.
if (wanted[0] === 'types') await runCheck(wanted.shift());
const lane = async () => {
  for (let name = wanted.shift(); name !== undefined; name = wanted.shift()) await runCheck(name);
};
await Promise.all(Array.from({ length: availableParallelism() }, lane));
