import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { query } from './arbitrary.test.support.ts';
import { SearchError } from './error.ts';
import { parse } from './parse.ts';
import { print } from './print.ts';
import { and, type Clause, depthMax, not, or, type Query, searchBytesMax, type Test, termsMax } from './query.ts';

const text = (value: string): Clause => ({ kind: 'text', text: value });
const field = (name: string, ...tests: Test[]): Clause => ({ kind: 'field', field: name, tests });
const is = (value: string): Test => ({ op: 'is', value });

function refusal(search: string): SearchError {
  try {
    parse(search);
  } catch (error) {
    assert.ok(error instanceof SearchError, `${JSON.stringify(search)} threw ${String(error)}`);
    return error;
  }
  assert.fail(`${JSON.stringify(search)} was taken`);
}

describe('parse', () => {
  it('reads every form of a term', () => {
    const search =
      'type:auth_failed severity:>=WARN job_id:j-42 "two words" details.tool:nuclei -agent_id:a1 ' +
      'type:(a OR b) duration_ms:>5000 timestamp:>2026-11-01 error:* message:host*';
    assert.deepEqual(parse(search), {
      kind: 'and',
      parts: [
        field('type', is('auth_failed')),
        field('severity', { op: 'ge', value: 'WARN' }),
        field('job_id', is('j-42')),
        text('two words'),
        field('details.tool', is('nuclei')),
        { kind: 'not', part: field('agent_id', is('a1')) },
        field('type', is('a'), is('b')),
        field('duration_ms', { op: 'gt', value: '5000' }),
        field('timestamp', { op: 'gt', value: '2026-11-01' }),
        field('error', { op: 'present' }),
        field('message', { op: 'starts', value: 'host' }),
      ],
    } satisfies Query);
    assert.equal(print(parse(search)), search);
  });

  const forms: [search: string, query: Query, printed?: string][] = [
    ['', { kind: 'all' }],
    [' \t\r\n\u00a0\u3000', { kind: 'all' }, ''],
    ['a', text('a')],
    ['a b OR c', or([and([text('a'), text('b')]) as Clause, text('c')])],
    ['a (b OR c)', and([text('a'), or([text('b'), text('c')])])],
    ['((a b)) AND c', and([text('a'), text('b'), text('c')]), 'a b c'],
    ['a OR (b OR c)', or([text('a'), text('b'), text('c')]), 'a OR b OR c'],
    ['NOT a', not(text('a')), '-a'],
    ['-(a b)', not(and([text('a'), text('b')]) as Clause)],
    ['NOT(NOT a)', text('a'), 'a'],
    ['a\u3000b', and([text('a'), text('b')]), 'a b'],
    ['a* "b c"*', and([text('a'), text('b c')]), 'a "b c"'],
    ['"OR" or and not', and([text('OR'), text('or'), text('and'), text('not')])],
    ['"-a" NOTE ORacle', and([text('-a'), text('NOTE'), text('ORacle')])],
    ['type:OR', field('type', is('OR'))],
    ['type:(OR OR AND)', field('type', is('OR'), is('AND'))],
    ['type:(a)', field('type', is('a')), 'type:a'],
    ['duration_ms:(<5 OR >=1e3 OR *)', field('duration_ms', { op: 'lt', value: '5' }, { op: 'ge', value: '1e3' }, { op: 'present' })],
    ['duration_ms:<=-0.5', field('duration_ms', { op: 'le', value: '-0.5' })],
    ['target.id:/srv/a:b@c.d-e', field('target.id', is('/srv/a:b@c.d-e'))],
    ['job_id:-1 type:=a', and([field('job_id', is('-1')), field('type', is('=a'))])],
    ['message:">5"', field('message', is('>5'))],
    ['message:""', field('message', is(''))],
    ['message:"a b"*', field('message', { op: 'starts', value: 'a b' })],
    ['message:"say \\"hi\\" \\\\"', field('message', is('say "hi" \\'))],
    ['message:"C:\\temp x"*', field('message', { op: 'starts', value: 'C:\\temp x' })],
    ['error:"\\n"', field('error', is('\\n')), 'error:\\n'],
    ['details."a b.c":1', field('details.a b.c', is('1'))],
    ['details."a.b":1', field('details.a.b', is('1')), 'details.a.b:1'],
    ['details."x:y":1', field('details.x:y', is('1'))],
    ['details:* actor:*', and([field('details', { op: 'present' }), field('actor', { op: 'present' })])],
    ['timestamp:2026-11-24*', field('timestamp', { op: 'starts', value: '2026-11-24' })],
    ['operation:start', field('operation', is('start'))],
    ['outcome:fail*', field('outcome', { op: 'starts', value: 'fail' })],
  ];
  for (const [search, expected, printed = search] of forms) {
    it(`reads ${JSON.stringify(search)}`, () => {
      assert.deepEqual(parse(search), expected);
      assert.equal(print(parse(search)), printed);
    });
  }

  it('says where it goes wrong, why, and what was probably meant', () => {
    const cases: [search: string, code: string, column: number, length: number, message: RegExp, suggestion?: string][] = [
      ['sevrity:>=WARN', 'SEARCH_UNKNOWN_FIELD', 1, 7, /^unknown field "sevrity"$/, 'severity'],
      ['a jobId:1', 'SEARCH_UNKNOWN_FIELD', 3, 5, /unknown field "jobId"/, 'job_id'],
      ['detials.tool:x', 'SEARCH_UNKNOWN_FIELD', 1, 12, /unknown field/, 'details.tool'],
      ['details.:x', 'SEARCH_UNKNOWN_FIELD', 1, 8, /unknown field/, 'details'],
      ['constructor:x', 'SEARCH_UNKNOWN_FIELD', 1, 11, /unknown field/],
      ['https://x.example', 'SEARCH_UNKNOWN_FIELD', 1, 5, /holds a colon, quote it/],
      ['severity:>=FOO', 'SEARCH_BAD_VALUE', 12, 3, /DEBUG, INFO, WARN, ERROR, CRITICAL; "FOO" is none/],
      ['severity:warn', 'SEARCH_BAD_VALUE', 10, 4, /severity is one of/, 'WARN'],
      ['severity:W*', 'SEARCH_BAD_VALUE', 10, 2, /has no beginning/],
      ['outcome:failur', 'SEARCH_BAD_VALUE', 9, 6, /outcome is one of/, 'failure'],
      ['operation:strat', 'SEARCH_BAD_VALUE', 11, 5, /operation is one of start, end/, 'start'],
      ['operation:>start', 'SEARCH_BAD_VALUE', 12, 5, /has no order/],
      ['opration:start', 'SEARCH_UNKNOWN_FIELD', 1, 8, /unknown field "opration"/, 'operation'],
      ['actor.type:>user', 'SEARCH_BAD_VALUE', 13, 4, /has no order/],
      ['message:>x', 'SEARCH_BAD_VALUE', 10, 1, /has no order/],
      ['seq:1*', 'SEARCH_BAD_VALUE', 5, 2, /is a number/],
      ['duration_ms:(1 OR 5s)', 'SEARCH_BAD_VALUE', 19, 2, /"5s" is none/],
      ['duration_ms:0x10', 'SEARCH_BAD_VALUE', 13, 4, /is a number/],
      ['details.size:>big', 'SEARCH_BAD_VALUE', 15, 3, /order in details is that of numbers/],
      ['details:x', 'SEARCH_BAD_VALUE', 9, 1, /details has parts/],
      ['truncated:x', 'SEARCH_BAD_VALUE', 11, 1, /such as truncated.bytes/],
      ['timestamp:>yesterday', 'SEARCH_BAD_VALUE', 12, 9, /date or an RFC 3339 time/],
      ['timestamp:>2026-02-30', 'SEARCH_BAD_VALUE', 12, 10, /date or an RFC 3339 time/],
      ['timestamp:>2026-11-24T10:00:00', 'SEARCH_BAD_VALUE', 12, 19, /RFC 3339/, '2026-11-24T10:00:00Z'],
      ['timestamp:2026-11-24', 'SEARCH_BAD_VALUE', 11, 10, /whole day/, '2026-11-24*'],
      ['""', 'SEARCH_BAD_VALUE', 1, 2, /empty text/],
      ['"abc', 'SEARCH_SYNTAX', 5, 0, /quotation mark is not closed/],
      ['type:"abc', 'SEARCH_SYNTAX', 10, 0, /quotation mark is not closed/],
      ['(a', 'SEARCH_SYNTAX', 3, 0, /parenthesis is not closed/],
      ['type:(a OR b', 'SEARCH_SYNTAX', 13, 0, /parenthesis is not closed/],
      ['a)', 'SEARCH_SYNTAX', 2, 1, /closes nothing/],
      ['()', 'SEARCH_SYNTAX', 2, 0, /nothing between/],
      ['a OR', 'SEARCH_SYNTAX', 5, 0, /missing after OR/],
      ['a AND', 'SEARCH_SYNTAX', 6, 0, /missing after AND/],
      ['OR a', 'SEARCH_SYNTAX', 1, 2, /none before it/, '"OR"'],
      ['a AND AND b', 'SEARCH_SYNTAX', 7, 3, /none before it/, '"AND"'],
      ['-NOT a', 'SEARCH_SYNTAX', 2, 3, /to search for the word, quote it/, '"NOT"'],
      ['a - b', 'SEARCH_SYNTAX', 4, 0, /nothing to negate/],
      ['--a', 'SEARCH_SYNTAX', 2, 0, /nothing to negate/],
      ['NOT', 'SEARCH_SYNTAX', 4, 0, /nothing to negate/],
      ['type:', 'SEARCH_SYNTAX', 6, 0, /value is missing/],
      ['type: a', 'SEARCH_SYNTAX', 6, 0, /value is missing/],
      ['severity:>=', 'SEARCH_SYNTAX', 12, 0, /value is missing/],
      ['duration_ms:>*', 'SEARCH_SYNTAX', 14, 1, /star does not go with an order/],
      ['type:(a b)', 'SEARCH_SYNTAX', 9, 0, /joined by OR/],
      ['type:(a OR)', 'SEARCH_SYNTAX', 11, 0, /value is missing after OR/],
      ['"a b"OR c', 'SEARCH_SYNTAX', 6, 1, /no space between/],
      ['a OR(b OR c)', 'SEARCH_SYNTAX', 5, 0, /missing after OR, with a space/],
      ['a*b', 'SEARCH_SYNTAX', 2, 0, /star may only end a value/],
      ['type:a*b', 'SEARCH_SYNTAX', 7, 0, /star may only end a value/],
      ['*', 'SEARCH_SYNTAX', 1, 1, /empty search finds everything/],
      ['details.a."b c":1', 'SEARCH_SYNTAX', 11, 1, /no space between/],
      ['a"b"', 'SEARCH_SYNTAX', 2, 1, /no space between/],
      ['(a"b")', 'SEARCH_SYNTAX', 3, 1, /no space between/],
      ['(a)(b)', 'SEARCH_SYNTAX', 4, 1, /no space between/],
      [':a', 'SEARCH_SYNTAX', 1, 1, /no field name before/],
    ];
    for (const [search, code, column, length, message, suggestion] of cases) {
      const error = refusal(search);
      assert.deepEqual([error.code, error.column, error.length, error.suggestion], [code, column, length, suggestion], search);
      assert.match(error.message, message, search);
    }
  });
});

