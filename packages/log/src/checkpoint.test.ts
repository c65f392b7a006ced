import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase64 } from './bytes.ts';
import { formatCheckpoint, openCheckpoint, parseCheckpoint, readCheckpoint, signCheckpoint } from './checkpoint.ts';
import { nodeVerify, signerOf } from './ed25519.test.support.ts';
import { signNote } from './note.ts';

/** The example of C2SP tlog-checkpoint. */
const published =
  'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n' +
  '— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n';

const root = new Uint8Array(32).fill(7);
const signer = signerOf('scanner-7/0123456789abcdef0123456789abcdef', 1);

test('the specification’s example is read', () => {
  const checkpoint = readCheckpoint(published);
  assert.equal(checkpoint.origin, 'example.com/behind-the-sofa');
  assert.equal(checkpoint.size, 20852163);
  assert.deepEqual(checkpoint.root, decodeBase64('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I='));
});

test('a signed checkpoint opens with its log’s key', () => {
  const checkpoint = { origin: signer.key.name, size: 12304, root };
  const note = signCheckpoint(checkpoint, signer);
  assert.match(note, /^scanner-7\/[0-9a-f]{32}\n12304\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n\n— scanner-7\//);
  assert.deepEqual(openCheckpoint(note, signer.key, nodeVerify), checkpoint);
  assert.deepEqual(readCheckpoint(note), checkpoint);
});

test('a checkpoint of another origin is neither signed nor opened', () => {
  const checkpoint = { origin: 'someone-else', size: 1, root };
  assert.throws(() => signCheckpoint(checkpoint, signer), { code: 'CHECKPOINT_OTHER_ORIGIN' });
  const lie = signNote(formatCheckpoint(checkpoint), signer);
  assert.throws(() => openCheckpoint(lie, signer.key, nodeVerify), { code: 'CHECKPOINT_OTHER_ORIGIN', message: /someone-else.*scanner-7/ });
});

test('a note that is no checkpoint does not open as one', () => {
  assert.throws(() => openCheckpoint(signNote('hello\n', signer), signer.key, nodeVerify), { code: 'CHECKPOINT_MALFORMED' });
});

test('what is not exactly a checkpoint is refused with CHECKPOINT_MALFORMED', () => {
  const hash = 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=';
  const refused = [
    '',
    'o\n1\n',
    `o\n1\n${hash}`,
    `\n1\n${hash}\n`,
    `o\n\n${hash}\n`,
    `o\n01\n${hash}\n`,
    `o\n-1\n${hash}\n`,
    `o\n1 \n${hash}\n`,
    `o\n1e3\n${hash}\n`,
    `o\n9007199254740992\n${hash}\n`,
    'o\n1\n\n',
    `o\n1\n${hash.slice(0, -4)}\n`,
    `o\n1\n${hash.slice(0, -1)}\n`,
    `o\n1\n${hash.slice(0, -2)}J=\n`,
    `o\n1\n${hash}\nextension\n`,
    `o\n1\n${hash}\n\n`,
    `o\r\n1\n${hash}\n`,
  ];
  for (const text of refused) {
    assert.throws(() => parseCheckpoint(text), { name: 'LogError', code: 'CHECKPOINT_MALFORMED' }, JSON.stringify(text));
  }
});

test('what could not be read back is not written', () => {
  const good = { origin: 'o', size: 1, root };
  const origins = ['', 'a\nb', '\ud800'].map((origin) => ({ origin }));
  const sizes = [-1, 1.5, 2 ** 53, NaN].map((size) => ({ size }));
  for (const bad of [...origins, ...sizes, { root: new Uint8Array(31) }]) {
    assert.throws(() => formatCheckpoint({ ...good, ...bad }), { code: 'CHECKPOINT_MALFORMED' }, JSON.stringify(bad));
  }
});

test('any checkpoint survives being written and read', () => {
  const anyOrigin = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => !/[\u0000-\u001f]/.test(text));
  fc.assert(
    fc.property(anyOrigin, fc.maxSafeNat(), fc.uint8Array({ minLength: 32, maxLength: 32 }), (origin, size, bytes) => {
      const checkpoint = { origin, size, root: Uint8Array.from(bytes) };
      assert.deepEqual(parseCheckpoint(formatCheckpoint(checkpoint)), checkpoint);
    }),
  );
});

test('a text that reads as a checkpoint is written back the same', () => {
  const text = formatCheckpoint({ origin: 'scanner-7/aa', size: 104, root });
  fc.assert(
    fc.property(fc.nat(text.length), fc.nat(2), fc.string({ unit: fc.constantFrom(...'\n019=A/ +'), maxLength: 2 }), (at, cut, insert) => {
      const changed = text.slice(0, at) + insert + text.slice(at + cut);
      try {
        assert.equal(formatCheckpoint(parseCheckpoint(changed)), changed);
      } catch (error) {
        assert.ok(error instanceof Error && error.name === 'LogError', String(error));
      }
    }),
    { numRuns: 2000 },
  );
});
