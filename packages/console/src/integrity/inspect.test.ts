import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  cosignatureKeyType,
  decodeUtf8,
  ed25519KeyType,
  encodeBase64,
  formatProof,
  formatVerifierKey,
  hasher,
  originOf,
  parseProof,
  utf8,
} from '@agent-audit/log';
import { rememberingVerify } from './ed25519.ts';
import { inspect, type Inspection, type LineEvidence } from './inspect.ts';
import { changedAt, evidenceOf, lineOf, lines, log, logVkey, otherWitness, signerOf, witness, witnessVkey } from './log.test.support.ts';
import { failuresOf, partTitle, sentenceOf } from './sentence.ts';

const verify = rememberingVerify();
const good = evidenceOf(4);
const noted = hasher.leaf(good.line, 0, good.line.length);

function stateOf(inspection: Inspection): Record<string, string> {
  return Object.fromEntries(inspection.parts.map(({ name, state }) => [name, state]));
}

function failing(evidence: LineEvidence): readonly string[] {
  const inspection = inspect(evidence, verify);
  assert.equal(inspection.holds, false, 'what was changed was proven');
  return failuresOf(inspection).map(({ name }) => name);
}

/** The text with one character changed, in its bytes; undefined where the bytes are no text any more. */
function changedText(text: string, at: number): string | undefined {
  return decodeUtf8(changedAt(utf8(text), at));
}

test('every part of a proof holds', () => {
  for (const seq of lines.keys()) {
    const inspection = inspect(evidenceOf(seq), verify);
    assert.equal(inspection.holds, true);
    const names = ['line', 'path', 'proof', 'signature', 'cosignature', 'key'];
    assert.deepEqual(stateOf(inspection), Object.fromEntries(names.map((name) => [name, 'holds'])));
    assert.equal(inspection.checkpoint?.size, 11);
    assert.equal(inspection.witnesses.length, 1);
    assert.equal(sentenceOf(inspection, [], () => '14:02:58'), 'In the log by 14:02:58; two keys say so; you pinned none of them.');
  }
});

test('a changed byte of the line is found, and told from a changed proof where the hash of the line was noted', () => {
  for (let at = 0; at < good.line.length; at++) {
    const changed = { ...good, line: changedAt(good.line, at) };
    assert.ok(failing(changed).includes('path'), `byte ${at}`);
    assert.deepEqual(failing({ ...changed, leaf: noted }), ['line'], `byte ${at}`);
  }
});

test('a changed byte of the proof is found in the part that it belongs to', () => {
  const text = good.proof;
  const [blank, signatures] = [text.indexOf('\n\n'), text.lastIndexOf('\n\n') + 2];
  const cosignature = text.indexOf('— collector.example');
  const bytesBefore = (at: number): number => utf8(text.slice(0, at)).length;
  for (let at = 0; at < utf8(text).length; at++) {
    const proof = changedText(text, at);
    if (proof === undefined) continue;
    const inspection = inspect({ ...good, proof, leaf: noted }, verify);
    const names = failuresOf(inspection).map(({ name }) => name);
    if (at < bytesBefore(blank)) assert.ok(names.includes('path') || names.includes('proof'), `byte ${at}: ${names.join()}`);
    else if (at < bytesBefore(cosignature)) {
      assert.ok(names.includes('signature') || names.includes('proof'), `byte ${at}: ${names.join()}`);
    } else {
      // A name or a key id that nobody knows is somebody else's signature, which refutes nothing: the witness is missing then.
      const isMissing = stateOf(inspection)['cosignature'] === 'absent' && inspection.witnesses.length === 0;
      assert.ok(isMissing || names.includes('cosignature') || names.includes('proof'), `byte ${at}: ${names.join()}`);
    }
    if (at < bytesBefore(signatures)) assert.equal(inspection.holds, false);
  }
});

test('a hash beside the path that was changed is told from a changed line', () => {
  const { index, proof, checkpoint } = parseProof(good.proof);
  const changed = formatProof({ index, proof: proof.map((hash, i) => (i === 1 ? changedAt(hash, 31) : hash)), checkpoint });
  assert.deepEqual(failing({ ...good, proof: changed }), ['path']);
  assert.deepEqual(failing({ ...good, proof: changed, leaf: noted }), ['path']);
  assert.deepEqual(failing({ ...good, leaf: changedAt(noted, 0) }), ['line']);
});

