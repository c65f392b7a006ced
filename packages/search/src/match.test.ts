import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { event as anyEvent, query as anyQuery } from './arbitrary.test.support.ts';
import { compile } from './compile.ts';
import type { WireEvent } from './event.ts';
import { fieldOf } from './fields.ts';
import { parse } from './parse.ts';
import { print } from './print.ts';
import type { Clause, Query, Test } from './query.ts';

const event: WireEvent = {
  seq: 12_298,
  timestamp: '2026-11-24T14:03:22.118Z',
  type: 'upload_failed',
  severity: 'ERROR',
  agent_id: 'scanner-7',
  job_id: 'j-42',
  message: 'Upload failed on web-01',
  error: 'ECONNRESET: socket hang up',
  duration_ms: 3_200.5,
  details: {
    attempt: 3,
    port: '443',
    retry: true,
    nothing: null,
    tags: ['prod', ['Eu', 7]],
    http: { status: 503, headers: [{ name: 'x-id' }, { name: 'via' }] },
    'http.method': 'PUT',
    empty: {},
    place: 'Köln 漢字',
  },
  actor: { type: 'agent', id: 'scanner-7' },
  target: { type: 'host', id: 'web-01' },
  outcome: 'failure',
  operation: 'end',
  invalid: ['size: expected number', 'name: required'],
};

const found = (search: string): boolean => compile(parse(search)).matches(event);

/** A table of searches, set apart by bars. */
function searches(table: string): string[] {
  return table
    .split(/[|\n]/)
    .map((search) => search.trim())
    .filter((search) => search !== '');
}

const yes = searches(`
  seq:12298 | seq:>12297 | seq:<=12298 | timestamp:>2026-11-24 | timestamp:>=2026-11-24T15:03:22.118+01:00
  timestamp:2026-11-24T14:03:22.1180Z | timestamp:<2026-11-24T14:03:22.1180001Z | timestamp:2026-11-24*
  type:upload_failed | type:(a OR upload_failed) | type:upload* | severity:ERROR | severity:>=WARN | severity:>WARN
  severity:<CRITICAL | severity:<=ERROR | -severity:<ERROR | error:* | error:ECONN* | duration_ms:>3000
  duration_ms:3200.50 | duration_ms:<3.3e3 | details:* | details.attempt:3 | details.attempt:3.0 | details.attempt:>=3
  details.port:443 | details.retry:true | details.empty:* | details.tags:prod | details.tags:Eu | details.tags:7
  details.tags:>6 | details.tags:E* | details.http.status:503 | details.http.method:PUT
  details.http.headers.name:via | actor.id:scanner-7 | actor:* | target.type:host | outcome:failure | outcome:f*
  operation:end | operation:* | operation:(start OR end) | operation:e* | -operation:start
  invalid:* | invalid:"name: required" | invalid:size* | econnreset | "SOCKET HANG" | failed web-01
  (nothing_like_it OR hang) | web-01* | -report_id:* | prod | via | KÖLN | 漢字 | scanner-7 -type:job* | 2026-11-24T14
`);

const no = searches(`
  seq:12299 | seq:>12298 | timestamp:>2026-11-25 | timestamp:>2026-11-24T14:03:22.118Z | type:Upload_failed
  type:upload | type:failed* | severity:>ERROR | severity:WARN | message:"Upload failed" | message:upload*
  duration_ms:3200 | duration_ms:>3200.5 | details.attempt:4 | details.attempt:>3 | details.port:>1
  details.port:443.0 | details.retry:false | details.retry:1 | details.nothing:* | details.nothing:null
  details.http:503 | details.tags.Eu:* | details.missing:* | details.constructor:* | details.empty.toString:*
  details.tags.length:* | details.http.status.x:* | report_id:* | tenant_id:* | actor.name:* | imported:*
  outcome:success | invalid:name | attempt | 503 | nothing | econnrefused | failed -hang | (qq OR zz) | köln2 | leaf:*
  operation:start | -operation:* | operation:s*
`);

