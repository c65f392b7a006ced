import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import {
  type Checkpoint,
  decodeUtf8,
  LogError,
  openCheckpoint,
  parseNote,
  parseSidecarRecord,
  readCheckpoint,
  type SidecarRecord,
  sidecarRecordBytesMax,
  type VerifierKey,
} from '@agent-audit/log';
import { verifyEd25519 } from '../crypto.ts';
import { unlessAbsent } from './error.ts';
import { listLog, type LogListing, type SegmentFile } from './list.ts';
import { locateLog } from './location.ts';

const LF = 0x0a;

/** A checkpoint of a log, and where it stands. */
export interface SealedCheckpoint extends Checkpoint {
  readonly note: string;
  /** The file that it was read from. */
  readonly path: string;
  /** Whether somebody else than the log signed it too. Nothing says that this signature holds. */
  readonly cosigned: boolean;
}

/** Whom to believe. */
export interface SealedOptions {
  /** The log's key. Without it, what the files claim is taken as it is. */
  readonly key?: VerifierKey;
}

/**
 * The newest checkpoint that a log's files hold, from its sidecars and `.cosigned`; undefined for a log without any.
 * @throws FilesError LOG_NOT_FOUND, LOG_AMBIGUOUS, COULD_NOT_READ; with a key, LogError as openCheckpoint does
 */
export function newestCheckpoint(logFile: string, options: SealedOptions = {}): SealedCheckpoint | undefined {
  return opened(newestOf(checkpointsIn(listLog(locateLog(logFile)))), options);
}

/**
 * How many lines, from 0, the newest checkpoint covers. Unverified.
 * @throws FilesError LOG_NOT_FOUND, LOG_AMBIGUOUS, COULD_NOT_READ
 */
export function sealedSize(logFile: string): number {
  return newestCheckpoint(logFile)?.size ?? 0;
}

/**
 * The best checkpoint to prove line `seq` by: the newest cosigned one that covers it, else the newest that does; undefined where
 * none does.
 * @throws FilesError LOG_NOT_FOUND, LOG_AMBIGUOUS, COULD_NOT_READ; with a key, LogError as openCheckpoint does
 */
export function findCheckpoint(logFile: string, seq: number, options: SealedOptions = {}): SealedCheckpoint | undefined {
  const covering = checkpointsIn(listLog(locateLog(logFile))).filter(({ size }) => size > seq);
  return opened(newestOf(covering.filter(({ cosigned }) => cosigned)) ?? newestOf(covering), options);
}

/** The origin that a segment's base record names; undefined where it has none that can be read. */
export function originOfSegment({ checkpointsPath }: SegmentFile): string | undefined {
  const base = checkpointsPath === undefined ? undefined : readBaseRecord(checkpointsPath);
  return base === undefined ? undefined : readCheckpoint(base.note).origin;
}

/** The first record of a sidecar: the checkpoint at its segment's first line. */
export function readBaseRecord(path: string): SidecarRecord | undefined {
  const head = readPart(path, 'head', sidecarRecordBytesMax + 1);
  const lineEnd = head?.indexOf(LF) ?? -1;
  return head === undefined || lineEnd < 0 ? undefined : unlessMalformed(() => parseRecord(head.subarray(0, lineEnd)));
}

/** `.cosigned`, and of the newest sidecar that holds one the last checkpoint. */
function checkpointsIn({ cosignedPath, sidecars }: LogListing): SealedCheckpoint[] {
  const cosigned = cosignedPath === undefined ? undefined : readCosigned(cosignedPath);
  const found = cosigned === undefined ? [] : [cosigned];
  for (const { path } of sidecars.toReversed()) {
    const record = readLastRecord(path);
    if (record !== undefined) return [...found, sealed(record.note, path)];
  }
  return found;
}

function readCosigned(path: string): SealedCheckpoint | undefined {
  const bytes = unlessAbsent(path, () => readFileSync(path));
  return bytes === undefined ? undefined : unlessMalformed(() => sealed(decodeUtf8(bytes) ?? '', path));
}

/** The last record that can be read: what a write that was cut off left behind it does not count. */
function readLastRecord(path: string): SidecarRecord | undefined {
  const tail = readPart(path, 'tail', 2 * sidecarRecordBytesMax);
  if (tail === undefined) return undefined;
  for (let end = tail.lastIndexOf(LF); end > 0; ) {
    const start = tail.lastIndexOf(LF, end - 1) + 1;
    const line = tail.subarray(start, end);
    const record = unlessMalformed(() => parseRecord(line));
    if (record !== undefined) return record;
    end = start - 1;
  }
  return undefined;
}

function parseRecord(line: Uint8Array): SidecarRecord {
  return parseSidecarRecord(decodeUtf8(line) ?? '');
}

function sealed(note: string, path: string): SealedCheckpoint {
  const checkpoint = readCheckpoint(note);
  const cosigned = parseNote(note).signatures.some(({ name }) => name !== checkpoint.origin);
  return { ...checkpoint, note, path, cosigned };
}

function newestOf(checkpoints: readonly SealedCheckpoint[]): SealedCheckpoint | undefined {
  return checkpoints.toSorted((a, b) => b.size - a.size)[0];
}

function opened(checkpoint: SealedCheckpoint | undefined, { key }: SealedOptions): SealedCheckpoint | undefined {
  if (checkpoint !== undefined && key !== undefined) openCheckpoint(checkpoint.note, key, verifyEd25519);
  return checkpoint;
}

function unlessMalformed<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof LogError) return undefined;
    throw error;
  }
}

function readPart(path: string, part: 'head' | 'tail', bytesMax: number): Uint8Array | undefined {
  const fd = unlessAbsent(path, () => openSync(path, 'r'));
  if (fd === undefined) return undefined;
  try {
    const { size } = fstatSync(fd);
    const bytes = new Uint8Array(Math.min(size, bytesMax));
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, part === 'head' ? 0 : size - bytes.length));
  } finally {
    closeSync(fd);
  }
}