test('a changed byte of the log’s key is found in the key, and nothing is said of what it signed', () => {
  for (let at = 0; at < logVkey.length; at++) {
    const vkey = changedText(logVkey, at) ?? '';
    const inspection = inspect({ ...good, vkey }, verify);
    assert.equal(inspection.holds, false);
    assert.ok(failuresOf(inspection).some(({ name }) => name === 'key'), `byte ${at}: ${vkey}`);
  }
});

test('another key under the same origin is refused, whatever it signs', () => {
  const imposter = signerOf(log.key.name, 9, ed25519KeyType);
  assert.deepEqual(failing({ ...good, vkey: formatVerifierKey(imposter.key) }), ['key']);
  const another = signerOf((publicKey) => originOf('scanner-7', publicKey), 9, ed25519KeyType);
  assert.deepEqual(failing({ ...good, vkey: formatVerifierKey(another.key) }), ['key']);
});

test('a changed byte of a witness’s key makes its cosignature fail or go missing, never count', () => {
  for (let at = 0; at < witnessVkey.length; at++) {
    const inspection = inspect({ ...good, cosigners: [changedText(witnessVkey, at) ?? ''] }, verify);
    assert.deepEqual(inspection.witnesses, []);
  }
  const imposter = signerOf(witness.key.name, 9, cosignatureKeyType);
  const forged = evidenceOf(4, lines, [imposter]);
  const inspection = inspect({ ...forged, cosigners: [witnessVkey] }, verify);
  assert.equal(stateOf(inspection)['cosignature'], 'absent');
});

test('the proof of another line or of another log is refused', () => {
  assert.ok(failing({ ...good, seq: 5 }).includes('proof'));
  assert.ok(failing({ ...good, proof: evidenceOf(5).proof }).includes('proof'));
  assert.deepEqual(failing({ ...good, logId: '0'.repeat(32) }), ['key']);
  assert.ok(failing({ ...good, line: lines[5] ?? good.line }).includes('line'));
  assert.ok(failing({ ...good, line: utf8(`${decodeUtf8(good.line) ?? ''}\n`) }).includes('line'));
});

test('an erased line is proven by the hash in its stub, and said to be erased', () => {
  const stub = utf8(`{"seq":4,"type":"log.erased","leaf":"${encodeBase64(noted)}"}`);
  const inspection = inspect({ ...good, line: stub }, verify);
  assert.equal(inspection.holds, true);
  assert.equal(inspection.isErased, true);
});

test('without a witness, with two, with one of two: who says so and how many are pinned is told', () => {
  const alone = inspect(evidenceOf(0, [lineOf(0)], []), verify);
  assert.equal(sentenceOf(alone, [], String), 'In the log; its own key alone says so, and nobody says since when; you did not pin it.');
  const both = inspect(evidenceOf(4, lines, [witness, otherWitness]), verify);
  const pins = [logVkey, witnessVkey].map((vkey) => ({ vkey, pinned_at: '2026-11-24T14:00:00Z' }));
  assert.equal(sentenceOf(both, pins, () => 'noon'), 'In the log by noon; three keys say so; you pinned two.');
  const absent = inspect({ ...good, cosigners: [witnessVkey, formatVerifierKey(otherWitness.key)] }, verify);
  assert.equal(absent.holds, true);
  assert.equal(sentenceOf(absent, pins, () => 'noon'), 'In the log by noon; two keys say so; you pinned all of them.');
});

test('what does not hold is named in the sentence', () => {
  const inspection = inspect({ ...good, line: changedAt(good.line, 40), leaf: noted }, verify);
  assert.equal(sentenceOf(inspection, [], String), 'Not proven: the line does not hold.');
  const broken = inspect({ ...good, proof: 'nonsense', vkey: 'nonsense' }, verify);
  assert.equal(sentenceOf(broken, [], String), 'Not proven: the proof and the log’s key do not hold.');
  assert.deepEqual(failuresOf(broken).map(partTitle), ['The proof', 'The log’s key']);
});
