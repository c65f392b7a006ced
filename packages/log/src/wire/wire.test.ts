import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LogError } from '../error.ts';
import {
  collectorUrl,
  entriesPath,
  evidencePath,
  formatEnrolled,
  formatEnrolment,
  formatEntriesHead,
  formatEvidence,
  formatProblem,
  formatReceipt,
  parseConflict,
  parseEnrolled,
  parseEnrolment,
  parseEntriesHead,
  parseEvidence,
  parseProblem,
  parseReceipt,
  problemStatus,
  proofPath,
} from './index.ts';

const root = 'dMd3xN9TYAzWYqCgTPpHq6vXvFAvDgFhsgBRxQkGmqY=';
const note = `scanner-7/00112233445566778899aabbccddeeff\n7\n${root}\n\n— scanner-7/00112233445566778899aabbccddeeff AAAAAAA=\n`;
const malformed = (error: unknown): boolean => error instanceof LogError && error.code === 'WIRE_MALFORMED';

test('golden vectors: what each message is on the wire', () => {
  const text = JSON.stringify(note);
  assert.equal(formatEntriesHead({ old: 3, size: 7, note }), `{"old":3,"size":7,"note":${text}}\n`);
  assert.equal(formatEntriesHead({ old: 3, size: 7, note, seen: 's' }), `{"old":3,"size":7,"note":${text},"seen":"s"}\n`);
  assert.equal(formatEntriesHead({ old: 3, size: 7, note, sealed: 9 }), `{"old":3,"size":7,"note":${text},"sealed":9}\n`);
  assert.equal(formatReceipt({ size: 7, cosignature: '— c x' }), '{"size":7,"cosignature":"— c x"}');
  assert.equal(formatEnrolment({ vkey: 'v', note: 'n' }), '{"vkey":"v","note":"n"}');
  assert.equal(formatEnrolled({ size: 0, cosigners: ['c'] }), '{"size":0,"cosigners":["c"]}');
  assert.equal(formatEvidence({ kind: 'fork', note: 'n', message: 'm' }), '{"kind":"fork","note":"n","message":"m"}');
  assert.equal(
    formatProblem('SIZE_CONFLICT', 'it has 5', { size: 5 }),
    '{"type":"about:blank","title":"Size conflict","status":409,"code":"SIZE_CONFLICT","detail":"it has 5","size":5}',
  );
});

test('the head carries the base with its one spelling', () => {
  const base = { size: 7, ts: '2026-11-24T14:03:22.118Z', frontier: [1, 2, 3].map((n) => new Uint8Array(32).fill(n)), note };
  const line = formatEntriesHead({ old: 7, size: 9, note, base });
  assert.deepEqual(parseEntriesHead(line.trimEnd()), { old: 7, size: 9, note, base });
  assert.throws(() => parseEntriesHead(line.trimEnd().replace('"old":7', '"old":6')), malformed);
  assert.throws(() => parseEntriesHead(line.trimEnd().replace('AQEB', '!QEB')), malformed);
});

test('what was written is read back', () => {
  const size = fc.nat();
  const seens = fc.option(fc.string(), { nil: undefined });
  const heads = fc.record({ old: size, more: size, rest: fc.option(size, { nil: undefined }), note: fc.string(), seen: seens });
  fc.assert(
    fc.property(heads, ({ old, more, rest, note: text, seen }) => {
      const sealed = rest === undefined ? {} : { sealed: old + more + rest };
      const head = { old, size: old + more, note: text, ...sealed, ...(seen === undefined ? {} : { seen }) };
      assert.deepEqual(parseEntriesHead(formatEntriesHead(head).slice(0, -1)), head);
    }),
  );
  fc.assert(
    fc.property(size, fc.string(), (n, cosignature) => {
      assert.deepEqual(parseReceipt(formatReceipt({ size: n, cosignature })), { size: n, cosignature });
    }),
  );
  const enrolled = { size: 3, note, cosigners: ['a', 'b'] };
  assert.deepEqual(parseEnrolled(formatEnrolled(enrolled)), enrolled);
  assert.deepEqual(parseEnrolment(formatEnrolment({ vkey: 'v', note })), { vkey: 'v', note });
  const evidence = { kind: 'rollback', note, message: 'm' } as const;
  assert.deepEqual(parseEvidence(formatEvidence(evidence)), evidence);
});

test('whatever text comes, it is read or refused by its code', () => {
  const readers = [parseEntriesHead, parseReceipt, parseEnrolment, parseEnrolled, parseEvidence];
  const texts = fc.oneof(fc.string(), fc.json(), fc.constant('{"old":5,"size":4,"note":""}'), fc.constant('{"size":-1}'));
  fc.assert(
    fc.property(fc.constantFrom(...readers), texts, (read, text) => {
      try {
        read(text);
      } catch (error) {
        assert.ok(malformed(error), String(error));
      }
    }),
  );
  assert.throws(() => parseEntriesHead('{"old":5,"size":4,"note":""}'), malformed);
  assert.throws(() => parseEntriesHead('{"old":5,"size":6,"note":"","sealed":5}'), malformed);
  assert.throws(() => parseEnrolled('{"size":5,"cosigners":[]}'), malformed);
  assert.throws(() => parseEvidence('{"kind":"doubt","note":"","message":""}'), malformed);
});

test('a problem is read back; a page of a proxy, an unknown code and a status that does not fit are none', () => {
  for (const code of Object.keys(problemStatus)) {
    const problem = parseProblem(formatProblem(code as keyof typeof problemStatus, 'what to do', { size: 4 }));
    assert.deepEqual([problem?.code, problem?.detail, problem?.members], [code, 'what to do', { size: 4 }]);
  }
  assert.equal(parseProblem('<html>502</html>'), undefined);
  assert.equal(parseProblem('{"title":"t","status":409,"code":"NEWER","detail":"d"}'), undefined);
  assert.equal(parseProblem('{"title":"t","status":200,"code":"SIZE_CONFLICT","detail":"d"}'), undefined);
  assert.deepEqual(parseConflict({ size: 4, note }), { size: 4, note });
  assert.throws(() => parseConflict({ size: '4' }), malformed);
});

test('a collector may stand below a path', () => {
  assert.equal(collectorUrl('https://audit.example/fleet/', entriesPath).href, 'https://audit.example/fleet/v1/entries');
  assert.equal(collectorUrl('http://127.0.0.1:7411', proofPath('ab', 4)).href, 'http://127.0.0.1:7411/v1/logs/ab/4/proof');
  assert.equal(collectorUrl('http://h', evidencePath('ab')).href, 'http://h/v1/logs/ab/evidence');
  assert.throws(() => collectorUrl('ftp://h', entriesPath), TypeError);
});
