import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeUtf8, encodeBase64, utf8 } from './bytes.ts';
import { signCheckpoint } from './checkpoint.ts';
import { cosign } from './cosignature.ts';
import { nodeVerify, signerOf, witnessOf } from './ed25519.test.support.ts';
import { hasher } from './hash.ts';
import type { Hash, Hasher } from './hash.ts';
import { formatVerifierKey } from './key.ts';
import { appendSignature } from './note.ts';
import { parsePolicy } from './policy.ts';
import { formatProof, inclusionHashesMax, parseProof, verifyProof } from './proof.ts';
import type { ProvenEvent } from './proof.ts';
import { inclusionProof, rootOfLeaves } from './tree.ts';

const log = signerOf('scanner-7/0123456789abcdef0123456789abcdef', 1);
const witness = witnessOf('collector.example/w1', 2);
const time = 1_700_000_000;

const lines = Array.from({ length: 11 }, (_, seq) => utf8(`{"seq":${seq},"timestamp":"2026-11-24T14:03:22.118Z","type":"job_started"}`));
const leaves = lines.map((line) => hasher.leaf(line, 0, line.length));
const checkpoint = signCheckpoint({ origin: log.key.name, size: lines.length, root: rootOfLeaves(leaves) }, log);

function lineOf(seq: number): Uint8Array {
  const line = lines[seq];
  assert.ok(line !== undefined);
  return line;
}

function proofOf(seq: number, note: string = checkpoint): string {
  return formatProof({ index: seq, proof: inclusionProof(leaves, seq), checkpoint: note });
}

function verifyWithKey(event: Uint8Array, proof: string): ProvenEvent {
  return verifyProof({ event, proof, policy: log.key, verify: nodeVerify });
}

test('a proof is spelled as the specification has it', () => {
  const text = formatProof({ index: 0, proof: [new Uint8Array(32), new Uint8Array(32).fill(1)], checkpoint, extra: utf8('salt') });
  assert.equal(
    text,
    'c2sp.org/tlog-proof@v1\nextra c2FsdA==\nindex 0\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n' +
      `AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n\n${checkpoint}`,
  );
  assert.equal(formatProof({ index: 0, proof: [], checkpoint }), `c2sp.org/tlog-proof@v1\nindex 0\n\n${checkpoint}`);
});

test('the specification’s example is read, its elided signatures and extra data apart', () => {
  const hashes = [
    'gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=',
    'B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=',
    'EKNzoDWG8LGC0Yp9o+sv3qllpMP9uHQ9B20KNL+Q1zs=',
    'RoopEkOdqkYqMB4MJXrbt/hMjOxsVn0IrWjpz1ZMMes=',
    'AHCioX9nLjsrse6YhjRRmk1WUEirVOLLRoOQ6vfO5vk=',
  ];
  const note = 'example.com/fancylog\n109482\nsFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=\n\n— example.com/fancylog hI2DJ1roloI=\n';
  const text = `c2sp.org/tlog-proof@v1\nextra YWdlLXYxLjIuMS1kYXJ3aW4tYXJtNjQudGFyLmd6\nindex 73894\n${hashes.join('\n')}\n\n${note}`;
  const parsed = parseProof(text);
  assert.equal(parsed.index, 73894);
  assert.deepEqual(parsed.proof.map(encodeBase64), hashes);
  assert.equal(parsed.checkpoint, note);
  assert.equal(decodeUtf8(parsed.extra ?? new Uint8Array()), 'age-v1.2.1-darwin-arm64.tar.gz');
});

test('every line of a log is proven by its own proof, and by no other', () => {
  for (const [seq, line] of lines.entries()) {
    const proven = verifyWithKey(line, proofOf(seq));
    assert.equal(proven.index, seq);
    assert.equal(proven.checkpoint.size, lines.length);
    assert.deepEqual(proven.log, log.key);
    assert.equal(proven.erased, false);
    assert.deepEqual(proven.cosignatures, []);
    assert.equal('quorumSeconds' in proven, false);
    for (const other of lines.keys()) {
      if (other !== seq) assert.throws(() => verifyWithKey(line, proofOf(other)), { code: 'PROOF_INVALID' });
    }
  }
});

