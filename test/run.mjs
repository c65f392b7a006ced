#!/usr/bin/env node
// Runs the tests of every workspace with node's own runner: `node test/run.mjs [--soak] [FILTER…]`.
//
// Tests are TypeScript beside the code: `src/**/*.test.ts`, which `tsc -b` builds to `dist/`; test/*.test.mjs are the tools' own. A FILTER
// is a part of a path (`packages/log`, `src/tree`); without one, everything runs. Soak tests (`*.soak.test.ts`) run with --soak, and then
// alone. The last lines printed are those of node's runner (`# tests …`).
// Exit status: 0 all passed · 1 a test failed · 2 nothing to run, or not built.
import { createWriteStream, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec, tap } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** One more than there are processors: some tests wait most of their time, for what they have cut off to be tried again. */
const filesAtOnce = availableParallelism() + 1;
/** Ends a file that would never end, however busy the machine is. */
const fileTimeoutMs = 600_000;
const soakFileTimeoutMs = 30 * 60_000;

/**
 * What stands for the whole product takes longest: browsers, collectors, fleets. It begins first, so that no file is waited for alone at
 * the end, and what takes moments comes last.
 */
const longestFirst = ['test/src/console/', 'test/src/collector/', 'test/', 'examples/', 'packages/collector/'];

/** Ends the run before it began. */
function refuse(message) {
  console.error(message);
  process.exit(2);
}

/** Files below a folder of the repository, as paths from its root, forward slashes; none where there is no such folder. */
function filesBelow(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true }).map((name) => `${folder}/${name.replaceAll('\\', '/')}`);
}

/** The folders of all workspaces that may hold tests. */
function workspaces() {
  const below = (folder) => readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
  return [...below('packages'), ...below('examples'), 'test', 'bench'].filter((folder) => existsSync(join(root, folder, 'package.json')));
}

/** Deletes built tests whose source is gone: `tsc -b` leaves them behind, and a stale test proves nothing. */
function removeStale(workspace, wanted) {
  const stale = filesBelow(`${workspace}/dist`).filter((file) => file.endsWith('.test.js') && !wanted.includes(file));
  for (const file of stale) {
    console.log(`removed ${file}: its source is gone`);
    for (const ending of ['.js', '.js.map', '.d.ts', '.d.ts.map']) rmSync(join(root, file.replace(/\.js$/, ending)), { force: true });
  }
}

/** Every test of the repository: what to run, and the source that a person knows it by. */
function listTests() {
  const built = workspaces().flatMap((workspace) => {
    const sources = filesBelow(`${workspace}/src`).filter((file) => file.endsWith('.test.ts'));
    const tests = sources.map((source) => ({ source, file: source.replace('/src/', '/dist/').replace(/\.ts$/, '.js') }));
    const files = tests.map(({ file }) => file);
    removeStale(workspace, files);
    return tests;
  });
  const tools = readdirSync(join(root, 'test')).filter((name) => name.endsWith('.test.mjs'));
  return [...built, ...tools.map((name) => ({ source: `test/${name}`, file: `test/${name}` }))];
}

function selectTests({ soak, filters }) {
  const selected = listTests().filter(({ source, file }) => {
    const matches = filters.length === 0 || filters.some((filter) => source.includes(filter) || file.includes(filter));
    return matches && source.endsWith('.soak.test.ts') === soak;
  });
  const missing = selected.filter(({ file }) => !existsSync(join(root, file)));
  if (missing.length > 0) refuse(`not built: ${missing.map(({ source }) => source).join(', ')}\nbuild first: npm run build. Nothing ran.`);
  if (selected.length === 0) refuse(`no ${soak ? 'soak ' : ''}test matches ${filters.join(', ') || 'the run'}. Nothing ran.`);
  return selected.toSorted((a, b) => rankOf(a.source) - rankOf(b.source) || (a.file < b.file ? -1 : 1)).map(({ file }) => file);
}

/** The lower, the longer tests of that place take. */
function rankOf(source) {
  const rank = longestFirst.findIndex((beginning) => source.startsWith(beginning));
  return rank === -1 ? longestFirst.length : rank;
}

/** A test must find nothing of the machine's own settings but what is meant for tests: all that this process has goes to each file's. */
function cleanEnvironment() {
  const isForeign = (name) => (name.startsWith('AGENT_AUDIT_') && !name.startsWith('AGENT_AUDIT_TEST_')) || name === 'NODE_TEST_CONTEXT';
  for (const name of Object.keys(process.env)) if (isForeign(name)) delete process.env[name];
}

/**
 * Runs files in the order in which they are given: `node --test` would sort them by name.
 * @returns {Promise<number>} the exit status
 */
async function runFiles(files, { soak, tapFile }) {
  cleanEnvironment();
  process.chdir(root);
  const timeout = soak ? soakFileTimeoutMs : fileTimeoutMs;
  const told = run({ files: files.map((file) => join(root, file)), concurrency: filesAtOnce, timeout });
  let status = 0;
  told.on('test:fail', ({ todo }) => {
    if (todo === undefined || todo === false) status = 1;
  });
  await Promise.all([
    pipeline(told.compose(new spec()), process.stdout, { end: false }),
    pipeline(told.compose(tap), createWriteStream(tapFile)),
  ]);
  return status;
}

/** The runner's closing lines, `# tests` and what follows, as its TAP reporter wrote them. */
function closingLines(tapFile) {
  const lines = existsSync(tapFile) ? readFileSync(tapFile, 'utf8').trimEnd().split('\n') : [];
  const first = lines.findLastIndex((line) => line.startsWith('# tests '));
  return first === -1 ? [] : lines.slice(first);
}

function parseArguments(given) {
  const unknown = given.find((argument) => argument.startsWith('-') && argument !== '--soak');
  if (unknown !== undefined) refuse(`unknown option ${unknown}\nusage: node test/run.mjs [--soak] [FILTER…]`);
  return { soak: given.includes('--soak'), filters: given.filter((argument) => argument !== '--soak') };
}

async function main() {
  const selection = parseArguments(process.argv.slice(2));
  const files = selectTests(selection);
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-test-'));
  try {
    const tapFile = join(folder, 'run.tap');
    const status = await runFiles(files, { ...selection, tapFile });
    const closing = closingLines(tapFile);
    if (closing.length === 0) console.error('the runner ended without its closing lines: the run counts as failed');
    console.log(['', `# files ${files.length}`, ...closing].join('\n'));
    process.exitCode = closing.length === 0 ? 1 : status;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

await main();
