import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { cosign, formatVerifierKey, openCosignatures, utf8 } from '@agent-audit/log';
import { verifyEd25519 } from 'agent-audit/files';
import fc from 'fast-check';
import { openCosigner } from './cosigner.ts';
import { factsOf } from './facts.ts';
import { livenessOf, silentMs } from './liveness.ts';
import { eventLine, ownLine, TestLog } from './log.test.support.ts';

const facts = (...lines: readonly Uint8Array[]): ReturnType<typeof factsOf> => factsOf(Buffer.concat([utf8('head\n'), ...lines]), 5);

test('what lines say: the newest time, the end, what was erased', () => {
  const at = Date.UTC(2026, 10, 24);
  assert.deepEqual(facts(eventLine(0, 'a', at)), { end: 'open', newestEventMs: at, erased: [] });
  assert.deepEqual(facts(eventLine(0, 'a', at), utf8('no JSON\n'), utf8('\n')), { end: 'open', newestEventMs: at, erased: [] });
  assert.equal(facts(eventLine(0), ownLine(1, 'log.close', { reason: 'stop' })).end, 'stop');
  assert.equal(facts(ownLine(1, 'log.close', { reason: 'stop' }), eventLine(2)).end, 'open');
  const erasure = ownLine(9, 'log.erasure', { seqs: [1, 2, 9, 12], why: 'w', by: 'b' });
  const second = ownLine(11, 'log.erasure', { seqs: [2, 7], why: 'w', by: 'b' });
  assert.deepEqual(facts(eventLine(8), erasure, eventLine(10), second).erased, [1, 2, 7]);
  const told = eventLine(3, 'a message with "type":"log.erasure" in it');
  assert.deepEqual(facts(told, utf8('"type":"log.erasure"\n'), ownLine(5, 'log.erasure', { seqs: 'all' })).erased, []);
});

test('any bytes have facts', () => {
  const known = fc.constantFrom(utf8('{"seq":1,"type":"log.erasure"'), utf8('"timestamp":"'), utf8('\n'));
  const piece = fc.oneof(fc.uint8Array({ maxLength: 40 }), known);
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      assert.ok(facts(...pieces, utf8('\n')).erased.length >= 0);
    }),
  );
});

test('how a log is, as a function of its record and the time', () => {
  const now = Date.UTC(2026, 0, 1);
  const record = { state: 'sound', end: 'open', seenAtMs: now, size: 5, toldSize: 5 } as const;
  const cases = [
    ['live', record],
    ['behind', { ...record, toldSize: 6 }],
    ['live', { ...record, toldSize: undefined }],
    ['live', { ...record, toldSize: 4 }],
    ['live', { ...record, seenAtMs: now - silentMs }],
    ['silent', { ...record, seenAtMs: now - silentMs - 1, toldSize: 9 }],
    ['stopped', { ...record, end: 'stop', seenAtMs: 0 }],
    ['forked', { ...record, state: 'forked', end: 'stop' }],
  ] as const;
  for (const [expected, given] of cases) assert.equal(livenessOf(given, now), expected, JSON.stringify(given));
});

test("the collector's key is made once, is nobody else's to read, and cosigns", () => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-cosigner-'));
  try {
    const file = join(folder, 'data', 'collector.key');
    const signer = openCosigner(file, 'collector.example');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    const again = openCosigner(file, 'collector.example');
    assert.equal(formatVerifierKey(again.key), formatVerifierKey(signer.key));
    const log = new TestLog(1, 'a', 3);
    const note = `${log.note()}${cosign(log.note(), again, 5)}\n`;
    assert.deepEqual(openCosignatures(note, [signer.key], verifyEd25519), [{ key: signer.key, timeSeconds: 5 }]);
    const other = join(folder, 'other.key');
    writeFileSync(other, readFileSync(file, 'utf8').slice(0, 40));
    assert.throws(() => openCosigner(other, 'collector.example'), /other\.key holds no private key/);
    assert.throws(() => openCosigner(file, 'two words'), { code: 'KEY_MALFORMED' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
