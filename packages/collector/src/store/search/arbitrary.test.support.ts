// Searches and lines that meet often: few words, and of those the ones that are easily got wrong. Lines are mostly as the format has
// them; some are spelled by another JSON writer, some are not what a line should be.
import { and, type Clause, type Comparison, fields, not, or, type Query, type Test } from '@agent-audit/search';
import fc from 'fast-check';

const words = ['a', 'ab', 'Ab', 'k', 'K', '\u212a', 's', 'ſ', 'é', 'É', '漢字', 'ß', '😀'].concat(
  ['/srv/a', 'C:\\a', '"', '\\', '\n', '*', '-a', 'u0041', '\u0001'],
);
const numbers = ['0', '1', '-1', '1.5', '1e3', '1000', '443', '0.1', '0.30000000000000004', '12345678901234567890', '1e999'];
const times = [
  '2026-11-24T14:03:22.118Z',
  '2026-11-24T14:03:22.118000001Z',
  '2026-11-24T14:03:22Z',
  '2026-11-25T00:00:00.5Z',
  '1970-01-01T00:00:00.000Z',
];
const oddTimes = [
  '2026-11-24T15:03:22.118+01:00',
  '2026-11-24T14:03:22.1180000001Z',
  '1969-12-31T23:59:59Z',
  '9999-01-01T00:00:00Z',
  '2026-02-31T00:00:00Z',
];

const word = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
);
const filled = word.filter((text) => text !== '');
const number = fc.constantFrom(...numbers);
const keys = fc.constantFrom('a', 'b', 'a.b', 'tool', 'type', '', 'é');
const plain = { noNullPrototype: true } as const;

function ordering(value: fc.Arbitrary<string>): fc.Arbitrary<Test> {
  return fc.record({ op: fc.constantFrom<Comparison>('lt', 'le', 'gt', 'ge'), value }, plain);
}

function equal(value: fc.Arbitrary<string>): fc.Arbitrary<Test> {
  return fc.record({ op: fc.constant('is' as const), value }, plain);
}

function starts(value: fc.Arbitrary<string>): fc.Arbitrary<Test> {
  return fc.record({ op: fc.constant('starts' as const), value }, plain);
}

const present = fc.constant<Test>({ op: 'present' });

function testOf({ kind, values = [''] }: (typeof fields)[number]): fc.Arbitrary<Test> {
  const choices = fc.constantFrom(...values);
  switch (kind) {
    case 'text':
      return fc.oneof(present, equal(word), starts(filled));
    case 'choice':
      return fc.oneof(present, equal(choices), starts(filled));
    case 'ordered':
      return fc.oneof(present, equal(choices), ordering(choices));
    case 'number':
      return fc.oneof(present, equal(number), ordering(number));
    case 'instant': {
      const instants = fc.constantFrom(...times, ...oddTimes.slice(0, 4));
      const prefixes = fc.constantFrom('2026', '2026-11-24T14');
      return fc.oneof(present, equal(instants), ordering(fc.oneof(instants, fc.constant('2026-11-24'))), starts(prefixes));
    }
    case 'group':
    case 'details':
      return present;
  }
}

function fieldClause(field: string, test: fc.Arbitrary<Test>): fc.Arbitrary<Clause> {
  return fc.array(test, { minLength: 1, maxLength: 3 }).map((tests) => ({ kind: 'field', field, tests }));
}

const detailsPath = fc
  .array(keys, { minLength: 1, maxLength: 3 })
  .map((path) => path.join('.'))
  .filter((path) => path !== '');
const detailsValue = fc.oneof(word, number, fc.constantFrom('true', 'false', 'null'));
const detailsTest = fc.oneof(present, equal(detailsValue), starts(filled), ordering(number));

const term: fc.Arbitrary<Clause> = fc.oneof(
  { weight: 2, arbitrary: filled.map((text) => ({ kind: 'text' as const, text })) },
  { weight: 3, arbitrary: fc.constantFrom(...fields).chain((field) => fieldClause(field.name, testOf(field))) },
  { weight: 3, arbitrary: detailsPath.chain((path) => fieldClause(`details.${path}`, detailsTest)) },
);

const { clause } = fc.letrec<{ clause: Clause }>((tie) => ({
  clause: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    { weight: 4, arbitrary: term },
    { weight: 1, arbitrary: tie('clause').map(not) },
    { weight: 1, arbitrary: fc.tuple(tie('clause'), tie('clause')).map((parts) => and(parts) as Clause) },
    { weight: 1, arbitrary: fc.tuple(tie('clause'), tie('clause')).map(or) },
  ),
}));

/** A search, but not the empty one. */
export const search: fc.Arbitrary<Query> = clause;

