// A request to `POST /v1/entries`, taken apart and verified as far as its log's key goes. Nothing here knows what the collector has.
import {
  type Checkpoint,
  decodeUtf8,
  type EntriesHead,
  entriesHeadBytesMax,
  equalBytes,
  formatNote,
  Frontier,
  type Hasher,
  LogError,
  openCheckpoint,
  parseEntriesHead,
  parseNote,
  parseOrigin,
  parseVerifierKey,
  readCheckpoint,
  type SidecarRecord,
  type VerifierKey,
} from '@agent-audit/log';
import { verifyEd25519 } from 'agent-audit/files';
import { Refusal } from '../refusal.ts';

const lineFeed = 0x0a;

/** What was sent. Nothing in it is verified. */
export interface EntriesRequest {
  readonly head: EntriesHead;
  /** By the note's origin. */
  readonly logId: string;
  /** The whole body; lines are from `linesAt` on. */
  readonly bytes: Uint8Array;
  readonly linesAt: number;
}

/**
 * Takes a body apart.
 * @throws Refusal REQUEST_MALFORMED
 */
export function parseEntries(bytes: Uint8Array): EntriesRequest {
  const end = bytes.subarray(0, entriesHeadBytesMax + 1).indexOf(lineFeed);
  if (end < 0) throw malformed(`its first line, the head, does not end within ${entriesHeadBytesMax} bytes`);
  if (bytes.at(-1) !== lineFeed) throw malformed('its last line does not end with a line feed: it was cut off');
  const text = decodeUtf8(bytes.subarray(0, end));
  if (text === undefined) throw malformed('its head is not UTF-8');
  return refusing('REQUEST_MALFORMED', () => {
    const head = parseEntriesHead(text);
    return { head, logId: logIdOf(head.note), bytes, linesAt: end + 1 };
  });
}

/**
 * The log id that a note's origin names.
 * @throws LogError NOTE_MALFORMED, CHECKPOINT_MALFORMED, ORIGIN_MALFORMED
 */
export function logIdOf(note: string): string {
  return parseOrigin(readCheckpoint(note).origin).logId;
}

/** A checkpoint that the log's key signed. */
export interface SignedCheckpoint extends Checkpoint {
  /** With the log's signature only: what a note carries besides is nobody's business here. */
  readonly note: string;
}

/**
 * Verifies a note with the log's key.
 * @throws Refusal SIGNATURE_INVALID, REQUEST_MALFORMED
 */
export function requireSigned(note: string, vkey: string): SignedCheckpoint {
  const key = parseVerifierKey(vkey);
  try {
    return { ...openCheckpoint(note, key, verifyEd25519), note: bare(note, key) };
  } catch (cause) {
    if (!(cause instanceof LogError)) throw cause;
    const isForm = cause.code === 'NOTE_MALFORMED' || cause.code === 'CHECKPOINT_MALFORMED';
    throw new Refusal(isForm ? 'REQUEST_MALFORMED' : 'SIGNATURE_INVALID', cause.message, { cause });
  }
}

function bare(note: string, key: VerifierKey): string {
  const { text, signatures } = parseNote(note);
  const own = signatures.find(({ name, keyId }) => name === key.name && keyId === key.keyId);
  return formatNote({ text, signatures: own === undefined ? [] : [own] });
}

/** The tree at the base, where the log's lines before it are gone at the agent. */
export interface Base {
  readonly checkpoint: SignedCheckpoint;
  readonly frontier: SidecarRecord['frontier'];
}

/**
 * Verifies a base: signed, and its frontier is that of the root.
 * @throws Refusal SIGNATURE_INVALID, REQUEST_MALFORMED
 */
export function requireBase(base: SidecarRecord, vkey: string, hasher: Hasher): Base {
  const checkpoint = requireSigned(base.note, vkey);
  const root = refusing('REQUEST_MALFORMED', () => Frontier.from(base.size, base.frontier).root(hasher));
  if (checkpoint.size !== base.size || !equalBytes(root, checkpoint.root)) {
    throw malformed('the frontier of its base is not that of the signed root');
  }
  return { checkpoint, frontier: base.frontier };
}

/** Runs what may refuse with a LogError; that becomes a Refusal. */
export function refusing<T>(code: 'REQUEST_MALFORMED' | 'KEY_MISMATCH', run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof LogError)) throw cause;
    throw new Refusal(code, cause.message, { cause });
  }
}

function malformed(why: string): Refusal {
  return new Refusal('REQUEST_MALFORMED', `the entries cannot be read: ${why}`);
}
