import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { signCheckpoint } from './checkpoint.ts';
import { cosign, openCosignatures } from './cosignature.ts';
import { nodeVerify, publicKeyOf, signerOf, witnessOf } from './ed25519.test.support.ts';
import { cosignatureKeyType } from './key.ts';
import type { Ed25519Verify, VerifierKey } from './key.ts';
import { appendSignature, openNote, signNote } from './note.ts';

/** The example of C2SP tlog-cosignature. Its public keys are not published, the witness's key id stands in the line. */
const published =
  'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
  '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n' +
  '— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n';

const log = signerOf('scanner-7/0123456789abcdef0123456789abcdef', 1);
const first = witnessOf('collector.example/w1', 2);
const second = witnessOf('collector.example/w2', 3);
const time = 1_679_315_147;
const note = signCheckpoint({ origin: log.key.name, size: 7, root: new Uint8Array(32) }, log);

test('the specification’s example is read: its time, and the message that the witness signed', () => {
  const key: VerifierKey = { name: 'witness.example.com/w1', keyId: 0x8d66cf3f, type: cosignatureKeyType, publicKey: publicKeyOf(1) };
  const asked: { message: string; bytes: number }[] = [];
  const record: Ed25519Verify = (_, message, signature) => {
    asked.push({ message: new TextDecoder().decode(message), bytes: signature.length });
    return true;
  };
  assert.deepEqual(openCosignatures(published, [key], record), [{ key, timeSeconds: 1679315147 }]);
  const message = 'cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
  assert.deepEqual(asked, [{ message, bytes: 64 }]);
});

test('cosigning is Ed25519 over the prefixed text: the line that openssl makes of the same seed', () => {
  const base64 =
    'kixpzQAAAABkGFDL40y/oRj/9BmWb7WL6X+AzCkdzFNfUuXiD1tvx8rBnZC+BHmEN5CjzXXwyt7WanAQrBa0WD6NU5Fad03HusVoCw==';
  assert.equal(cosign(note, first, time), `— collector.example/w1 ${base64}`);
});

test('cosignatures by known witnesses are verified, all others are ignored', () => {
  const cosigned = [cosign(note, first, time), cosign(note, second, time + 5), cosign(note, first, time + 9)].reduce(appendSignature, note);
  assert.deepEqual(openCosignatures(cosigned, [first.key, second.key], nodeVerify), [
    { key: first.key, timeSeconds: time },
    { key: second.key, timeSeconds: time + 5 },
    { key: first.key, timeSeconds: time + 9 },
  ]);
  assert.deepEqual(openCosignatures(cosigned, [second.key], nodeVerify), [{ key: second.key, timeSeconds: time + 5 }]);
  assert.deepEqual(openCosignatures(cosigned, [witnessOf('collector.example/w1', 9).key], nodeVerify), []);
  assert.deepEqual(openCosignatures(note, [first.key], nodeVerify), []);
  assert.deepEqual(openNote(cosigned, [log.key], nodeVerify).verified, [log.key]);
});

test('a known witness’s cosignature of another text, or with another time, rejects the note', () => {
  const other = signCheckpoint({ origin: log.key.name, size: 8, root: new Uint8Array(32) }, log);
  const open = (line: string): unknown => openCosignatures(appendSignature(note, line), [first.key], nodeVerify);
  assert.throws(() => open(cosign(other, first, time)), { code: 'NOTE_BAD_SIGNATURE', message: /collector\.example\/w1/ });
  const line = cosign(note, first, time);
  const bytes = Buffer.from(line.split(' ')[2] ?? '', 'base64');
  bytes.writeUInt8(bytes.readUInt8(11) ^ 1, 11);
  assert.throws(() => open(`— collector.example/w1 ${bytes.toString('base64')}`), { code: 'NOTE_BAD_SIGNATURE' });
  const short = appendSignature(note, `— collector.example/w1 ${bytes.subarray(0, -3).toString('base64')}`);
  assert.throws(() => openCosignatures(short, [first.key], () => true), { code: 'NOTE_BAD_SIGNATURE' });
});

test('a time beyond 2^53-1 is refused rather than rounded', () => {
  const bytes = Buffer.from(cosign(note, first, time).split(' ')[2] ?? '', 'base64');
  bytes.writeBigUInt64BE(2n ** 53n, 4);
  const far = appendSignature(note, `— collector.example/w1 ${bytes.toString('base64')}`);
  assert.throws(() => openCosignatures(far, [first.key], nodeVerify), { code: 'COSIGNATURE_MALFORMED', message: /9007199254740992/ });
  for (const bad of [-1, 0.5, NaN, 2 ** 53]) assert.throws(() => cosign(note, first, bad), { code: 'COSIGNATURE_MALFORMED' });
});

test('only a witness’s key cosigns, and only checkpoints', () => {
  assert.throws(() => cosign(note, log, time), { code: 'KEY_WRONG_TYPE' });
  assert.throws(() => openCosignatures(note, [log.key], nodeVerify), { code: 'KEY_WRONG_TYPE' });
  assert.throws(() => cosign(signNote('hello\n', log), first, time), { code: 'CHECKPOINT_MALFORMED' });
  assert.throws(() => openCosignatures(signNote('hello\n', log), [first.key], nodeVerify), { code: 'CHECKPOINT_MALFORMED' });
});

test('any checkpoint cosigned at any time opens with that time', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.maxSafeNat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (size, timeSeconds, root) => {
      const signed = signCheckpoint({ origin: log.key.name, size, root }, log);
      const cosigned = appendSignature(signed, cosign(signed, first, timeSeconds));
      assert.deepEqual(openCosignatures(cosigned, [first.key], nodeVerify), [{ key: first.key, timeSeconds }]);
    }),
    { numRuns: 50 },
  );
});
