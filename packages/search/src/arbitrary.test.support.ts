// What properties are tried on: searches, events, and lines as foreign writers may spell them. Words are few, so that searches and
// events often meet, and hold what is easily got wrong: case, escapes, numbers, stars, characters beyond ASCII.
import fc from 'fast-check';
import { fields } from './fields.ts';
import { and, type Clause, type Comparison, not, or, type Query, type Test } from './query.ts';

const words = [
  'a',
  'ab',
  'Ab',
  'k',
  'K',
  '\u212a',
  's',
  'ſ',
  'é',
  'É',
  '漢字',
  'ß',
  '😀',
  '/srv/a',
  'C:\\a',
  '"',
  '\\',
  '\n',
  '*',
  'OR',
  '-a',
  '>1',
];
const numbers = ['0', '1', '-1', '1.5', '1e3', '1000', '443', '1e999', '12345678901234567890'];
const truths = ['true', 'false', 'null'];
const times = [
  '2026-11-24T14:03:22.118Z',
  '2026-11-24T15:03:22.118000+01:00',
  '2026-11-24T14:03:22.1180000001Z',
  '2026-11-25T00:00:00Z',
  '1969-12-31T23:59:60Z',
];

const word = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
);
const filled = word.filter((text) => text !== '');
const number = fc.constantFrom(...numbers);
const keys = fc.constantFrom('a', 'b', 'a.b', 'tool', 'type', 'timestamp', '__proto__', '', 'é', 'x y');

const comparisons: Comparison[] = ['lt', 'le', 'gt', 'ge'];
const inOrder = (value: fc.Arbitrary<string>): fc.Arbitrary<Test> =>
  fc.record({ op: fc.constantFrom(...comparisons), value }, { noNullPrototype: true });
const is = (value: fc.Arbitrary<string>): fc.Arbitrary<Test> =>
  fc.record({ op: fc.constant('is' as const), value }, { noNullPrototype: true });
const starts = (value: fc.Arbitrary<string>): fc.Arbitrary<Test> =>
  fc.record({ op: fc.constant('starts' as const), value }, { noNullPrototype: true });
const present = fc.constant<Test>({ op: 'present' });

function testOf(field: (typeof fields)[number]): fc.Arbitrary<Test> {
  const values = fc.constantFrom(...(field.values ?? ['']));
  switch (field.kind) {
    case 'text':
      return fc.oneof(present, is(word), starts(filled));
    case 'choice':
      return fc.oneof(present, is(values), starts(filled));
    case 'ordered':
      return fc.oneof(present, is(values), inOrder(values));
    case 'number':
      return fc.oneof(present, is(number), inOrder(number));
    case 'instant':
      return fc.oneof(
        present,
        is(fc.constantFrom(...times)),
        inOrder(fc.constantFrom(...times, '2026-11-24')),
        starts(fc.constantFrom('2026', '2026-11-24T14')),
      );
    case 'group':
    case 'details':
      return present;
  }
}

function fieldClause(field: string, test: fc.Arbitrary<Test>): fc.Arbitrary<Clause> {
  return fc.array(test, { minLength: 1, maxLength: 3 }).map((tests) => ({ kind: 'field', field, tests }));
}

const detailsPath = fc
  .array(keys, { minLength: 1, maxLength: 2 })
  .map((path) => path.join('.'))
  .filter((path) => path !== '');
const detailsTest = fc.oneof(present, is(fc.oneof(word, number, fc.constantFrom(...truths))), starts(filled), inOrder(number));
const usualFields = fields.filter((field) => ['seq', 'timestamp', 'type', 'severity', 'message', 'duration_ms'].includes(field.name));

const term: fc.Arbitrary<Clause> = fc.oneof(
  filled.map((text) => ({ kind: 'text' as const, text })),
  fc.constantFrom(...usualFields, ...fields).chain((field) => fieldClause(field.name, testOf(field))),
  detailsPath.chain((path) => fieldClause(`details.${path}`, detailsTest)),
);

const { clause } = fc.letrec<{ clause: Clause }>((tie) => ({
  clause: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    { weight: 3, arbitrary: term },
    { weight: 1, arbitrary: tie('clause').map(not) },
    { weight: 2, arbitrary: fc.tuple(tie('clause'), tie('clause')).map((parts) => and(parts) as Clause) },
    { weight: 2, arbitrary: fc.tuple(tie('clause'), tie('clause')).map(or) },
  ),
}));

/** A search in the one form that `parse` makes. */
export const query: fc.Arbitrary<Query> = fc.oneof(
  { weight: 30, arbitrary: clause },
  { weight: 1, arbitrary: fc.constant<Query>({ kind: 'all' }) },
);