describe('the limits of a search', () => {
  it('bounds length, terms and depth, and takes what is just within', () => {
    const bytes = `"${'é'.repeat((searchBytesMax - 2) / 2)}"`;
    assert.equal(parse(bytes).kind, 'text');
    const long = refusal(`${bytes} `);
    assert.deepEqual([long.code, long.column, long.length], ['SEARCH_TOO_LONG', 1, bytes.length + 1]);
    assert.equal(refusal('x'.repeat(10_000_000)).code, 'SEARCH_TOO_LONG');

    const terms = Array.from({ length: termsMax / 2 }, (_, index) => `seq:(${index} OR *)`).join(' ');
    assert.equal(parse(terms).kind, 'and');
    const many = refusal(`${terms} last`);
    assert.deepEqual([many.code, many.column, many.length], ['SEARCH_TOO_MANY_TERMS', terms.length + 2, 4]);

    const deep = (levels: number): string => `${'('.repeat(levels)}a${')'.repeat(levels)}`;
    assert.deepEqual(parse(deep(depthMax)), text('a'));
    const deeper = refusal(deep(depthMax + 1));
    assert.deepEqual([deeper.code, deeper.column, deeper.length], ['SEARCH_TOO_DEEP', depthMax + 1, 1]);
    assert.equal(refusal('('.repeat(searchBytesMax)).code, 'SEARCH_TOO_DEEP');
    assert.equal(refusal('NOT '.repeat(searchBytesMax / 4)).code, 'SEARCH_TOO_DEEP');
    assert.equal(refusal(`${'('.repeat(depthMax)}type:(a)`).code, 'SEARCH_TOO_DEEP');
    const wide = Array.from({ length: termsMax }, () => '(a)').join(' OR ');
    assert.equal(parse(wide).kind, 'or');
  });
});

