// What a search asks of one field, as a condition on a regular line.
import { type Comparison, type Field, type FieldClause, fields, isInOrder, parseInstant, type Test } from '@agent-audit/search';
import { timeOfNanos, timeTest } from './instant-range.ts';
import { standsInDocument, whereNeeded } from './needs.ts';
import { pathValues } from './path-values.ts';
import { standsRaw } from './text-pattern.ts';
import type { Values } from './values.ts';

/** Says it of regular lines; undefined: only the line itself can be asked. */
export type FieldCondition = string | undefined;

/** Fields that a column has; it holds the empty text where a line has no such field. */
export const textColumns: ReadonlyMap<string, string> = new Map([
  ['type', 'type'],
  ['severity', 'severity'],
  ['agent_id', 'agent_id'],
  ['tenant_id', 'tenant_id'],
  ['job_id', `if(by_span, '', job)`],
  ['report_id', 'report_id'],
  ['error', 'error'],
  ['trace_id', 'trace_id'],
  ['outcome', 'outcome'],
  ['operation', 'operation'],
]);
const operators = { is: '=', lt: '<', le: '<=', gt: '>', ge: '>=' } as const;
const loneSurrogate = /\p{Cs}/u;
const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const day = /^\d{4}-\d\d-\d\d/;

const byName = new Map(fields.map((field) => [field.name, field]));

/** The field of a name that `parse` has let through. */
function fieldOf(name: string): Field {
  return byName.get(name) ?? { name, kind: 'details', about: '' };
}

/** The condition that at least one test of the clause holds. */
export function fieldCondition({ field: name, tests }: FieldClause, values: Values): FieldCondition {
  if (!tests.every((test) => test.op === 'present' || isWellFormed(test.value))) return undefined;
  const field = fieldOf(name);
  const column = textColumns.get(name);
  const parts = column === undefined ? tests.map((test) => testOf(field, test, values)) : columnTests(field, column, tests, values);
  return parts.every((part) => part !== undefined) ? anyOf(parts) : undefined;
}

/** One of them; without any, never. */
export function anyOf(parts: readonly string[]): string {
  const [first = '0'] = parts;
  return parts.length <= 1 ? first : `(${parts.join(' OR ')})`;
}

/** A column holds '' where a regular line has no such field. */
function columnTests(field: Field, column: string, tests: readonly Test[], values: Values): readonly string[] {
  const wanted = tests.flatMap((test) => (test.op === 'present' || test.op === 'starts' ? [] : inOrder(field, test.op, test.value)));
  const exact = wanted.filter((value) => value !== '');
  return [
    ...(exact.length === 0 ? [] : [isOneOf(column, exact, values)]),
    ...tests.flatMap((test) => (test.op === 'starts' ? [`startsWith(${column}, ${values.text(test.value)})`] : [])),
    ...(tests.some((test) => test.op === 'present') ? [`${column} != ''`] : []),
  ];
}

function isOneOf(column: string, wanted: readonly string[], values: Values): string {
  const [first = ''] = wanted;
  const test = wanted.length === 1 ? `= ${values.text(first)}` : `IN ${values.place('Array(String)', wanted)}`;
  // The index is on the column itself.
  return column === textColumns.get('job_id') ? `(job ${test} AND NOT by_span)` : `${column} ${test}`;
}

/** The values of a field that pass a comparison: of severities those on one side. */
function inOrder({ kind, values = [] }: Field, op: Exclude<Comparison, 'starts'>, wanted: string): readonly string[] {
  if (kind !== 'ordered' || op === 'is') return [wanted];
  const rank = values.indexOf(wanted);
  return values.filter((_, index) => isInOrder(op, index - rank));
}

function testOf(field: Field, test: Test, values: Values): FieldCondition {
  switch (field.name) {
    case 'seq':
      return test.op === 'present' ? '1' : numberTest('toFloat64(seq)', test, values);
    case 'duration_ms':
      return test.op === 'present'
        ? 'isNotNull(duration_ms)'
        : `(isNotNull(duration_ms) AND ${numberTest('assumeNotNull(duration_ms)', test, values)})`;
    case 'timestamp':
      return timestampTest(test, values);
    default:
      return pathTest(field, test, values);
  }
}