test('no change of one byte of the event is proven', () => {
  const line = lineOf(4);
  for (let at = 0; at < line.length; at++) {
    const changed = Uint8Array.from(line);
    changed[at] = (line[at] ?? 0) ^ 1;
    assert.throws(() => verifyWithKey(changed, proofOf(4)), { code: 'PROOF_INVALID' });
  }
});

test('no change of one byte of the proof proves anything else', () => {
  const note = appendSignature(checkpoint, cosign(checkpoint, witness, time));
  const proof = utf8(proofOf(4, note));
  const { root } = verifyWithKey(lineOf(4), proofOf(4, note)).checkpoint;
  fc.assert(
    fc.property(fc.nat(proof.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Uint8Array.from(proof);
      changed[at] = (proof[at] ?? 0) ^ change;
      const text = decodeUtf8(changed);
      if (text === undefined) return;
      let proven: ProvenEvent | undefined;
      try {
        proven = verifyWithKey(lineOf(4), text);
      } catch (error) {
        assert.ok(error instanceof Error && error.name === 'LogError', String(error));
      }
      // What may change without harm is the signature of somebody whom nobody asked about.
      assert.ok(proven === undefined || (proven.index === 4 && proven.checkpoint.size === 11));
      assert.deepEqual(proven?.checkpoint.root ?? root, root);
    }),
    { numRuns: 3000 },
  );
});

test('the policy decides: its logs, its witnesses, their times', () => {
  const policy = parsePolicy(`log ${formatVerifierKey(log.key)}\nwitness W ${formatVerifierKey(witness.key)}\nquorum W\n`);
  const cosigned = appendSignature(checkpoint, cosign(checkpoint, witness, time));
  const proven = verifyProof({ event: lineOf(3), proof: proofOf(3, cosigned), policy, verify: nodeVerify });
  assert.equal(proven.quorumSeconds, time);
  assert.deepEqual(proven.cosignatures, [{ witness: policy.witnesses[0], timeSeconds: time, counted: true }]);
  const given = { event: lineOf(3), proof: proofOf(3), verify: nodeVerify };
  assert.throws(() => verifyProof({ ...given, policy }), { code: 'POLICY_NOT_SATISFIED', message: /witness W/ });
  assert.throws(() => verifyProof({ ...given, policy: signerOf('x', 1).key }), { code: 'POLICY_NOT_SATISFIED', message: /scanner-7/ });
  assert.throws(() => verifyProof({ ...given, policy: signerOf(log.key.name, 5).key }), { code: 'NOTE_UNSIGNED' });
  assert.throws(() => verifyProof({ ...given, policy: witness.key }), { code: 'KEY_WRONG_TYPE' });
});

test('the stub of an erased line proves the line’s hash, at its own place only', () => {
  const stub = (seq: number, leaf: Hash): Uint8Array => utf8(`{"seq":${seq},"type":"log.erased","leaf":"${encodeBase64(leaf)}"}`);
  const [, , leaf] = leaves;
  assert.ok(leaf !== undefined);
  const proven = verifyWithKey(stub(2, leaf), proofOf(2));
  assert.equal(proven.erased, true);
  assert.throws(() => verifyWithKey(stub(3, leaf), proofOf(2)), { code: 'PROOF_INVALID', message: /line 2/ });
  assert.throws(() => verifyWithKey(stub(2, new Uint8Array(32)), proofOf(2)), { code: 'PROOF_INVALID' });
});