describe('a matcher', () => {
  it('finds what it is asked for', () => {
    for (const search of ['', ...yes]) assert.equal(found(search), true, search);
  });
  it('finds nothing else', () => {
    for (const search of no) assert.equal(found(search), false, search);
  });

  it('walks an event that nests deeper than calls can', () => {
    const depth = 30_000;
    const deep = JSON.parse(`{"details":${'['.repeat(depth)}"needle"${']'.repeat(depth)}}`) as WireEvent;
    assert.equal(compile(parse('needle')).matches(deep), true);
    assert.equal(compile(parse('details:*')).matches(deep), true);
    assert.equal(compile(parse('details.a:*')).matches(deep), false);
  });

  it('reads names that objects have by nature as names', () => {
    const odd = JSON.parse('{"details":{"__proto__":{"x":1},"constructor":"c"}}') as WireEvent;
    assert.equal(compile(parse('details.__proto__.x:1')).matches(odd), true);
    assert.equal(compile(parse('details.constructor:c')).matches(odd), true);
    assert.equal(compile(parse('details.hasOwnProperty:*')).matches(odd), false);
  });

  it('refuses a query that no search can say', () => {
    const nonsense: Query[] = [
      { kind: 'field', field: 'message', tests: [{ op: 'gt', value: 'x' }] },
      { kind: 'field', field: 'colour', tests: [{ op: 'present' }] },
      { kind: 'field', field: 'type', tests: [] },
      { kind: 'text', text: '' },
    ];
    for (const query of nonsense) assert.throws(() => compile(query), { name: 'SearchError' }, JSON.stringify(query));
  });

  it('says what the plainest reading of the grammar says, of any event', () => {
    let matched = 0;
    fc.assert(
      fc.property(anyQuery, anyEvent, (query, some) => {
        const expected = naive(query, some);
        if (expected) matched++;
        assert.equal(compile(query).matches(some), expected, print(query));
      }),
      { numRuns: 5_000 },
    );
    assert.ok(matched > 500, `only ${matched} matches`);
  });
});

// The same meaning once more, as plainly as it can be said: values are collected into lists, times become big integers.

function naive(query: Query, some: WireEvent): boolean {
  switch (query.kind) {
    case 'all':
      return true;
    case 'text':
      return naiveTexts(some).some((text) => equalFold(text).includes(equalFold(query.text)));
    case 'not':
      return !naive(query.part, some);
    case 'and':
      return query.parts.filter((part: Clause) => !naive(part, some)).length === 0;
    case 'or':
      return query.parts.filter((part: Clause) => naive(part, some)).length > 0;
    case 'field': {
      const values = naiveValues(some, query.field.split('.'));
      return query.tests.some((test) => values.some((value) => naiveTest(query.field, test, value)));
    }
  }
}

function naiveTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(naiveTexts);
}

/** Case as ECMAScript's `i` without `u` has it, unit by unit: ASCII and the rest never meet. */
function equalFold(text: string): string {
  return text
    .split('')
    .map((unit) => {
      const upper = unit.toUpperCase();
      return upper.length !== 1 || (unit.charCodeAt(0) >= 128 && upper.charCodeAt(0) < 128) ? unit : upper;
    })
    .join('');
}

function naiveValues(value: unknown, path: string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => naiveValues(item, path));
  if (path.length === 0) return value === null || value === undefined ? [] : [value];
  if (typeof value !== 'object' || value === null) return [];
  const entries = Object.entries(value);
  return path.flatMap((_, last) => {
    const key = path.slice(0, last + 1).join('.');
    return entries.filter(([name]) => name === key).flatMap(([, item]) => naiveValues(item, path.slice(last + 1)));
  });
}

function naiveTest(name: string, test: Test, value: unknown): boolean {
  if (test.op === 'present') return true;
  if (test.op === 'starts') return typeof value === 'string' && value.slice(0, test.value.length) === test.value;
  const kind = fieldOf(name)?.kind;
  if (kind === 'details' && test.op === 'is' && (value === test.value || (typeof value === 'boolean' && String(value) === test.value)))
    return true;
  if (kind === 'text' || kind === 'choice') return test.op === 'is' && value === test.value;
  const [left, right] = [
    naiveRank(kind, value),
    naiveRank(kind, kind === 'number' || kind === 'details' ? naiveNumber(test.value) : test.value),
  ];
  if (left === undefined || right === undefined) return false;
  return { is: left === right, lt: left < right, le: left <= right, gt: left > right, ge: left >= right }[test.op];
}

function naiveNumber(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function naiveRank(kind: string | undefined, value: unknown): number | bigint | undefined {
  if (kind === 'number' || kind === 'details') return typeof value === 'number' ? value : undefined;
  if (typeof value !== 'string') return undefined;
  if (kind === 'ordered') return ['DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL'].indexOf(value) + 1 || undefined;
  const [, head = '', digits = '', zone = 'Z'] = /^(\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d)?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)?$/.exec(value) ?? [];
  const leap = head.endsWith(':60') ? 1_000 : 0;
  const time = Date.parse((head.includes('T') ? head : `${head}T00:00:00`).replace(/:60$/, ':59') + zone) + leap;
  return Number.isNaN(time) ? undefined : BigInt(time) * 10n ** 30n + BigInt(digits.padEnd(33, '0'));
}
