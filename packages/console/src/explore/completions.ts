// What can stand at the caret of a search: names of fields, and after a colon their values.
import { type Field, fields } from '@agent-audit/search';

/** The word at the caret. */
export interface Word {
  readonly start: number;
  readonly end: number;
  /** Before the colon, where there is one. */
  readonly field: string | undefined;
  /** What of the name or value stands before the caret. */
  readonly typed: string;
  /** Where the name or value begins. */
  readonly from: number;
}

/** Something to put in the word's place. */
export interface Completion {
  readonly text: string;
  readonly about: string;
  /** The whole search with it, and where the caret stands then. */
  readonly apply: (search: string) => { readonly search: string; readonly caret: number };
}

const offeredMax = 10;

/** The word that the caret stands in. */
export function wordAt(search: string, caret: number): Word {
  const before = search.slice(0, caret);
  const start = Math.max(...[' ', '(', '\t'].map((stop) => before.lastIndexOf(stop))) + 1;
  const rest = /^[^\s()]*/.exec(search.slice(caret))?.[0] ?? '';
  const word = before.slice(start).replace(/^-/, '');
  const wordStart = caret - word.length;
  const colon = word.indexOf(':');
  if (colon === -1) return { start: wordStart, end: caret + rest.length, field: undefined, typed: word, from: wordStart };
  const value = word.slice(colon + 1).replace(/^(?:>=|<=|>|<)/, '');
  return { start: wordStart, end: caret + rest.length, field: word.slice(0, colon), typed: value, from: caret - value.length };
}

/** The field whose values the caret wants; undefined where it wants none, or they are known without asking. */
export function fieldToAsk({ field }: Word): string | undefined {
  if (field === undefined) return undefined;
  if (/^details\.[^".]/.test(field)) return field;
  const known = fields.find(({ name }) => name === field);
  return known !== undefined && known.kind === 'text' ? field : undefined;
}

/** What could stand at the caret; `values` are those of the word's field. */
export function completionsOf(word: Word, values: readonly string[]): readonly Completion[] {
  return word.field === undefined ? fieldCompletions(word) : valueCompletions(word, values);
}

function fieldCompletions(word: Word): readonly Completion[] {
  if (word.typed === '') return [];
  const typed = word.typed.toLowerCase();
  const names = fields.filter(({ kind }) => kind !== 'group').filter(({ name }) => name.includes(typed));
  const ordered = names.toSorted((left, right) => Number(right.name.startsWith(typed)) - Number(left.name.startsWith(typed)));
  return ordered.slice(0, offeredMax).map(({ name, about, kind }) => {
    const written = kind === 'details' ? 'details.' : `${name}:`;
    return { text: written, about, apply: (search) => put(search, word, written) };
  });
}

function valueCompletions(word: Word, values: readonly string[]): readonly Completion[] {
  const field: Field | undefined = fields.find(({ name }) => name === word.field);
  const typed = word.typed.replace(/^"/, '').toLowerCase();
  const known = field?.values ?? values;
  const fitting = known.filter((value) => value.toLowerCase().includes(typed) && value.toLowerCase() !== typed);
  return fitting.slice(0, offeredMax).map((value) => {
    const written = `${quoted(value)} `;
    return { text: value, about: field?.about ?? '', apply: (search) => put(search, word, written) };
  });
}

function quoted(value: string): string {
  return /^[\w/.@-]+$/.test(value) ? value : `"${value.replaceAll(/["\\]/g, '\\$&')}"`;
}

function put(search: string, { from, end }: Word, written: string): { readonly search: string; readonly caret: number } {
  const after = search.slice(end).replace(/^ (?=.)/, written.endsWith(' ') ? '' : ' ');
  return { search: search.slice(0, from) + written + after, caret: from + written.length };
}
