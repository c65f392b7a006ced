import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, decodeUtf8, encodeBase64, utf8 } from './bytes.ts';
import { nodeVerify, publicKeyOf, signerOf, witnessOf } from './ed25519.test.support.ts';
import { isKeyName, parseVerifierKey } from './key.ts';
import type { VerifierKey } from './key.ts';
import { appendSignature, formatNote, noteBytesMax, noteSignaturesMax, openNote, parseNote, signNote } from './note.ts';

/** The example that C2SP signed-note and golang.org/x/mod/sumdb/note publish. */
const published = {
  vkey: 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
  note:
    'This is an example message.\n\n' +
    '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
};

const poem =
  'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n' +
  '— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n';

const signer = signerOf('log.example/1', 1);
const other = signerOf('log.example/2', 2);

test('the published note opens with the published key', () => {
  const key = parseVerifierKey(published.vkey);
  assert.deepEqual(openNote(published.note, [key], nodeVerify), { text: 'This is an example message.\n', verified: [key] });
});

test('the published note among the shared vectors opens', (t) => {
  const file = new URL('../../../../shared/vectors/c2sp-signed-note.json', import.meta.url);
  if (!existsSync(file)) return t.skip('the shared vectors are not beside this repository');
  const vector: unknown = JSON.parse(readFileSync(file, 'utf8'));
  assert.ok(typeof vector === 'object' && vector !== null && 'vkey' in vector && 'note' in vector);
  assert.deepEqual({ vkey: vector.vkey, note: vector.note }, published);
});

test('the specification’s example, whose text has a blank line, splits at its last blank line', () => {
  const { text, signatures } = parseNote(poem);
  assert.equal(text, 'Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n');
  assert.equal(signatures.length, 1);
  assert.equal(signatures[0]?.name, 'quasimodo.example/salvatore');
  assert.equal(signatures[0].keyId, 0x367ba04b);
  assert.equal(signatures[0].bytes.length, 64);
});

test('signing is Ed25519 over the text: the note that openssl makes of the same seed', () => {
  assert.equal(
    signNote('hello\n', signer),
    'hello\n\n— log.example/1 9fGIJYL3LVihtloTBAguJo0tpwXhAo86oYa3y7p3R3XkNSmhJp+qi4I0m7IhemUcGBO++44k34xTV96B8tOLt8JcvQ0=\n',
  );
});

test('signatures by unknown keys are ignored, also where the name or the id alone is known', () => {
  const sameName = signerOf('log.example/1', 3);
  const note = signNote('text\n', signer);
  const mixed = [signNote('text\n', other), signNote('text\n', sameName)].reduce((all, one) => appendSignature(all, lineOf(one)), note);
  const sameIdOtherName = `— x.example ${lineOf(note).split(' ')[2]?.slice(0, 8)}AAAA`;
  const crowded = appendSignature(mixed, sameIdOtherName);
  assert.equal(parseNote(crowded).signatures.length, 4);
  assert.deepEqual(openNote(crowded, [signer.key], nodeVerify), { text: 'text\n', verified: [signer.key] });
  assert.deepEqual(openNote(crowded, [other.key, signer.key], nodeVerify).verified, [signer.key, other.key]);
});

test('a known key whose signature does not hold rejects the note, whoever else signed it', () => {
  const note = signNote('text\n', signer);
  const lie = signNote('another text\n', other);
  const mixed = appendSignature(note, lineOf(lie));
  assert.throws(() => openNote(mixed, [signer.key, other.key], nodeVerify), { code: 'NOTE_BAD_SIGNATURE', message: /log\.example\/2/ });
  const short = appendSignature(note, lineOf(lie).slice(0, -8));
  assert.throws(() => openNote(short, [signer.key, other.key], nodeVerify), { code: 'NOTE_BAD_SIGNATURE' });
  assert.deepEqual(openNote(mixed, [signer.key], nodeVerify).verified, [signer.key]);
});

