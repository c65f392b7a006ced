import { textsOf, valuesAt, type WireEvent } from './event.ts';
import { type Field, fieldOf } from './fields.ts';
import { compareInstants, parseInstant } from './instant.ts';
import { isNumber } from './parse.ts';
import type { Clause, Comparison, FieldClause, Query, Test } from './query.ts';

/** Whether an event, parsed from its line, is one that is looked for. */
export type EventTest = (event: WireEvent) => boolean;

type ValueTest = (value: unknown) => boolean;

/** Makes a function of a query once, so that nothing of it is looked at again for every event. */
export function eventTest(query: Query): EventTest {
  return query.kind === 'all' ? () => true : clauseTest(query);
}

function clauseTest(clause: Clause): EventTest {
  switch (clause.kind) {
    case 'text': {
      const pattern = new RegExp(escapePattern(clause.text), 'i');
      return (event) => {
        for (const text of textsOf(event)) if (pattern.test(text)) return true;
        return false;
      };
    }
    case 'field':
      return fieldTest(clause);
    case 'not': {
      const test = clauseTest(clause.part);
      return (event) => !test(event);
    }
    case 'and': {
      const tests = clause.parts.map(clauseTest);
      return (event) => tests.every((test) => test(event));
    }
    case 'or': {
      const tests = clause.parts.map(clauseTest);
      return (event) => tests.some((test) => test(event));
    }
  }
}

/** The regular expression that finds a text and nothing else. */
export function escapePattern(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
}

function fieldTest({ field: name, tests }: FieldClause): EventTest {
  const field = fieldOf(name);
  if (field === undefined) throw new TypeError(`no field is named ${JSON.stringify(name)}`);
  const valueTests = tests.map((test) => valueTest(field, test));
  const passes: ValueTest = (value) => {
    for (const test of valueTests) if (test(value)) return true;
    return false;
  };
  const nested = name.includes('.');
  return (event) => {
    // Nearly every field is a text or a number of the event itself.
    const value = nested || !Object.hasOwn(event, name) ? undefined : event[name];
    if (typeof value === 'string' || typeof value === 'number') return passes(value);
    for (const other of valuesAt(event, name)) if (passes(other)) return true;
    return false;
  };
}

function valueTest(field: Field, test: Test): ValueTest {
  if (test.op === 'present') return () => true;
  const { op, value: wanted } = test;
  if (op === 'starts') return (value) => typeof value === 'string' && value.startsWith(wanted);
  switch (field.kind) {
    case 'ordered': {
      const ranks = field.values ?? [];
      const rank = ranks.indexOf(wanted);
      return (value) => typeof value === 'string' && ranks.includes(value) && isInOrder(op, ranks.indexOf(value) - rank);
    }
    case 'instant': {
      const instant = parseInstant(wanted);
      if (instant === undefined) return () => false;
      return (value) => {
        const other = typeof value === 'string' ? parseInstant(value) : undefined;
        return other !== undefined && isInOrder(op, compareInstants(other, instant));
      };
    }
    case 'number': {
      const number = Number(wanted);
      return (value) => typeof value === 'number' && isInOrder(op, compareNumbers(value, number));
    }
    case 'details': {
      if (op === 'is') return equalTo(wanted);
      const number = Number(wanted);
      return (value) => typeof value === 'number' && isInOrder(op, compareNumbers(value, number));
    }
    case 'text':
    case 'choice':
    case 'group':
      return (value) => value === wanted;
  }
}

/** In details a value says by its form what it may be: 443 is the number or the text, true the truth or the text. */
function equalTo(wanted: string): ValueTest {
  const number = isNumber(wanted) ? Number(wanted) : undefined;
  const truth = wanted === 'true' ? true : wanted === 'false' ? false : undefined;
  return (value) => value === wanted || (typeof value === 'number' && value === number) || (typeof value === 'boolean' && value === truth);
}

/** As the difference, but right for 1e999 as well, which is as infinite as any other. */
function compareNumbers(left: number, right: number): number {
  return left === right ? 0 : left - right;
}

/** Whether a difference, event minus search, is what the comparison asks for. */
export function isInOrder(op: Exclude<Comparison, 'starts'>, difference: number): boolean {
  switch (op) {
    case 'is':
      return difference === 0;
    case 'lt':
      return difference < 0;
    case 'le':
      return difference <= 0;
    case 'gt':
      return difference > 0;
    case 'ge':
      return difference >= 0;
  }
}
