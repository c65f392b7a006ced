import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LogError } from '../error.ts';
import {
  agentsAnswer,
  alarmsAnswer,
  checkpointPath,
  collectorAnswer,
  type Completeness,
  completenessAnswer,
  countAnswer,
  eventsAnswer,
  facetsAnswer,
  formatTailMessage,
  histogramAnswer,
  jobAnswer,
  jobPath,
  jobsAnswer,
  linesAnswer,
  linesPath,
  type Message,
  proofAnswer,
  ratesAnswer,
  type ReadEvent,
  statsAnswer,
  tailKeepAlive,
  type TailMessage,
  TailParser,
  tokenAnswer,
  tokenMade,
  tokenPath,
  tokenRequest,
  tokensAnswer,
} from './index.ts';

const log = '00112233445566778899aabbccddeeff';
const at = '2026-11-24T14:03:22.118Z';
const malformed = (error: unknown): boolean => error instanceof LogError && error.code === 'WIRE_MALFORMED';

const event: ReadEvent = {
  log,
  origin: `scanner-7/${log}`,
  tenant: 'acme',
  agent: 'scanner-7',
  seq: 4,
  received_at: at,
  line: '{"seq":4,"type":"x"}',
  marks: ['OTHER_AGENT'],
};
const eventText =
  `{"log":"${log}","origin":"scanner-7/${log}","tenant":"acme","agent":"scanner-7","seq":4,"received_at":"${at}",` +
  `"line":"{\\"seq\\":4,\\"type\\":\\"x\\"}","marks":["OTHER_AGENT"]}`;

const completeness: Completeness = {
  complete_to: at,
  heard_to: at,
  logs: { live: 37, behind: 1, stopped: 0, silent: 1, forked: 0 },
  behind: [{ log, agent: 'a', lag_events: 12, seen_at: at }],
  silent: [{ log, agent: 'b', seen_at: at }],
  forked: [],
  gaps: [{ log, agent: 'a', from: 3, to: 9, from_time: at, to_time: at }],
  gaps_total: 1,
};
const completenessText =
  `{"complete_to":"${at}","heard_to":"${at}","logs":{"live":37,"behind":1,"stopped":0,"silent":1,"forked":0},` +
  `"behind":[{"log":"${log}","agent":"a","lag_events":12,"seen_at":"${at}"}],"silent":[{"log":"${log}","agent":"b","seen_at":"${at}"}],` +
  `"forked":[],"gaps":[{"log":"${log}","agent":"a","from":3,"to":9,"from_time":"${at}","to_time":"${at}"}],"gaps_total":1}`;

const token = {
  id: 't1',
  name: 'ci',
  tenant: 'acme',
  agent: 'a',
  scopes: ['read'],
  created_at: at,
  expires_at: at,
  revoked_at: at,
} as const;
const tokenText =
  `{"id":"t1","name":"ci","tenant":"acme","agent":"a","scopes":["read"],"created_at":"${at}","expires_at":"${at}","revoked_at":"${at}"}`;

const job = {
  job_id: 'j-42',
  tenant: 'acme',
  agent: 'a',
  started_at: at,
  ended_at: at,
  took_ms: 3_200.5,
  outcome: 'failed',
  events: 9,
  errors: 1,
  findings: 212,
} as const;
const jobText =
  `{"job_id":"j-42","tenant":"acme","agent":"a","started_at":"${at}","ended_at":"${at}","took_ms":3200.5,"outcome":"failed",` +
  `"events":9,"errors":1,"findings":212}`;

/** A message, what it says, and how that stands on the wire. */
interface Vector {
  readonly parse: (text: string) => unknown;
  readonly format: () => string;
  readonly value: unknown;
  readonly text: string;
}

function vector<T>(message: Message<T>, value: T, text: string): Vector {
  return { parse: (body) => message.parse(body), format: () => message.format(value), value, text };
}