test('a signature of another length is refused before any port sees it', () => {
  const note = signNote('text\n', signer);
  const lengthen = (base64: string): string => encodeBase64(concatBytes(Buffer.from(base64, 'base64'), utf8('x')));
  const longer = note.replace(/\S+(?=\n$)/, lengthen);
  assert.throws(() => openNote(longer, [signer.key], () => true), { code: 'NOTE_BAD_SIGNATURE' });
});

test('a key that signed twice counts once', () => {
  const line = lineOf(signNote('text\n', signer));
  assert.deepEqual(openNote(`text\n\n${line}\n${line}\n`, [signer.key, signer.key], nodeVerify).verified, [signer.key]);
});

test('a note that no known key signed does not open', () => {
  const note = signNote('text\n', signer);
  assert.throws(() => openNote(note, [], nodeVerify), { code: 'NOTE_UNSIGNED' });
  assert.throws(() => openNote(note, [other.key], nodeVerify), { code: 'NOTE_UNSIGNED', message: /log\.example\/1.*log\.example\/2/ });
});

test('two different keys under one name and id are refused, not chosen between', () => {
  const impostor: VerifierKey = { ...signer.key, publicKey: publicKeyOf(9) };
  assert.throws(() => openNote(signNote('text\n', signer), [impostor, signer.key], nodeVerify), { code: 'KEY_MALFORMED' });
});

test('a witness’s key neither signs nor opens a plain note', () => {
  const witness = witnessOf('w.example', 1);
  assert.throws(() => signNote('text\n', witness), { code: 'KEY_WRONG_TYPE' });
  assert.throws(() => openNote(signNote('text\n', signer), [witness.key], nodeVerify), { code: 'KEY_WRONG_TYPE' });
});

test('what is not exactly a note is refused with NOTE_MALFORMED', () => {
  const line = lineOf(published.note);
  const refused: Record<string, string> = {
    empty: '',
    'no blank line': `text\n${line}\n`,
    'no signature': 'text\n\n',
    'no line feed at the end': `text\n\n${line}`,
    'a blank line at the end': `text\n\n${line}\n\n`,
    'carriage returns': `text\r\n\r\n${line}\r\n`,
    'a tab': `te\txt\n\n${line}\n`,
    'a NUL': `te\0xt\n\n${line}\n`,
    'a lone surrogate': `te\ud800xt\n\n${line}\n`,
    'a hyphen for the dash': `text\n\n-${line.slice(1)}\n`,
    'no name': `text\n\n—  ${line.split(' ')[2]}\n`,
    'a plus in the name': `text\n\n— a+b ${line.split(' ')[2]}\n`,
    'a no-break space in the name': `text\n\n— a\u00a0b ${line.split(' ')[2]}\n`,
    'two spaces': `text\n\n${line.replace('foo ', 'foo  ')}\n`,
    'a space at the end': `text\n\n${line} \n`,
    'no signature bytes': 'text\n\n— a AAAAAA==\n',
    'base64 without padding': `text\n\n${line.slice(0, -1)}\n`,
    'base64 with unused bits set': 'text\n\n— a AAAAAAB=\n',
    'text among the signatures': `text\n\n${line}\nmore\n`,
  };
  for (const [what, note] of Object.entries(refused)) {
    assert.throws(() => parseNote(note), { name: 'LogError', code: 'NOTE_MALFORMED' }, what);
  }
});

