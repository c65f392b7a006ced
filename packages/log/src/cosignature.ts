// C2SP tlog-cosignature, the Ed25519 kind (cosignature/v1): a witness states that, at a time, this was the largest checkpoint
// of the log that it had seen, consistent with all before. That time is the only one in a log that proves anything.
import { concatBytes, utf8 } from './bytes.ts';
import { parseCheckpoint } from './checkpoint.ts';
import { LogError } from './error.ts';
import { cosignatureKeyType, requireKeyType, signatureBytes } from './key.ts';
import type { Ed25519Verify, NoteSigner, VerifierKey } from './key.ts';
import { badSignature, formatSignatureLine, knownKey, parseNote, signWith } from './note.ts';

/** A witness's verified statement about a checkpoint. */
export interface Cosignature {
  readonly key: VerifierKey;
  /** When it was made, by the witness's clock: seconds since 1970-01-01T00:00:00Z. */
  readonly timeSeconds: number;
}

const timeBytes = 8;

/**
 * Cosigns a checkpoint with a key of type 0x04: the signature line, without LF, for appendSignature. Whether the checkpoint is
 * signed by its log and consistent with the one before is for the caller to have verified.
 * @throws LogError NOTE_MALFORMED, CHECKPOINT_MALFORMED; COSIGNATURE_MALFORMED where the time is no integer; KEY_WRONG_TYPE
 */
export function cosign(note: string, signer: NoteSigner, timeSeconds: number): string {
  requireKeyType(signer.key, cosignatureKeyType);
  const { text } = parseNote(note);
  parseCheckpoint(text);
  if (!Number.isSafeInteger(timeSeconds) || timeSeconds < 0) throw malformed(`${timeSeconds} is not a time in whole seconds`);
  const signature = signWith(signer, cosignedMessage(text, timeSeconds));
  return formatSignatureLine(signer.key, concatBytes(encodeTime(timeSeconds), signature));
}

/**
 * Verifies the cosignatures by these witnesses (keys of type 0x04) on a checkpoint, in the note's order; a witness may have
 * cosigned more than once. Others are ignored, so the list may be empty: how many suffice is a policy's matter. The log's own
 * signature is not looked at.
 * @throws LogError NOTE_MALFORMED, CHECKPOINT_MALFORMED, KEY_WRONG_TYPE; NOTE_BAD_SIGNATURE where a known witness's cosignature
 *   does not hold; COSIGNATURE_MALFORMED where it holds no time from 0 to 2^53-1
 */
export function openCosignatures(note: string, keys: readonly VerifierKey[], verify: Ed25519Verify): Cosignature[] {
  for (const key of keys) requireKeyType(key, cosignatureKeyType);
  const { text, signatures } = parseNote(note);
  parseCheckpoint(text);
  const cosignatures: Cosignature[] = [];
  for (const signature of signatures) {
    const key = knownKey(signature, keys);
    if (key === undefined) continue;
    const { bytes } = signature;
    if (bytes.length !== timeBytes + signatureBytes) throw badSignature(key);
    const timeSeconds = decodeTime(bytes, key);
    if (!verify(key.publicKey, cosignedMessage(text, timeSeconds), bytes.subarray(timeBytes))) throw badSignature(key);
    cosignatures.push({ key, timeSeconds });
  }
  return cosignatures;
}

/** What a witness signs: two lines of its own, then the note's text. */
function cosignedMessage(text: string, timeSeconds: number): Uint8Array {
  return utf8(`cosignature/v1\ntime ${timeSeconds}\n${text}`);
}

function encodeTime(timeSeconds: number): Uint8Array {
  const bytes = new Uint8Array(timeBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(timeSeconds));
  return bytes;
}

function decodeTime(bytes: Uint8Array, key: VerifierKey): number {
  const time = new DataView(bytes.buffer, bytes.byteOffset, timeBytes).getBigUint64(0);
  if (time > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(`the one by ${key.name} is of second ${time}; the last one read is 2^53-1`);
  return Number(time);
}

function malformed(why: string): LogError {
  return new LogError('COSIGNATURE_MALFORMED', `not a cosignature: ${why}`);
}