const vectors: readonly Vector[] = [
  vector(
    eventsAnswer,
    { events: [event], next: 'n', previous: 'p', completeness },
    `{"events":[${eventText}],"next":"n","previous":"p","completeness":${completenessText}}`,
  ),
  vector(countAnswer, { count: 5, completeness }, `{"count":5,"completeness":${completenessText}}`),
  vector(
    linesAnswer,
    { events: [event], next: 5, size: 9, gaps: [{ log, agent: 'a', from: 0, to: 3, to_time: at }] },
    `{"events":[${eventText}],"next":5,"size":9,"gaps":[{"log":"${log}","agent":"a","from":0,"to":3,"to_time":"${at}"}]}`,
  ),
  vector(
    histogramAnswer,
    {
      since: at,
      until: at,
      width_ms: 1000,
      by: 'severity',
      bars: [{ from: at, counts: [{ value: 'INFO', count: 2 }] }],
      completeness,
    },
    `{"since":"${at}","until":"${at}","width_ms":1000,"by":"severity","bars":[{"from":"${at}",` +
      `"counts":[{"value":"INFO","count":2}]}],"completeness":${completenessText}}`,
  ),
  vector(
    facetsAnswer,
    { facets: [{ field: 'type', values: [{ value: '__proto__', count: 1 }] }] },
    '{"facets":[{"field":"type","values":[{"value":"__proto__","count":1}]}]}',
  ),
  vector(
    statsAnswer,
    {
      events: 1,
      first: at,
      last: at,
      by_type: [{ value: 'x', count: 1 }],
      by_severity: [],
      by_agent: [],
      top_errors: [],
      durations: [{ type: 'x', count: 1, median_ms: 0.5, p95_ms: 2, max_ms: 3 }],
      completeness,
    },
    `{"events":1,"first":"${at}","last":"${at}","by_type":[{"value":"x","count":1}],"by_severity":[],"by_agent":[],"top_errors":[],` +
      `"durations":[{"type":"x","count":1,"median_ms":0.5,"p95_ms":2,"max_ms":3}],"completeness":${completenessText}}`,
  ),
  vector(jobsAnswer, { jobs: [job], more: true, completeness }, `{"jobs":[${jobText}],"more":true,"completeness":${completenessText}}`),
  vector(
    jobAnswer,
    { job_id: 'j-42', runs: [job], events: [event], next: 'n', completeness },
    `{"job_id":"j-42","runs":[${jobText}],"events":[${eventText}],"next":"n","completeness":${completenessText}}`,
  ),
  vector(
    agentsAnswer,
    {
      agents: [
        {
          log,
          origin: `a/${log}`,
          vkey: 'v',
          tenant: 'acme',
          agent: 'a',
          state: 'behind',
          size: 9,
          first: 3,
          enrolled_at: at,
          seen_at: at,
          lag_ms: 40,
          lag_events: 2,
          newest_event_at: at,
          lost_events: 0,
          gaps: [{ from: 0, to: 3 }],
          alarms: 1,
          relay: true,
        },
      ],
      before: 4,
      counts: { live: 3, behind: 1, stopped: 0, silent: 0, forked: 1 },
      next: 'n',
      previous: 'p',
    },
    `{"agents":[{"log":"${log}","origin":"a/${log}","vkey":"v","tenant":"acme","agent":"a","state":"behind","size":9,"first":3,` +
      `"enrolled_at":"${at}","seen_at":"${at}","lag_ms":40,"lag_events":2,"newest_event_at":"${at}","lost_events":0,` +
      `"gaps":[{"from":0,"to":3}],"alarms":1,"relay":true}],"before":4,` +
      `"counts":{"live":3,"behind":1,"stopped":0,"silent":0,"forked":1},"next":"n","previous":"p"}`,
  ),
  vector(
    ratesAnswer,
    { since: at, until: at, width_ms: 60_000, rates: [{ log, counts: [0, 7] }] },
    `{"since":"${at}","until":"${at}","width_ms":60000,"rates":[{"log":"${log}","counts":[0,7]}]}`,
  ),
  vector(completenessAnswer, { completeness }, `{"completeness":${completenessText}}`),
  vector(
    alarmsAnswer,
    {
      alarms: [
        { id: '1', tenant: 'acme', agent: 'a', log, origin: `a/${log}`, kind: 'GAP', at, message: 'm', notes: ['n'], from: 0, to: 3 },
      ],
    },
    `{"alarms":[{"id":"1","tenant":"acme","agent":"a","log":"${log}","origin":"a/${log}","kind":"GAP","at":"${at}","message":"m",` +
      `"notes":["n"],"from":0,"to":3}]}`,
  ),
  vector(
    proofAnswer,
    { line_base64: 'e30=', proof: 'p', vkey: 'v', cosigners: ['c'] },
    '{"line_base64":"e30=","proof":"p","vkey":"v","cosigners":["c"]}',
  ),
  vector(
    tokenRequest,
    { name: 'ci', tenant: 'acme', agent: 'a', scopes: ['ingest'], expires_at: at },
    `{"name":"ci","tenant":"acme","agent":"a","scopes":["ingest"],"expires_at":"${at}"}`,
  ),
  vector(tokenAnswer, token, tokenText),
  vector(tokensAnswer, { tokens: [token] }, `{"tokens":[${tokenText}]}`),
  vector(tokenMade, { secret: 's', token }, `{"secret":"s","token":${tokenText}}`),
  vector(
    collectorAnswer,
    { version: '0.1.0', api: 1, format: 1, cosigners: ['c'], store: 'embedded', token },
    `{"version":"0.1.0","api":1,"format":1,"cosigners":["c"],"store":"embedded","token":${tokenText}}`,
  ),
];

