#!/usr/bin/env node
// Writes docs/api.md, every public name with its docstring, from the declarations that `tsc -b` emits:
// `node docs/generate-api.mjs [--check]`.
//
// It reads .d.ts files by their shape, as tsc prints them: whatever stands at the beginning of a line begins a statement, unless it
// closes a bracket. TypeScript 7 offers its syntax trees as `unstable` only.
// Exit status: 0 written, or with --check as it should be · 1 stale, or a public name has no docstring, or nothing is built.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const page = join(root, 'docs', 'api.md');
const columnsMax = 140;
const packages = ['packages/agent', 'packages/log', 'packages/search'];

/** The public entry points of a package: what people import, and its declarations' file. */
function entryPoints(folder) {
  const { name, exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const entries = Object.entries(exports).filter(([, target]) => typeof target === 'object');
  return entries.map(([path, { types }]) => ({ specifier: name + path.slice(1), file: join(root, folder, types) }));
}

/** The statements of a declaration file, each with the comment before it. */
function statementsOf(text) {
  const found = [];
  let doc = '';
  for (const [piece] of text.matchAll(/^\/\*\*[\s\S]*?\*\/|^(?![\s})\]/]).+(?:\n(?=[\s})\]]).*)*/gm)) {
    if (piece.startsWith('/**')) {
      doc = piece;
      continue;
    }
    found.push({ doc, code: piece.trimEnd() });
    doc = '';
  }
  return found;
}

const declarationPattern = /^export (?:declare )?(?:abstract )?(function|class|interface|type|const) ([\w$]+)/;
const starPattern = /^export \* from ['"](.+)['"]/;
const listPattern = /^export (?:type )?\{([\s\S]*)\} from ['"](.+)['"]/;

/** The text of a docstring without its frame. */
function proseOf(comment) {
  return comment.replace(/^\/\*\*/, '').replace(/\*\/$/, '').replaceAll(/^[ \t]*\* ?/gm, '').trim();
}

/** What a caller sees of a declaration: no private member. */
function publicCode(code) {
  const shown = code.replaceAll(/^ {4}(?:#private|private [^\n]*);\n/gm, '').replace(/^export (?:declare )?/, '');
  return shown.replaceAll(/^(?: {4})+/gm, (indent) => ' '.repeat(indent.length / 2)).replaceAll(/^.{141,}$/gm, wrapLine);
}

/** A line too long for the page, broken after a comma or before a bar. */
function wrapLine(line) {
  const indent = ' '.repeat(line.search(/\S/) + 2);
  const lines = [''];
  for (const word of line.split(/(?<=,) (?=\S)| (?=\| )/)) {
    const last = lines.at(-1);
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + word.length < columnsMax) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(indent + word);
  }
  return lines.join('\n');
}

/** A module's exports by name; a name may be declared more than once (a type beside a constant, a function's overloads). */
function exportsOf(file) {
  if (!existsSync(file)) throw new Error(`${file} is not there: run npm run build first`);
  const found = new Map();
  const add = (name, declarations) => found.set(name, [...(found.get(name) ?? []), ...declarations]);
  for (const { doc, code } of statementsOf(readFileSync(file, 'utf8'))) {
    const [, kind, name] = declarationPattern.exec(code) ?? [];
    const [, star] = starPattern.exec(code) ?? [];
    const [, names, from] = listPattern.exec(code) ?? [];
    if (name !== undefined) add(name, [{ name, kind, doc: proseOf(doc), code: publicCode(code) }]);
    else if (star !== undefined) for (const [each, declarations] of exportsOf(resolveModule(file, star))) add(each, declarations);
    else if (names !== undefined) for (const each of listed(names)) add(each, exportsOf(resolveModule(file, from)).get(each) ?? []);
    else if (code.startsWith('export ') && code !== 'export {};') throw new Error(`${file}: an export of an unknown form: ${code}`);
  }
  return found;
}

const listed = (names) => names.split(',').map((name) => name.trim().replace(/^type /, '')).filter((name) => name !== '');

function resolveModule(from, specifier) {
  if (specifier.startsWith('.')) return resolve(dirname(from), specifier.replace(/\.[jt]s$/, '.d.ts'));
  const entry = packages.flatMap(entryPoints).find((each) => each.specifier === specifier);
  if (entry === undefined) throw new Error(`${from} exports from ${specifier}, which is no public entry point`);
  return entry.file;
}

/** Names may differ in case only (`Hasher`, `hasher`), so an anchor keeps it. */
const anchorOf = (specifier, name) => `${specifier} ${name}`.replaceAll(/[^\w]+/g, '-').replace(/^-/, '');

/** One name: heading with an anchor of its own, docstrings, declarations. */
function section(specifier, name, declarations) {
  const kinds = [...new Set(declarations.map(({ kind }) => kind))].join(', ');
  const docs = [...new Set(declarations.map(({ doc }) => doc))].filter((doc) => doc !== '');
  const code = declarations.map((declaration) => declaration.code).join('\n');
  const head = [`<a id="${anchorOf(specifier, name)}"></a>`, '', `### ${name}`, '', `*${kinds}*`, ''];
  return [...head, docs.join('\n\n'), '', '```ts', code, '```', ''];
}

function renderPage(entries) {
  const contents = entries.flatMap(({ specifier, names }) => {
    const links = [...names.keys()].map((name) => `[${name}](#${anchorOf(specifier, name)})`);
    return [`**[${specifier}](#${anchorOf(specifier, '')})**`, '', links.join(' ·\n'), ''];
  });
  const sections = entries.flatMap(({ specifier, names }) => [
    `<a id="${anchorOf(specifier, '')}"></a>`,
    '',
    `## ${specifier}`,
    '',
    ...[...names].flatMap(([name, declarations]) => section(specifier, name, declarations)),
  ]);
  const intro = [
    '# API reference',
    '',
    'Every name that the packages export, from the docstrings in the code. Generated by `npm run docs`; do not edit. What the words mean',
    'is in [concepts](concepts.md). Units stand at the end of names (`timeoutMs`, `lineBytesMax`); what throws says its codes.',
    '',
  ];
  return `${[...intro, ...contents, ...sections].join('\n').trimEnd()}\n`;
}

function main() {
  const entries = packages.flatMap(entryPoints).map(({ specifier, file }) => {
    const names = new Map([...exportsOf(file)].toSorted(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)));
    return { specifier, names };
  });
  const problems = entries.flatMap(({ specifier, names }) =>
    [...names].filter(([, all]) => all.every(({ doc }) => doc === '')).map(([name]) => `${specifier} exports ${name} without a docstring`),
  );
  const text = renderPage(entries);
  if (process.argv[2] !== '--check') writeFileSync(page, text);
  else if (!existsSync(page) || readFileSync(page, 'utf8') !== text) problems.push('docs/api.md is stale: run npm run docs, and commit it');
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) process.exitCode = 1;
}

main();
