// C2SP tlog-checkpoint: the signed note whose text is the origin, the decimal size and the base64 root of a log's tree.
import { decodeBase64, decodeDecimal, encodeBase64, isWellFormed } from './bytes.ts';
import { LogError } from './error.ts';
import type { Hash } from './hash.ts';
import type { Ed25519Verify, NoteSigner, VerifierKey } from './key.ts';
import { openNote, parseNote, signNote } from './note.ts';

/** The head of a log's tree: the lines [0, size) hash to this root. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

const rootBytes = 32;

/**
 * The note text of a checkpoint. parseCheckpoint is its inverse.
 * @throws LogError CHECKPOINT_MALFORMED for an origin with control characters, a size that is no integer, a root that is no hash
 */
export function formatCheckpoint(checkpoint: Checkpoint): string {
  const { origin, size, root } = checkpoint;
  if (!isOriginLine(origin)) throw malformed(`origin ${JSON.stringify(origin)} is empty or holds control characters`);
  if (!Number.isSafeInteger(size) || size < 0) throw malformed(`size ${size} is not an integer from 0 to 2^53-1`);
  if (root.length !== rootBytes) throw malformed(`its root has ${root.length} bytes; SHA-256 has ${rootBytes}`);
  return `${origin}\n${size}\n${encodeBase64(root)}\n`;
}

/**
 * Reads a checkpoint's note text. Extension lines, which C2SP advises against, are refused: nothing here could audit them.
 * @throws LogError CHECKPOINT_MALFORMED
 */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin, decimal, base64, ...rest] = text.split('\n');
  if (origin === undefined || decimal === undefined || base64 === undefined || rest.length === 0) {
    throw malformed('it has fewer than three lines (origin, size, root)');
  }
  if (rest.length > 1 || rest[0] !== '') throw malformed('something follows its third line; extension lines are not accepted');
  if (!isOriginLine(origin)) throw malformed('its origin is empty or holds control characters');
  const size = decodeDecimal(decimal);
  if (size === undefined) throw malformed(`size ${JSON.stringify(decimal.slice(0, 40))} is not a plain decimal from 0 to 2^53-1`);
  const root = decodeBase64(base64);
  if (root?.length !== rootBytes) throw malformed(`its root is not the base64 of ${rootBytes} bytes`);
  return { origin, size, root };
}

/**
 * Signs a checkpoint as the log: a signed note. The signer's name must be the origin.
 * @throws LogError CHECKPOINT_MALFORMED, CHECKPOINT_OTHER_ORIGIN
 */
export function signCheckpoint(checkpoint: Checkpoint, signer: NoteSigner): string {
  requireOrigin(checkpoint, signer.key);
  return signNote(formatCheckpoint(checkpoint), signer);
}

/**
 * Opens a checkpoint that the log of this key signed; the key's name is the origin that must stand in it.
 * @throws LogError as openNote and parseCheckpoint do, and CHECKPOINT_OTHER_ORIGIN
 */
export function openCheckpoint(note: string, key: VerifierKey, verify: Ed25519Verify): Checkpoint {
  const checkpoint = parseCheckpoint(openNote(note, [key], verify).text);
  requireOrigin(checkpoint, key);
  return checkpoint;
}

/**
 * What a checkpoint claims, WITHOUT verifying it: enough to look its log's key up, or to choose among files.
 * @throws LogError NOTE_MALFORMED, CHECKPOINT_MALFORMED
 */
export function readCheckpoint(note: string): Checkpoint {
  return parseCheckpoint(parseNote(note).text);
}

function requireOrigin(checkpoint: Checkpoint, key: VerifierKey): void {
  if (checkpoint.origin === key.name) return;
  throw new LogError(
    'CHECKPOINT_OTHER_ORIGIN',
    `the checkpoint is of ${checkpoint.origin}, the key is of ${key.name}; take that log's own key`,
  );
}

function isOriginLine(origin: string): boolean {
  return origin !== '' && isWellFormed(origin) && !/[\u0000-\u001f]/.test(origin);
}

function malformed(why: string): LogError {
  return new LogError('CHECKPOINT_MALFORMED', `not a checkpoint: ${why}`);
}