const scalar = fc.oneof(word, number.map(Number).filter(Number.isFinite), fc.boolean(), fc.constant(null));
const { value: json } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    { weight: 3, arbitrary: scalar },
    { weight: 1, arbitrary: fc.array(tie('value'), { maxLength: 3 }) },
    { weight: 2, arbitrary: fc.array(fc.tuple(keys, tie('value')), { maxLength: 3 }).map(objectOf) },
  ),
}));

/** Unlike Object.fromEntries, what JSON.parse makes of the key `__proto__`: a property like any other. */
function objectOf(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  const object = {};
  for (const [key, value] of entries) Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  return object;
}

const named = fc.record({ type: word, id: word, name: scalar }, { requiredKeys: [], noNullPrototype: true });

/** An event of a line: mostly as the format has it, with a value of another kind here and there. */
export const event: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    seq: fc.oneof(fc.nat(1_000), scalar),
    timestamp: fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...times) }, { weight: 1, arbitrary: scalar }),
    type: word,
    severity: fc.constantFrom('DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL', 'warn'),
    job_id: fc.oneof(word, json),
    message: word,
    error: word,
    duration_ms: fc.oneof(number.map(Number).filter(Number.isFinite), scalar),
    details: json,
    actor: named,
    target: named,
    outcome: fc.constantFrom('success', 'failure'),
    operation: fc.oneof(fc.constantFrom('start', 'end'), scalar),
    invalid: fc.array(word, { maxLength: 2 }),
  },
  { requiredKeys: ['seq', 'timestamp', 'type', 'severity'], noNullPrototype: true },
);

/** Ways to spell a character in JSON. */
type Spelling = 'raw' | 'u' | 'U' | 'slash';

function spell(text: string, spelling: () => Spelling): string {
  const units = text.split('').map((unit) => {
    const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
    switch (spelling()) {
      case 'raw':
        return JSON.stringify(unit).slice(1, -1);
      case 'u':
        return `\\u${hex}`;
      case 'U':
        return `\\u${hex.toUpperCase()}`;
      case 'slash':
        return unit === '/' ? '\\/' : JSON.stringify(unit).slice(1, -1);
    }
  });
  return `"${units.join('')}"`;
}

/** A number in another spelling of the same double: with a fraction, with an exponent, with so many digits that it is rounded. */
function spellNumber(value: number, spelling: Spelling): string {
  const plain = JSON.stringify(value);
  const isPlain = Number.isInteger(value) && Math.abs(value) < 1_000_000;
  const others = { raw: plain, slash: `${plain}.0`, u: `${plain}00E-2`, U: value > 0 ? `${value - 1}.${'9'.repeat(25)}` : plain };
  const other = isPlain ? others[spelling] : plain;
  return Number(other) === value ? other : plain;
}

function write(value: unknown, spelling: () => Spelling, space: () => string): string {
  if (typeof value === 'number') return spellNumber(value, spelling());
  if (typeof value === 'string') return spell(value, spelling);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, spelling, space)).join(`${space()},`)}${space()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).map(
    ([key, item]) => `${space()}${spell(key, spelling)}${space()}:${space()}${write(item, spelling, space)}`,
  );
  return `{${entries.join(',')}}`;
}

/** A line of bytes: an event as our writer or as any other JSON writer spells it, with a name that stands twice, or no JSON at all. */
export const line: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    event,
    fc.infiniteStream(fc.constantFrom<Spelling>('raw', 'raw', 'raw', 'u', 'U', 'slash')),
    fc.infiniteStream(fc.constantFrom('', '', ' ', '\t')),
    fc.nat(9),
  )
  .chain(([fieldsOfLine, spellings, spaces, form]) => {
    const ours = JSON.stringify(fieldsOfLine);
    const next = <T>(stream: Stream<T>): T => stream.next().value as T;
    const foreign = write(
      fieldsOfLine,
      () => next(spellings),
      () => next(spaces),
    );
    if (form === 0)
      return fc
        .tuple(fc.constantFrom('type', 'timestamp', 'severity', 'seq'), scalar)
        .map(([name, value]) => `${ours.slice(0, -1)},"${name}":${JSON.stringify(value)}}`);
    if (form === 1) return fc.constantFrom('', 'null', '[]', `[${ours}]`, ours.slice(0, -1), `${ours}x`, `\ufeff${ours}`, `${ours}\r`);
    return fc.constantFrom(ours, foreign);
  })
  .map((text) => new TextEncoder().encode(text))
  .chain((bytes) =>
    fc.oneof({ weight: 9, arbitrary: fc.constant(bytes) }, { weight: 1, arbitrary: fc.nat(bytes.length).map((at) => withByte(bytes, at)) }),
  );

type Stream<T> = fc.Stream<T>;

/** The same with one byte that is no UTF-8. */
function withByte(bytes: Uint8Array, at: number): Uint8Array {
  const changed = bytes.slice();
  if (at < changed.length) changed[at] = 0xff;
  return changed;
}