test('an event file with a line feed at its end, or more than a line, is told apart from a wrong event', () => {
  assert.throws(() => verifyWithKey(utf8(`${decodeUtf8(lineOf(4))}\n`), proofOf(4)), { code: 'PROOF_INVALID', message: /without it/ });
  assert.throws(() => verifyWithKey(utf8('{"seq":4,\n}'), proofOf(4)), { code: 'PROOF_INVALID', message: /more than one line/ });
  assert.throws(() => verifyWithKey(lineOf(5), proofOf(4)), { code: 'PROOF_INVALID', message: /of line 4/ });
  assert.throws(() => verifyWithKey(new Uint8Array(), proofOf(4)), { code: 'PROOF_INVALID' });
});

test('another hasher is used where one is given', () => {
  let leavesHashed = 0;
  const counting: Hasher = {
    ...hasher,
    leaf: (bytes, start, end) => {
      leavesHashed++;
      return hasher.leaf(bytes, start, end);
    },
  };
  verifyProof({ event: lineOf(4), proof: proofOf(4), policy: log.key, verify: nodeVerify, hasher: counting });
  assert.equal(leavesHashed, 1);
});

test('what is not exactly a proof is refused', () => {
  const text = proofOf(4);
  const hash = `${encodeBase64(new Uint8Array(32))}\n`;
  const refused: Record<string, string> = {
    empty: '',
    'another version': text.replace('@v1', '@v2'),
    'no index': text.replace('index 4\n', ''),
    'an index with a leading zero': text.replace('index 4', 'index 04'),
    'a negative index': text.replace('index 4', 'index -4'),
    'an index beyond 2^53-1': text.replace('index 4', 'index 9007199254740992'),
    'two spaces before the index': text.replace('index 4', 'index  4'),
    'empty extra data': text.replace('index', 'extra \nindex'),
    'extra data that is no base64': text.replace('index', 'extra x\nindex'),
    'extra data twice': text.replace('index', 'extra eA==\nextra eA==\nindex'),
    'extra data after the index': text.replace('index 4\n', 'index 4\nextra eA==\n'),
    'a hash too short': text.replace('index 4\n', `index 4\n${hash.slice(4)}`),
    'too many hashes': text.replace('index 4\n', `index 4\n${hash.repeat(inclusionHashesMax)}`),
    'carriage returns': text.replaceAll('\n', '\r\n'),
    'no checkpoint': text.slice(0, text.indexOf('\n\n')),
    'far too long': text.replace('index', `extra ${'AAAA'.repeat(65_536)}\nindex`),
  };
  for (const [what, proof] of Object.entries(refused)) {
    assert.throws(() => parseProof(proof), { name: 'LogError', code: 'PROOF_MALFORMED' }, what);
  }
  assert.throws(() => parseProof(text.replace('\n\n', '\n\n\n')), { code: 'CHECKPOINT_MALFORMED' });
  assert.throws(() => parseProof(`${text}\n`), { code: 'NOTE_MALFORMED' });
});

test('what could not be read back is not written', () => {
  const good = { index: 0, proof: [], checkpoint };
  const hash = new Uint8Array(32);
  const bad = [
    { index: -1 },
    { index: 2 ** 53 },
    { proof: [new Uint8Array(31)] },
    { proof: Array.from({ length: inclusionHashesMax + 1 }, () => hash) },
    { extra: new Uint8Array() },
    { extra: new Uint8Array(200_000) },
  ];
  for (const change of bad) assert.throws(() => formatProof({ ...good, ...change }), { code: 'PROOF_MALFORMED' });
  assert.throws(() => formatProof({ ...good, checkpoint: 'x' }), { code: 'NOTE_MALFORMED' });
});

test('any proof survives being written and read', () => {
  const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Uint8Array.from(bytes));
  const anyExtra = fc.option(fc.uint8Array({ minLength: 1 }).map((bytes) => Uint8Array.from(bytes)), { nil: undefined });
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.array(anyHash, { maxLength: inclusionHashesMax }), anyExtra, (index, proof, extra) => {
      const whole = { index, proof, checkpoint, ...(extra === undefined ? {} : { extra }) };
      assert.deepEqual(parseProof(formatProof(whole)), whole);
    }),
  );
});