type Comparing = Exclude<Test, { readonly op: 'present' }>;

function numberTest(number: string, { op, value }: Comparing, values: Values): string {
  return op === 'starts' ? '0' : `${number} ${operators[op]} ${values.double(Number(value))}`;
}

function timestampTest(test: Test, values: Values): string {
  if (test.op === 'present') return '1';
  if (test.op === 'starts') {
    const text = `startsWith(JSONExtractString(whole, 'timestamp'), ${values.text(test.value)})`;
    const from = parseInstant(day.exec(test.value)?.[0] ?? '');
    if (from === undefined) return text;
    const next = { ...from, seconds: from.seconds + 86_400 };
    return `(${compareTime('ge', from, values)} AND ${compareTime('lt', next, values)} AND ${text})`;
  }
  const instant = parseInstant(test.value);
  return instant === undefined ? '0' : compareTime(test.op, instant, values);
}

function compareTime(op: Exclude<Comparison, 'starts'>, instant: Parameters<typeof timeTest>[1], values: Values): string {
  const told = timeTest(op, instant);
  if (told === 'never') return '0';
  return told === 'always' ? '1' : `time ${told.operator} ${timeOfNanos(values.place('Int64', told.nanos))}`;
}

/** A field without a column of its own, read out of the line. */
function pathTest(field: Field, test: Test, values: Values): FieldCondition {
  // The order of instants is that of no text; what recorded_at is asked for is asked of the line.
  if (field.kind === 'instant' && test.op !== 'present' && test.op !== 'starts') return undefined;
  const items = pathValues(field.name, values);
  if (items === undefined) return undefined;
  if (test.op === 'present') return `notEmpty(${items})`;
  const { condition, needs } = itemTest(field, test, values);
  return whereNeeded(needs, `arrayExists(item -> ${condition}, ${items})`);
}

interface ItemTest {
  readonly condition: string;
  /** What a line must hold for that, and is quicker to see. */
  readonly needs: readonly string[];
}

function itemTest(field: Field, test: Comparing, values: Values): ItemTest {
  const { op, value } = test;
  const isText = `startsWith(item, '"')`;
  const isNumber = `match(item, '^[-0-9]')`;
  const number = `JSONExtractFloat(item)`;
  if (op === 'starts') {
    return { condition: `(${isText} AND startsWith(JSONExtractString(item), ${values.text(value)}))`, needs: needsOf(value, values) };
  }
  if (field.kind === 'number' || op !== 'is') return { condition: `(${isNumber} AND ${numberTest(number, test, values)})`, needs: [] };
  const equalText = `(${isText} AND JSONExtractString(item) = ${values.text(value)})`;
  if (field.kind !== 'details') return { condition: equalText, needs: needsOf(value, values) };
  const isNumeric = numberPattern.test(value);
  const others = [
    ...(isNumeric ? [`(${isNumber} AND ${numberTest(number, test, values)})`] : []),
    ...(value === 'true' || value === 'false' ? [`item = '${value}'`] : []),
  ];
  return { condition: anyOf([equalText, ...others]), needs: isNumeric ? [] : needsOf(value, values) };
}

/** That the longest piece of a text that cannot be spelled otherwise, but by `\u`, stands on the line. */
function needsOf(text: string, values: Values): readonly string[] {
  const piece = longestRaw(text);
  return piece === '' ? [] : [standsInDocument(piece, values)];
}

/** The longest piece of a text whose characters stand raw. */
export function longestRaw(text: string): string {
  const pieces = [''];
  for (const character of text) {
    if (standsRaw(character)) pieces.push(`${pieces.pop() ?? ''}${character}`);
    else pieces.push('');
  }
  return pieces.reduce((best, piece) => (piece.length > best.length ? piece : best), '');
}

/** Whether a text can be sent as UTF-8. What has half a pair of surrogates is asked of the lines only. */
export function isWellFormed(text: string): boolean {
  return !loneSurrogate.test(text);
}
