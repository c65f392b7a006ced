// The rules that tidy holds every file to. A rule sees one file and names the lines that break it: `{ name, applies(file), check(file) }`.
// A file is `{ path, text, lines, code, bare, imports }` as readSource of source.mjs makes it; `packages` is what the workspaces'
// package.json files say: `{ workspace, name, exports, dependencies }`.
import { dirname, join } from 'node:path/posix';
import { lineOf } from './source.mjs';

const fileLinesMax = 400;
const testFileLinesMax = 600;
const lineColumnsMax = 140;

/** What each package may import of the others: only what stands below it in the house. Everything outside of packages/ may import all. */
const below = {
  'packages/log': [],
  'packages/search': ['@agent-audit/log'],
  'packages/agent': ['@agent-audit/log'],
  'packages/collector': ['@agent-audit/log', '@agent-audit/search', 'agent-audit'],
  'packages/console': ['@agent-audit/log', '@agent-audit/search'],
  'packages/cli': ['@agent-audit/log', '@agent-audit/search', 'agent-audit', '@agent-audit/collector'],
};
/** Packages that run in a browser too. */
const purePackages = ['packages/log', 'packages/search', 'packages/console'];

const isSource = ({ path }) => /\.(?:tsx?|mts|mjs|js)$/.test(path);
const isTypeScript = ({ path }) => /\.tsx?$/.test(path);
const isTest = ({ path }) => /\.test\.(?:\w+\.)?m?[jt]sx?$/.test(path) || path.startsWith('test/');
const isText = ({ path }) =>
  isSource({ path }) || /\.(?:json|md|ya?ml|sh|go|peggy|css|html|svg)$|(?:^|\/)\.[^/]*$|^\.ci\/|^LICENSE$/.test(path);
/** What a package ships and runs: not its tests. */
const isProduct = (file) => /^packages\/[^/]+\/src\//.test(file.path) && isTypeScript(file) && !isTest(file);
const workspaceOf = (path) => /^(?:packages|examples)\/[^/]+|^(?:test|bench)(?=\/)/.exec(path)?.[0] ?? '';

/** All places where `pattern` (global) matches, as problems. */
function find(text, pattern, message) {
  return [...text.matchAll(pattern)].map((match) => ({ line: lineOf(text, match.index), message: message(match[0].trim()) }));
}

/** The imports whose specifier matches, as problems. */
function findImports({ imports }, pattern, why) {
  return imports
    .filter(({ specifier }) => pattern.test(specifier))
    .map(({ specifier, line }) => ({ line, message: `imports ${specifier}: ${why}` }));
}

const pure = {
  name: 'pure',
  applies: (file) => isProduct(file) && purePackages.includes(workspaceOf(file.path)),
  check: (file) => findImports(file, /^node:/, 'this package runs in a browser, so it takes what it needs as a parameter'),
};

const disk = {
  name: 'disk',
  applies: (file) => isProduct(file) && file.path.startsWith('packages/agent/src/') && !/src\/(?:disk\.ts$|files\/)/.test(file.path),
  check: (file) => findImports(file, /^node:fs(?:\/|$)/, 'only disk.ts and files/ touch the disk, so that a test can make it fail'),
};

const timeCalls = [
  String.raw`\bDate\.now\b`,
  String.raw`\bnew Date\(\s*\)`,
  String.raw`\bset(?:Timeout|Interval)\b`,
  String.raw`\bperformance\.(?:now|timeOrigin)\b`,
  String.raw`\bprocess\.(?:hrtime|uptime)\b`,
  String.raw`\bAbortSignal\.timeout\b`,
];
const clock = {
  name: 'clock',
  applies: (file) => isProduct(file) && !file.path.endsWith('/clock.ts'),
  check: (file) => {
    const why = 'only clock.ts tells the time or waits for it, so that a test can move it';
    const calls = find(file.bare, new RegExp(timeCalls.join('|'), 'g'), (found) => `uses ${found}: ${why}`);
    return [...calls, ...findImports(file, /^node:(?:timers|perf_hooks)(?:\/|$)/, why)];
  },
};