const scalar = fc.oneof(word, number.map(Number).filter(Number.isFinite), fc.boolean(), fc.constant(null));
const { object } = fc.letrec<{ object: unknown }>((tie) => ({
  object: fc
    .array(
      fc.tuple(
        keys,
        fc.oneof(
          { maxDepth: 3, depthSize: 'small' },
          { weight: 4, arbitrary: scalar },
          { weight: 1, arbitrary: fc.array(scalar, { maxLength: 3 }) },
          { weight: 2, arbitrary: tie('object') },
        ),
      ),
      { maxLength: 3 },
    )
    .map(Object.fromEntries),
}));
const odd = fc.oneof(scalar, fc.array(fc.oneof(scalar, fc.record({ a: scalar })), { maxLength: 3 }), fc.constant(''));

const optional = {
  agent_id: filled,
  job_id: filled,
  message: filled,
  error: filled,
  duration_ms: number.map(Number).filter(Number.isFinite),
  details: object,
  trace_id: filled,
  actor: fc.record({ type: filled, id: filled, name: scalar }, { requiredKeys: [], ...plain }),
  target: object,
  outcome: fc.constantFrom('success', 'failure'),
  operation: fc.constantFrom('start', 'end'),
  recorded_at: fc.constantFrom(...times, ...oddTimes),
  invalid: fc.array(filled, { minLength: 1, maxLength: 2 }),
  'actor.id': filled,
  truncated: fc.record({ bytes: fc.nat(2_000) }, plain),
};
const oddMembers = { job_id: odd, details: odd, message: odd, target: odd };
const severity = fc.constantFrom('DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL', 'warn');
const head = { timestamp: fc.constantFrom(...times), type: filled, severity };

const event: fc.Arbitrary<Record<string, unknown>> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ ...head, ...optional }, { requiredKeys: ['timestamp', 'type', 'severity'], ...plain }) },
  {
    weight: 1,
    arbitrary: fc.record(
      { ...head, ...optional, timestamp: fc.oneof(fc.constantFrom(...oddTimes), odd), ...oddMembers },
      { requiredKeys: [], ...plain },
    ),
  },
);

type Spelling = 'raw' | 'u' | 'U' | 'slash';

/** JSON as another writer may spell it: escapes, blanks. */
function write(value: unknown, next: () => Spelling): string {
  const space = (): string => (next() === 'slash' ? ' ' : '');
  const spell = (text: string): string => `"${text.split('').map((unit) => spellUnit(unit, next())).join('')}"`;
  if (typeof value === 'string') return spell(value);
  if (Array.isArray(value)) return `[${value.map((item) => write(item, next)).join(`${space()},`)}${space()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]) => `${space()}${spell(key)}${space()}:${space()}${write(item, next)}`)
    .join(',')}}`;
}

function spellUnit(unit: string, spelling: Spelling): string {
  const hex = unit.charCodeAt(0).toString(16).padStart(4, '0');
  if (spelling === 'u') return `\\u${hex}`;
  if (spelling === 'U') return `\\u${hex.toUpperCase()}`;
  return spelling === 'slash' && unit === '/' ? '\\/' : JSON.stringify(unit).slice(1, -1);
}

const damage: ((line: string) => string)[] = [
  (line) => `${line.slice(0, -1)},"type":"ab"}`,
  (line) => line.slice(0, -1),
  (line) => `\ufeff${line}`,
  (line) => `${line}\r`,
  (line) => `[${line}]`,
  (line) => line.replace('"type"', '"a":1e999,"type"'),
  () => '',
  () => 'null',
];

/** The lines of a log, without LF: the seq of each is its place. */
export function linesOf(count: number, seed: number): readonly Uint8Array[] {
  const made = fc.noBias(fc.tuple(event, fc.infiniteStream(fc.constantFrom<Spelling>('raw', 'raw', 'u', 'U', 'slash'))));
  return fc.sample(made, { numRuns: count, seed }).map(([members, spellings], seq) => {
    const form = seq % 30;
    const whole = { seq: form === 9 ? seq + 1 : seq, ...members };
    const line = form < 20 ? JSON.stringify(whole) : write(whole, () => spellingOf(spellings));
    const text = form === 0 ? (damage[(seq / 30) % damage.length] ?? String)(line) : line;
    const bytes = Buffer.from(text.replaceAll('\n', ' '));
    if (form === 1 && bytes.length > 9) bytes[bytes.length >> 1] = 0xff;
    return bytes;
  });
}

function spellingOf(spellings: Stream): Spelling {
  const next: IteratorResult<Spelling, unknown> = spellings.next();
  return next.done === true ? 'raw' : next.value;
}

type Stream = fc.Stream<Spelling>;