test('a note has at most 64 KiB and 64 signatures; 16 of ML-DSA-44 fit', () => {
  const line = (i: number, bytes: number): string => `— w${i}.example ${encodeBase64(new Uint8Array(bytes).fill(i + 1))}`;
  const notes = (count: number, bytes: number): string =>
    `text\n\n${Array.from({ length: count }, (_, i) => `${line(i, bytes)}\n`).join('')}`;
  assert.equal(parseNote(notes(16, 4 + 8 + 2420)).signatures.length, 16);
  assert.equal(parseNote(notes(noteSignaturesMax, 76)).signatures.length, noteSignaturesMax);
  assert.throws(() => parseNote(notes(noteSignaturesMax + 1, 76)), { code: 'NOTE_MALFORMED', message: /65/ });
  const rest = `\n\n${line(0, 68)}\n`;
  const longest = 'é'.repeat((noteBytesMax - utf8(rest).length) / 2) + rest;
  assert.ok(noteBytesMax - utf8(longest).length < 2);
  assert.equal(parseNote(longest).signatures.length, 1);
  assert.throws(() => parseNote(`éé${longest}`), { code: 'NOTE_MALFORMED', message: /65536/ });
});

test('what signs or is appended must itself be right', () => {
  assert.throws(() => signNote('no line feed', signer), { code: 'NOTE_MALFORMED' });
  assert.throws(() => signNote('a\tb\n', signer), { code: 'NOTE_MALFORMED' });
  assert.throws(() => signNote('text\n', { key: signer.key, sign: () => new Uint8Array(63) }), { code: 'KEY_MALFORMED', message: /63/ });
  const note = signNote('text\n', signer);
  for (const line of ['', 'x', `${lineOf(note)}\n`, `${lineOf(note)}\n${lineOf(note)}`, '— a b']) {
    assert.throws(() => appendSignature(note, line), { code: 'NOTE_MALFORMED' }, JSON.stringify(line));
  }
});

test('a line that is there already is not appended again', () => {
  const note = signNote('text\n', signer);
  assert.equal(appendSignature(note, lineOf(note)), note);
});

test('any text can be signed and opened, and the note is written back as it was', () => {
  const anyText = fc.string({ unit: 'grapheme', maxLength: 200 }).filter((text) => !/[\u0000-\u0009\u000b-\u001f]/.test(text));
  const anyName = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(isKeyName);
  fc.assert(
    fc.property(fc.array(anyText, { maxLength: 5 }), fc.uniqueArray(anyName, { minLength: 1, maxLength: 4 }), (lines, names) => {
      const text = `${lines.join('\n')}\n`;
      const signers = names.map((name, i) => signerOf(name, i + 1));
      const [first, ...others] = signers.map((one) => signNote(text, one));
      assert.ok(first !== undefined);
      const note = others.reduce((all, one) => appendSignature(all, lineOf(one)), first);
      assert.equal(formatNote(parseNote(note)), note);
      const keys = signers.map(({ key }) => key);
      assert.deepEqual(openNote(note, keys, nodeVerify), { text, verified: keys });
    }),
    { numRuns: 50 },
  );
});

test('no change of one byte makes a signed note open to another text', () => {
  const signed = signNote('scanner-7/3f2a\n12304\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n', signer);
  const note = utf8(appendSignature(signed, lineOf(published.note)));
  const { text } = openNote(decodeUtf8(note) ?? '', [signer.key], nodeVerify);
  const anyHow = fc.constantFrom('replace', 'insert', 'delete');
  fc.assert(
    fc.property(fc.nat(note.length - 1), fc.integer({ min: 1, max: 255 }), anyHow, (at, change, how) => {
      const byte = (note[at] ?? 0) ^ change;
      const middle = how === 'delete' ? [] : how === 'insert' ? [byte, note[at] ?? 0] : [byte];
      const changed = decodeUtf8(Uint8Array.from([...note.subarray(0, at), ...middle, ...note.subarray(at + 1)]));
      if (changed === undefined) return;
      let opened: string | undefined;
      try {
        opened = openNote(changed, [signer.key], nodeVerify).text;
      } catch (error) {
        assert.ok(error instanceof Error && error.name === 'LogError', String(error));
      }
      assert.ok(opened === undefined || opened === text);
    }),
    { numRuns: 3000 },
  );
});

/** The last signature line of a note, without LF. */
function lineOf(note: string): string {
  const line = parseNote(note).signatures.at(-1)?.line;
  assert.ok(line !== undefined);
  return line;
}