test('golden vectors: what each answer is on the wire, and that it is read back', () => {
  for (const { parse, format, value, text } of vectors) {
    assert.equal(format(), text);
    assert.deepEqual(parse(text), value);
  }
});

test('what is not declared is neither written nor read', () => {
  const record = { ...token, secretSha256: 'never to be told' };
  assert.equal(tokenAnswer.format(record), tokenText);
  assert.deepEqual(tokenAnswer.parse(tokenText.replace('{', '{"new_in_2":[],')), token);
});

test('a member of the wrong kind, or missing, is refused by its place', () => {
  const { text } = vectors[0] ?? { text: '' };
  const refusals: readonly (readonly [string, string, RegExp])[] = [
    ['"seq":4,"received_at"', '"seq":-1,"received_at"', /the page of events cannot be read: "events\.0\.seq" is not a whole number/],
    [`"log":"${log}"`, '"log":"../../x"', /"events\.0\.log" is not the id of a log/],
    ['"marks":["OTHER_AGENT"]', '"marks":["other"]', /"events\.0\.marks\.0" is not a code/],
    [`"received_at":"${at}",`, '', /"events\.0\.received_at" is missing/],
    ['"behind":[', '"behind":[1,', /"completeness\.behind\.0" is not an object/],
    ['"forked":[]', '"forked":{}', /"completeness\.forked" is not a list/],
    ['"next":"n"', '"next":null', /"next" is not a text/],
    [`"complete_to":"${at}"`, '"complete_to":"2026-11-24"', /"completeness\.complete_to" is not an RFC 3339 time/],
  ];
  for (const [from, to, message] of refusals) {
    assert.ok(text.includes(from), from);
    assert.throws(() => eventsAnswer.parse(text.replace(from, to)), message);
  }
  assert.throws(() => eventsAnswer.parse('<html>'), /the page of events cannot be read: it is not one JSON object/);
  const many = JSON.stringify({ events: Array.from({ length: 1_001 }, () => event), completeness });
  assert.throws(() => eventsAnswer.parse(many), /"events" has more than 1000 items/);
  assert.throws(() => proofAnswer.parse('{"line_base64":"e3=","proof":"","vkey":"","cosigners":[]}'), malformed);
});

test('whatever text comes, it is read or refused by its code', () => {
  fc.assert(
    fc.property(fc.constantFrom(...vectors), fc.oneof(fc.string(), fc.json(), fc.nat(2_000)), ({ parse, text }, change) => {
      try {
        parse(typeof change === 'string' ? change : text.slice(0, change) + text.slice(change + 1));
      } catch (error) {
        assert.ok(malformed(error), String(error));
      }
    }),
  );
});

test('a tail is read in whatever pieces it comes', () => {
  const messages: readonly TailMessage[] = [
    { kind: 'place', cursor: 'c0' },
    { kind: 'event', cursor: 'c1', event },
    { kind: 'gap', gap: { message: 'too slow', missed: 3 } },
    { kind: 'event', cursor: 'c2', event: { ...event, line: '\u2028 "\\n" é 漢' } },
  ];
  const stream = messages.map((message) => tailKeepAlive + formatTailMessage(message)).join('event: newer\ndata: {}\n\n');
  const start = `:\n\nid: c0\nevent: place\ndata: {}\n\nevent: newer\ndata: {}\n\n:\n\n`;
  assert.ok(stream.startsWith(`${start}id: c1\nevent: event\ndata: ${eventText}\n\n`), stream);
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length)), fc.boolean(), (cuts, crlf) => {
      const text = crlf ? stream.replaceAll('\n', '\r\n') : stream;
      const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const parser = new TailParser();
      assert.deepEqual(
        places.slice(1).flatMap((to, index) => parser.push(text.slice(places[index], to))),
        messages,
      );
    }),
  );
});

test('a tail without ids, with unreadable data, or with a message that never ends is refused', () => {
  assert.throws(() => new TailParser().push(`event: event\ndata: ${eventText}\n\n`), malformed);
  assert.throws(() => new TailParser().push('id: c\nevent: event\ndata: {}\n\n'), malformed);
  const parser = new TailParser();
  assert.throws(() => {
    for (let pieces = 0; pieces < 100; pieces++) parser.push('data: '.padEnd(10_000, 'x'));
  }, malformed);
  assert.deepEqual(new TailParser().push('id: c\nevent: event\n'), []);
});

test('names in addresses are escaped', () => {
  assert.equal(jobPath('a/b?c'), '/v1/jobs/a%2Fb%3Fc');
  assert.equal(tokenPath('t 1'), '/v1/tokens/t%201');
  assert.equal(linesPath(log), `/v1/logs/${log}/lines`);
  assert.equal(checkpointPath(log), `/v1/logs/${log}/checkpoint`);
});