describe('print', () => {
  it('is read back as the same query', () => {
    fc.assert(
      fc.property(query, (expected) => {
        const printed = print(expected);
        fc.pre(printed.length < searchBytesMax / 4);
        assert.deepEqual(parse(printed), expected, printed);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is read back as the same query, and is never longer, for whatever parse takes', () => {
    const tokens = [
      '"a b"',
      'details."a b"',
      'NOT ',
      'a',
      'OR',
      'AND',
      'NOT',
      ' ',
      ' ',
      ' ',
      '(',
      ')',
      '"',
      '\\',
      '\\"',
      '*',
      '-',
      ':',
      'type:',
      'details.',
      'duration_ms:',
      '>',
      '<=',
      '1',
      'é',
      '\u3000',
      '\0',
      '😀',
    ];
    const search = fc.array(fc.constantFrom(...tokens), { maxLength: 16 }).map((parts) => parts.join(''));
    let taken = 0;
    fc.assert(
      fc.property(fc.oneof(search, fc.string({ unit: 'binary' })), (written) => {
        let read: Query;
        try {
          read = parse(written);
        } catch (error) {
          assert.ok(error instanceof SearchError, String(error));
          assert.ok(error.column >= 1 && error.column - 1 + error.length <= written.length, `column ${error.column} + ${error.length}`);
          return;
        }
        taken++;
        const printed = print(read);
        assert.deepEqual(parse(printed), read);
        assert.equal(print(parse(printed)), printed);
        assert.ok(printed.length <= written.length, printed);
      }),
      { numRuns: 6_000 },
    );
    assert.ok(taken > 500, `only ${taken} of the searches were taken`);
  });
});
