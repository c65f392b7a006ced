// What an agent keeps of its collector, beside the log: the newest checkpoint that was cosigned, which is the ship cursor, and the keys
// that may cosign. Both are read by verifiers too.
import {
  appendSignature, cosignatureKeyType, decodeUtf8, formatNote, formatVerifierKey, LogError, openCheckpoint, openCosignatures, parseNote,
  parseVerifierKey, requireKeyType, utf8, type VerifierKey,
} from '@agent-audit/log';
import { verifyEd25519 } from '../crypto.ts';
import { readWhole } from '../disk.ts';
import { type Folder, replaceWhole } from '../folder.ts';

/** A checkpoint of the log with at least one cosignature that holds. */
export interface Cosigned {
  readonly size: number;
  readonly root: Uint8Array;
  readonly note: string;
}

/** Reads keys of cosigners, as they stand in an option, in a file or in an answer.
 * @throws LogError KEY_MALFORMED, KEY_WRONG_TYPE
 */
export function parseCosigners(vkeys: readonly string[]): VerifierKey[] {
  return vkeys.map((vkey) => {
    const key = parseVerifierKey(vkey);
    requireKeyType(key, cosignatureKeyType);
    return key;
  });
}

/**
 * A note that this log signed and one of these keys cosigned.
 * @throws LogError where it is not
 */
export function openCosigned(note: string, log: VerifierKey, cosigners: readonly VerifierKey[]): Cosigned {
  const { size, root } = openCheckpoint(note, log, verifyEd25519);
  if (openCosignatures(note, cosigners, verifyEd25519).length > 0) return { size, root, note };
  const names = parseNote(note).signatures.flatMap(({ name }) => (name === log.name ? [] : [name]));
  const by = names.length === 0 ? 'nobody' : names.join(', ');
  throw new LogError('NOTE_UNSIGNED', `it is cosigned by ${by}, and by none of the keys that this log trusts`);
}

/**
 * The same of a note and the cosignature that a receipt brings.
 * @throws LogError where it does not hold
 */
export function withCosignature(note: string, line: string, log: VerifierKey, cosigners: readonly VerifierKey[]): Cosigned {
  return openCosigned(appendSignature(note, line), log, cosigners);
}

/** The note as its log signed it, without what others have added. */
export function withoutCosignatures(note: string, log: VerifierKey): string {
  const { text, signatures } = parseNote(note);
  return formatNote({ text, signatures: signatures.filter(({ name, keyId }) => name === log.name && keyId === log.keyId) });
}

/** The ship cursor; undefined where there is none, or none that holds by these keys. */
export function readCosigned(folder: Folder, log: VerifierKey, cosigners: readonly VerifierKey[]): Cosigned | undefined {
  const bytes = readWhole(folder.disk, folder.path(folder.names.cosigned));
  if (bytes === undefined) return undefined;
  try {
    return openCosigned(decodeUtf8(bytes) ?? '', log, cosigners);
  } catch (error) {
    if (error instanceof LogError) return undefined;
    throw error;
  }
}

/** Moves the ship cursor, durably: from now on the lines below it may be deleted. */
export function writeCosigned(folder: Folder, { note }: Cosigned): void {
  replaceWhole(folder, folder.names.cosigned, utf8(note), folder.fileMode);
}

/**
 * The keys that were pinned; none where there is no file yet.
 * @throws LogError KEY_MALFORMED, KEY_WRONG_TYPE
 */
export function readPins(folder: Folder): VerifierKey[] {
  const bytes = readWhole(folder.disk, folder.path(folder.names.collector));
  if (bytes === undefined) return [];
  return parseCosigners((decodeUtf8(bytes) ?? '').split('\n').filter((line) => line.trim() !== ''));
}

/** Pins the keys, one a line. */
export function writePins(folder: Folder, cosigners: readonly VerifierKey[]): void {
  replaceWhole(folder, folder.names.collector, utf8(cosigners.map((key) => `${formatVerifierKey(key)}\n`).join('')), folder.fileMode);
}
