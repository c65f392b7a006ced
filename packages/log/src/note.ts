// C2SP signed-note: a text, a blank line, and one or more signature lines `— <name> base64(key id ‖ signature)`.
// The text means nothing until a key that the reader trusts has signed it.
import { concatBytes, decodeBase64, encodeBase64, equalBytes, isWellFormed, readUint32, utf8, writeUint32 } from './bytes.ts';
import { LogError } from './error.ts';
import { ed25519KeyType, formatKeyId, isKeyName, requireKeyType, signatureBytes } from './key.ts';
import type { Ed25519Verify, NoteSigner, VerifierKey } from './key.ts';

/** Bytes of the longest note: room for 16 signatures of ML-DSA-44, the largest that C2SP assigns. */
export const noteBytesMax = 65_536;

/** Signature lines of one note. C2SP asks for at least 16. */
export const noteSignaturesMax = 64;

/** One signature line. Nothing about it is verified. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  /** What follows the key id: 64 bytes for Ed25519, 72 for a cosignature, anything for an unknown type. */
  readonly bytes: Uint8Array;
  /** The line as it stands, without its LF. */
  readonly line: string;
}

/** A note that has the right form. Nothing about it is verified. */
export interface Note {
  /** What is signed, its final LF included. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const lineStart = '— ';

/**
 * Takes a note apart, without verifying it. formatNote(parseNote(x)) is x.
 * @throws LogError NOTE_MALFORMED
 */
export function parseNote(note: string): Note {
  if (note.length > noteBytesMax || utf8(note).length > noteBytesMax) throw malformed(`it is longer than ${noteBytesMax} bytes`);
  requirePlainText(note);
  // The text may hold blank lines of its own: the last one is where the signatures begin.
  const blank = note.lastIndexOf('\n\n');
  if (blank < 0) throw malformed('no blank line parts its text from its signatures');
  const lines = note.slice(blank + 2).split('\n');
  if (lines.pop() !== '' || lines.length === 0) throw malformed('it does not end with a signature line and a line feed');
  if (lines.length > noteSignaturesMax) throw malformed(`it has ${lines.length} signatures, the most is ${noteSignaturesMax}`);
  return { text: note.slice(0, blank + 1), signatures: lines.map(parseSignatureLine) };
}

/** A note from its parts, the signature lines as they stand. */
export function formatNote(note: Note): string {
  return `${note.text}\n${note.signatures.map((signature) => `${signature.line}\n`).join('')}`;
}

/**
 * Signs a text (ending in LF) with a key of type 0x01.
 * @throws LogError NOTE_MALFORMED where the text can not be that of a note; KEY_WRONG_TYPE for a witness's key
 */
export function signNote(text: string, signer: NoteSigner): string {
  requireKeyType(signer.key, ed25519KeyType);
  if (!text.endsWith('\n')) throw malformed('its text does not end with a line feed');
  const signature = signWith(signer, utf8(text));
  const note = `${text}\n${formatSignatureLine(signer.key, signature)}\n`;
  parseNote(note);
  return note;
}

/**
 * The note with one more signature line (given without its LF). A line that the note has already is not added again,
 * so that a repeated answer changes nothing.
 * @throws LogError NOTE_MALFORMED where the note or the line is, or the note would get too long
 */
export function appendSignature(note: string, line: string): string {
  const { signatures } = parseNote(note);
  if (signatures.some((signature) => signature.line === line)) return note;
  requirePlainText(line);
  parseSignatureLine(line);
  const longer = `${note}${line}\n`;
  parseNote(longer);
  return longer;
}

/**
 * Opens a note: at least one of the keys (type 0x01) must have signed its text. Signatures by other keys are ignored, also
 * those that share only the name or only the id with a known key; a known key whose signature does not hold rejects the note.
 * @throws LogError NOTE_MALFORMED, NOTE_UNSIGNED (no known key signed), NOTE_BAD_SIGNATURE, KEY_WRONG_TYPE
 */
export function openNote(note: string, keys: readonly VerifierKey[], verify: Ed25519Verify): { text: string; verified: VerifierKey[] } {
  for (const key of keys) requireKeyType(key, ed25519KeyType);
  const { text, signatures } = parseNote(note);
  const message = utf8(text);
  const verified = new Set<VerifierKey>();
  for (const signature of signatures) {
    const key = knownKey(signature, keys);
    if (key === undefined) continue;
    if (signature.bytes.length !== signatureBytes || !verify(key.publicKey, message, signature.bytes)) throw badSignature(key);
    verified.add(key);
  }
  if (verified.size === 0) throw unsigned(signatures, keys);
  return { text, verified: [...verified] };
}

/**
 * The key that a signature line names, by name and id; undefined for an unknown one.
 * @throws LogError KEY_MALFORMED where two different keys go by that name and id
 */
export function knownKey(signature: NoteSignature, keys: readonly VerifierKey[]): VerifierKey | undefined {
  const [key, ...others] = keys.filter((candidate) => candidate.name === signature.name && candidate.keyId === signature.keyId);
  if (key === undefined) return undefined;
  if (others.some((other) => !equalBytes(other.publicKey, key.publicKey))) {
    throw new LogError('KEY_MALFORMED', `two different keys are trusted as ${key.name}+${formatKeyId(key.keyId)}; keep the right one`);
  }
  return key;
}

/** The line `— <name> base64(key id ‖ signature)`, without LF. */
export function formatSignatureLine(key: VerifierKey, signature: Uint8Array): string {
  return `${lineStart}${key.name} ${encodeBase64(concatBytes(writeUint32(key.keyId), signature))}`;
}

/** Signs, and holds the port to its word: 64 bytes. */
export function signWith(signer: NoteSigner, message: Uint8Array): Uint8Array {
  const signature = signer.sign(message);
  if (signature.length === signatureBytes) return signature;
  throw new LogError(
    'KEY_MALFORMED',
    `the signer of ${signer.key.name} returned ${signature.length} bytes; an Ed25519 signature has ${signatureBytes}`,
  );
}

/** The refusal of a note on which a trusted key's signature does not hold. */
export function badSignature(key: VerifierKey): LogError {
  return new LogError(
    'NOTE_BAD_SIGNATURE',
    `the signature by ${key.name}+${formatKeyId(key.keyId)} does not hold: the note was altered, or the key is not the one that signed it`,
  );
}

function parseSignatureLine(line: string): NoteSignature {
  const nameEnd = line.indexOf(' ', lineStart.length);
  if (!line.startsWith(lineStart) || nameEnd < 0) throw malformedLine(line, 'the form is "— <name> <base64>"');
  const name = line.slice(lineStart.length, nameEnd);
  if (!isKeyName(name)) throw malformedLine(line, 'a key name is not empty and has no spaces and no plus');
  const bytes = decodeBase64(line.slice(nameEnd + 1));
  if (bytes === undefined) throw malformedLine(line, 'the signature is not standard base64');
  if (bytes.length <= 4) throw malformedLine(line, 'nothing follows the key id');
  return { name, keyId: readUint32(bytes), bytes: bytes.subarray(4), line };
}

function requirePlainText(text: string): void {
  if (!isWellFormed(text)) throw malformed('it is not valid UTF-8');
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text)) throw malformed('it holds a control character other than line feed');
}

function unsigned(signatures: readonly NoteSignature[], keys: readonly VerifierKey[]): LogError {
  const list = (items: readonly { name: string; keyId: number }[]): string =>
    items.map(({ name, keyId }) => `${name}+${formatKeyId(keyId)}`).join(', ') || 'none';
  return new LogError(
    'NOTE_UNSIGNED',
    `no trusted key signed this note: it is signed by ${list(signatures)}; trusted: ${list(keys)}. Give the key of a signer that you trust`,
  );
}

function malformed(why: string): LogError {
  return new LogError('NOTE_MALFORMED', `not a signed note: ${why}`);
}

function malformedLine(line: string, why: string): LogError {
  return malformed(`signature line ${JSON.stringify(line.length > 120 ? `${line.slice(0, 120)}…` : line)}: ${why}`);
}