/** The package that a specifier names: `agent-audit/files` → `agent-audit`. */
const packageOf = (specifier) => specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');

function checkPackageImport(file, packages, specifier) {
  const name = packageOf(specifier);
  const workspace = workspaceOf(file.path);
  const target = packages.find((candidate) => candidate.name === name);
  if (target?.workspace === workspace) return 'imports its own package by name: use a relative import';
  if (target !== undefined && below[workspace]?.includes(name) === false) {
    return `imports ${name}, which does not stand below ${workspace} in the house`;
  }
  if (target?.exports.includes(specifier) === false) return `imports ${specifier}, which ${name} does not export`;
  const own = packages.find((candidate) => candidate.workspace === workspace);
  if (isProduct(file) && own?.dependencies.includes(name) === false) return `imports ${name}, no dependency of ${workspace}/package.json`;
  return undefined;
}

function checkRelativeImport(file, specifier) {
  const target = join(dirname(file.path), specifier);
  const home = isTypeScript(file) ? join(workspaceOf(file.path), 'src') : workspaceOf(file.path);
  if (!target.startsWith(`${home}/`)) return `imports ${specifier}, outside of ${home}: import the package by its name`;
  if (isProduct(file) && isTest({ path: target })) return `imports ${specifier}, a test`;
  return undefined;
}

const house = {
  name: 'house',
  applies: (file) => isSource(file) && workspaceOf(file.path) !== '',
  check: (file, packages) =>
    file.imports.flatMap(({ specifier, line }) => {
      if (specifier.startsWith('node:')) return [];
      const message = specifier.startsWith('.') ? checkRelativeImport(file, specifier) : checkPackageImport(file, packages, specifier);
      return message === undefined ? [] : [{ line, message }];
    }),
};

const size = {
  name: 'size',
  applies: (file) => isSource(file) || /\.(?:go|peggy|css)$/.test(file.path),
  check: (file) => {
    const linesMax = isTest(file) ? testFileLinesMax : fileLinesMax;
    const count = file.lines.length;
    return count > linesMax ? [{ line: linesMax + 1, message: `has ${count} lines, over ${linesMax}: two nouns want two files` }] : [];
  },
};

const width = {
  name: 'width',
  applies: (file) => isText(file) && !file.path.endsWith('.json') && !file.path.endsWith('.jsonl'),
  check: ({ path, lines }) =>
    lines.flatMap((text, index) => {
      const isTable = path.endsWith('.md') && text.startsWith('|');
      if (text.length <= lineColumnsMax || isTable) return [];
      return [{ line: index + 1, message: `is ${text.length} columns wide, over ${lineColumnsMax}` }];
    }),
};

// Written in halves, so that this file does not break its own rule.
const unfinishedWords = new RegExp(String.raw`\b(?:TO${''}DO|FIX${''}ME|XX${''}X)\b`, 'g');
const unfinished = {
  name: 'unfinished',
  applies: isText,
  check: ({ text }) => find(text, unfinishedWords, (found) => `says ${found}: finish it, or file it where work is planned`),
};

