#!/usr/bin/env node
// Style as a test: `node test/tidy.mjs` holds every file of the repository to the rules of tidy-rules.mjs. Function length, cycles and what
// needs types are the linter's (.oxlintrc.json). Exit status: 0 tidy · 1 not.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSource } from './source.mjs';
import { rules } from './tidy-rules.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** Where a rule does not hold, and why. `path` is a prefix. An entry that excuses nothing is itself a problem: it must go. */
const exceptions = [
  { rule: 'disk', path: 'packages/agent/src/process.ts', reason: 'asks /proc who a process is, which does not fail like a disk' },
  { rule: 'clock', path: 'packages/cli/src/process-io.ts', reason: 'is where the commands get their clock from, with their streams' },
  { rule: 'clock', path: 'packages/cli/src/collector/transport.ts', reason: 'bounds each request; it decides nothing by the time' },
  { rule: 'clock', path: 'packages/cli/src/doctor/machine-checks.ts', reason: 'holds the clock itself against another one' },
];

/** Data that tests compare byte by byte; style is not theirs. */
const isData = (path) => /(?:^|\/)(?:fixtures|vectors|golden)\//.test(path);

/** Every file that is or would be committed. */
function listFiles() {
  const git = spawnSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8' });
  if (git.status !== 0) throw new Error(`tidy asks git which files are the project's, and git said: ${git.stderr || git.error}`);
  return git.stdout.split('\0').filter((path) => path !== '' && !isData(path) && existsSync(join(root, path)));
}

/** The packages as their package.json files describe them. */
function readPackages(paths) {
  return paths
    .filter((path) => /^(?:(?:packages|examples)\/[^/]+|test|bench)\/package\.json$/.test(path))
    .map((path) => {
      const { name, exports = {}, ...manifest } = JSON.parse(readFileSync(join(root, path), 'utf8'));
      const specifiers = Object.keys(exports).map((key) => name + key.slice(1));
      // What is shipped as one bundle holds what it was made of: nobody installs that with it.
      const bundled = manifest.files?.every((folder) => folder === 'dist/public') ? manifest.devDependencies : {};
      const wanted = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies, ...manifest.peerDependencies, ...bundled });
      return { workspace: dirname(path), name, exports: specifiers, dependencies: wanted };
    });
}

function checkFile(file, packages) {
  return rules
    .filter((rule) => rule.applies(file))
    .flatMap((rule) => rule.check(file, packages).map((problem) => ({ ...problem, path: file.path, rule: rule.name })));
}

function main() {
  const paths = listFiles();
  const packages = readPackages(paths);
  const found = paths.flatMap((path) => checkFile(readSource(path, readFileSync(join(root, path), 'utf8')), packages));
  const excuses = (exception) => (problem) => problem.rule === exception.rule && problem.path.startsWith(exception.path);
  const idle = exceptions.filter((exception) => !found.some(excuses(exception)));
  const problems = found.filter((problem) => !exceptions.some((exception) => excuses(exception)(problem)));
  for (const { path, line, message, rule } of problems) console.log(`${path}:${line} ${message} (${rule})`);
  for (const { path, rule } of idle) console.log(`test/tidy.mjs excuses ${path} from "${rule}", which it no longer needs`);
  if (problems.length + idle.length > 0) process.exitCode = 1;
  else console.log(`${paths.length} files, ${rules.length} rules, ${exceptions.length} exceptions`);
}

main();
