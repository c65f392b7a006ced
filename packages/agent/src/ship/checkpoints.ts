// Finds checkpoints in a log's sidecars. One that a slow log has filled for weeks is tens of megabytes long, so its records, which ascend
// by size, are halved, not read.
import { decodeUtf8, parseSidecarRecord, type SidecarRecord, sidecarRecordBytesMax } from '@agent-audit/log';
import { type Disk, readIfThere } from '../disk.ts';
import { type Folder, listFiles } from '../folder.ts';

const LF = 0x0a;
const spanBytes = 65_536;
/** Enough for the beginning of a record, by which it is found. */
const headBytes = 32;

/** The newest checkpoint of a log that covers at most so many lines; undefined where none does. */
export function checkpointAtMost(folder: Folder, size: number): SidecarRecord | undefined {
  const firsts = sidecarFirsts(folder).filter((first) => first <= size);
  return firstFound(folder, firsts.toReversed(), size, (starts) => starts.findLast((start) => start.size <= size));
}

/** The oldest checkpoint of a log that covers at least so many lines; undefined where none does. */
export function checkpointAtLeast(folder: Folder, size: number): SidecarRecord | undefined {
  const firsts = sidecarFirsts(folder);
  const from = Math.max(0, firsts.findLastIndex((first) => first <= size));
  return firstFound(folder, firsts.slice(from), size, (starts) => starts.find((start) => start.size >= size));
}

/** The checkpoint at a segment's first line; undefined where its sidecar has none that can be read. */
export function baseOf(folder: Folder, first: number): SidecarRecord | undefined {
  const record = checkpointAtMost(folder, first);
  return record?.size === first ? record : undefined;
}

interface RecordStart {
  readonly size: number;
  readonly start: number;
  readonly end: number;
}
type Choose = (starts: readonly RecordStart[]) => RecordStart | undefined;

function firstFound(folder: Folder, firsts: readonly number[], size: number, choose: Choose): SidecarRecord | undefined {
  const { disk, names } = folder;
  for (const first of firsts) {
    const found = readIfThere(disk, folder.path(names.checkpoints(first)), (fd) => readChosen(disk, fd, size, choose));
    if (found !== undefined) return found;
  }
  return undefined;
}

function sidecarFirsts(folder: Folder): number[] {
  return listFiles(folder).flatMap(({ file }) => (file.kind === 'checkpoints' ? [file.first] : [])).toSorted((a, b) => a - b);
}

/** Of the records around the size, the one that is chosen. A record that is being written has no LF yet, and is none. */
function readChosen(disk: Disk, fd: number, size: number, choose: Choose): SidecarRecord | undefined {
  const { bytes } = disk.fileStat(fd);
  const { low, high } = narrow(disk, fd, size, bytes);
  // Behind `high` the first record that is larger begins, whole.
  const piece = readPiece(disk, fd, low, Math.min(bytes, high + 2 * (sidecarRecordBytesMax + 1)));
  const chosen = choose(recordStarts(piece));
  const text = chosen === undefined ? undefined : decodeUtf8(piece.subarray(chosen.start, chosen.end));
  return text === undefined ? undefined : parseSidecarRecord(text);
}

/** Every record that begins below `low` is at most `size`, every one from `high` on is above it. */
function narrow(disk: Disk, fd: number, size: number, bytes: number): { readonly low: number; readonly high: number } {
  let low = 0;
  let high = bytes;
  while (high - low > spanBytes) {
    const middle = low + Math.floor((high - low) / 2);
    const piece = readPiece(disk, fd, middle, Math.min(bytes, middle + sidecarRecordBytesMax + 1 + headBytes));
    const start = piece.indexOf(LF) + 1;
    const found = start === 0 ? undefined : sizeAt(piece, start);
    if (found === undefined || found > size) {
      high = middle;
    } else {
      low = middle + start;
    }
  }
  return { low, high };
}

function readPiece(disk: Disk, fd: number, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, end - start));
  return bytes.subarray(0, disk.read(fd, bytes, 0, bytes.length, start));
}

function recordStarts(piece: Uint8Array): RecordStart[] {
  const starts: RecordStart[] = [];
  let start = 0;
  for (let end = piece.indexOf(LF); end >= 0; end = piece.indexOf(LF, start)) {
    const size = sizeAt(piece, start);
    if (size === undefined) break;
    starts.push({ size, start, end });
    start = end + 1;
  }
  return starts;
}

/** What a record says first. */
function sizeAt(bytes: Uint8Array, start: number): number | undefined {
  const head = Buffer.from(bytes.subarray(start, start + headBytes)).toString('latin1');
  const [, digits] = /^\{"size":(0|[1-9][0-9]{0,15}),/.exec(head) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