const types = {
  name: 'types',
  applies: isTypeScript,
  check: (file) => [
    ...find(file.bare, /(?::|\bas|<|\|)\s*any\b(?!\s*[:(])/g, (found) => `says \`${found}\`: parse what is unknown, then trust it`),
    ...find(file.text, /@ts-(?:ignore|nocheck)\b/g, (found) => `says ${found}: types tell the truth`),
    ...(isTest(file) ? [] : find(file.text, /@ts-expect-error\b/g, (found) => `says ${found} outside of a test`)),
  ],
};

const suppressed = {
  name: 'suppressed',
  applies: isSource,
  check: ({ lines }) =>
    lines.flatMap((text, index) =>
      /(?:\/\/|\/\*)\s*(?:oxlint|eslint)-disable/.test(text) && !/\s--\s+\S.{9,}/.test(text)
        ? [{ line: index + 1, message: 'switches a lint rule off without a reason: `-- why` must follow' }]
        : [],
    ),
};

/** gofmt indents with tabs, in a Go file and where a document shows Go. */
const mayHaveTabs = (path) => /\.(?:go|md)$/.test(path);
const whitespace = {
  name: 'whitespace',
  applies: isText,
  check: ({ path, text, lines }) => [
    ...lines.flatMap((line, index) => {
      if (/[ \t\r]$/.test(line)) return [{ line: index + 1, message: 'ends in white space' }];
      return line.includes('\t') && !mayHaveTabs(path) ? [{ line: index + 1, message: 'has a tab' }] : [];
    }),
    ...(text === '' || text.endsWith('\n') ? [] : [{ line: lines.length, message: 'does not end with a newline' }]),
    ...(text.startsWith('\uFEFF') ? [{ line: 1, message: 'begins with a byte order mark' }] : []),
  ],
};

const registry = /\bregistry\.[a-z0-9-]+\.[a-z]{2,}|https?:\/\/[^\s/"']*(?:registry|artifactory|verdaccio|nexus|jfrog)[^\s/"']*/gi;
const machinePath = /(?<![\w.~$}/])\/(?:home|Users|root|work)\/[\w.-]+/g;
const addresses = {
  name: 'addresses',
  applies: isText,
  check: ({ text }) => [
    ...find(text, registry, (found) => `names ${found}: where packages come from is each machine's own setting`),
    ...find(text, machinePath, (found) => `names ${found}, a path of one machine`),
  ],
};

const lockfile = {
  name: 'lockfile',
  applies: ({ path }) => path.endsWith('package-lock.json'),
  check: ({ text }) => find(text, /"resolved":\s*"(?:https?|git)[^"]*"/g, (found) => `holds ${found}: omit-lockfile-registry-resolved`),
};

/** Of an interface or a type the members tell; the rest owes a sentence. */
const declaration = String.raw`(?:abstract |async )*(?:function\*?|class|const)`;
const exported = new RegExp(String.raw`(?<before>[^\n]*)\nexport ${declaration} (?<name>\w+)`, 'g');
const docs = {
  name: 'docs',
  applies: (file) => isProduct(file) && !file.path.endsWith('/index.ts'),
  check: ({ text }) => {
    const seen = new Set();
    return [...text.matchAll(exported)].flatMap(({ groups, index }) => {
      // The overloads of one function share their docstring.
      const isDocumented = seen.has(groups.name) || /\*\/\s*$/.test(groups.before);
      seen.add(groups.name);
      return isDocumented ? [] : [{ line: lineOf(text, index) + 1, message: `exports ${groups.name} without a docstring` }];
    });
  },
};

const sleep = /new Promise(?:<\w+>)?\(\s*\(?\w*\)?\s*=>\s*(?:void\s+)?setTimeout\b/g;
const tests = {
  name: 'tests',
  applies: (file) => /\.test\.m?[jt]s$/.test(file.path),
  check: (file) => {
    const why = 'a test waits for what it needs, not for time to pass';
    const isTested = file.imports.some(({ specifier }) => specifier === 'node:test');
    return [
      ...(isTested ? [] : [{ line: 1, message: 'is named a test but does not import node:test' }]),
      ...find(file.bare, /\b(?:test|it|describe|suite)\.(?:only|todo)\b|\bonly: true\b/g, (found) => `says ${found}`),
      ...find(file.bare, sleep, () => `sleeps: ${why}`),
      ...findImports(file, /^(?:node:)?timers\/promises$/, why),
    ];
  },
};

export const rules = [pure, disk, clock, house, size, width, unfinished, types, suppressed, whitespace, addresses, lockfile, docs, tests];
