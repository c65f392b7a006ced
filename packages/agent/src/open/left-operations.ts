// Which operations a crash has left: the newest log.open lists those that were open, and the lines after it begin and end others.
import { gunzipSync } from 'node:zlib';
import { type LogLine, type OpenOperation, parseLine, parseLogLine } from '@agent-audit/log';
import { type Disk, readIfThere } from '../disk.ts';
import { type Folder, listFiles } from '../folder.ts';
import { seqHeadBytes, seqOf } from './first-line.ts';

/** Operations that had begun and not ended, in the order of their first lines, and how many others of which only that is known. */
export interface LeftOperations {
  readonly operations: readonly OpenOperation[];
  readonly omitted: number;
}

/** After a stop, and in a log that begins. */
export const noneLeft: LeftOperations = { operations: [], omitted: 0 };

const LF = 0x0a;
const blockBytes = 1024 * 1024;
/** In no line stand these bytes but where its fields are these, or where details have keys of the same name: the line is parsed then. */
const needles = [Buffer.from('"operation":"'), Buffer.from('"type":"log.o')] as const;

/** What a line says of operations. */
type Saying =
  | { readonly kind: 'open'; readonly left: LeftOperations }
  | { readonly kind: 'start'; readonly operation: OpenOperation }
  | { readonly kind: 'end'; readonly spanId: string };

interface Source {
  readonly first: number;
  readonly path: string;
  readonly gzip: boolean;
}

/**
 * Reads the newest segments of a log with `size` lines, back to one that has a log.open. That is nearly always the last: only one
 * that took the place of a failed one begins without, and only then may an older, compressed one have to be inflated whole.
 */
export function leftOperations(folder: Folder, size: number): LeftOperations {
  const sayings: Saying[][] = [];
  let next = size;
  for (const source of sourcesOf(folder).toReversed()) {
    if (source.first >= next) continue;
    const { since, hasOpen } = readSegment(folder.disk, source, next);
    sayings.unshift(since);
    if (hasOpen) break;
    next = source.first;
  }
  return fold(sayings.flat());
}

/** The segments, ascending. Of two with the same first seq the plain one counts. */
function sourcesOf(folder: Folder): Source[] {
  const byFirst = new Map<number, Source>();
  for (const { path, file } of listFiles(folder)) {
    if (file.kind !== 'closed' || (file.gzip && byFirst.has(file.first))) continue;
    byFirst.set(file.first, { first: file.first, path, gzip: file.gzip });
  }
  const activeFirst = firstSeq(folder);
  if (activeFirst !== undefined) byFirst.set(activeFirst, { first: activeFirst, path: folder.logFile, gzip: false });
  return [...byFirst.values()].toSorted((a, b) => a.first - b.first);
}

function firstSeq({ disk, logFile }: Folder): number | undefined {
  return readIfThere(disk, logFile, (fd) => {
    const head = new Uint8Array(seqHeadBytes);
    return seqOf(head.subarray(0, disk.read(fd, head, 0, head.length, 0)));
  });
}

/** What the lines below `next` say, from the last log.open on where there is one. */
function readSegment(disk: Disk, source: Source, next: number): { since: Saying[]; hasOpen: boolean } {
  let since: Saying[] = [];
  let hasOpen = false;
  eachBlock(disk, source, (block) => {
    for (const line of linesWithNeedles(block)) {
      const saying = sayingOf(line, next);
      if (saying === undefined) continue;
      if (saying.kind === 'open') {
        since = [];
        hasOpen = true;
      }
      since.push(saying);
    }
  });
  return { since, hasOpen };
}

/** Hands a segment on in blocks of whole lines. */
function eachBlock(disk: Disk, { path, gzip }: Source, take: (block: Buffer) => void): void {
  const fd = disk.openRead(path);
  try {
    if (gzip) {
      const packed = Buffer.alloc(disk.fileStat(fd).bytes);
      disk.read(fd, packed, 0, packed.length, 0);
      take(gunzipSync(packed));
      return;
    }
    const buffer = Buffer.alloc(blockBytes);
    for (let at = 0; ; ) {
      const block = buffer.subarray(0, disk.read(fd, buffer, 0, buffer.length, at));
      const end = block.lastIndexOf(LF) + 1;
      if (end === 0) return;
      take(block.subarray(0, end));
      at += end;
    }
  } finally {
    disk.close(fd);
  }
}

/** The lines that may say something of operations, in order. The search is the native one: other lines cost next to nothing. */
function* linesWithNeedles(block: Buffer): Generator<Buffer> {
  const hits = needles.map((needle) => block.indexOf(needle));
  for (;;) {
    const at = Math.min(...hits.map((hit) => (hit < 0 ? Infinity : hit)));
    if (at === Infinity) return;
    const start = block.lastIndexOf(LF, at) + 1;
    const lineEnd = block.indexOf(LF, at);
    const end = lineEnd < 0 ? block.length : lineEnd;
    yield block.subarray(start, end);
    for (const [index, needle] of needles.entries()) {
      const hit = hits[index] ?? -1;
      if (hit >= 0 && hit < end) hits[index] = block.indexOf(needle, end);
    }
  }
}

function sayingOf(line: Buffer, next: number): Saying | undefined {
  try {
    const { seq, type, operation, spanId } = parseLine(line);
    if (seq >= next) return undefined;
    if (type.startsWith('log.')) return ownSayingOf(line);
    if (operation === undefined || spanId === undefined) return undefined;
    return operation === 'start' ? { kind: 'start', operation: { seq, span_id: spanId } } : { kind: 'end', spanId };
  } catch {
    // A line whose fields cannot be read says nothing; that it is whole is judged elsewhere.
    return undefined;
  }
}

function ownSayingOf(bytes: Uint8Array): Saying | undefined {
  const reading = parseLogLine(bytes);
  const line: LogLine | undefined = reading.kind === 'known' ? reading.line : undefined;
  if (line?.type === 'log.orphan') return { kind: 'end', spanId: line.details.span_id };
  if (line?.type !== 'log.open') return undefined;
  const { open_operations: operations = [], open_operations_omitted: omitted = 0 } = line.details;
  return { kind: 'open', left: { operations, omitted } };
}

function fold(sayings: readonly Saying[]): LeftOperations {
  const open = new Map<string, OpenOperation>();
  let omitted = 0;
  for (const saying of sayings) {
    if (saying.kind === 'open') {
      open.clear();
      for (const operation of saying.left.operations) open.set(operation.span_id, operation);
      omitted = saying.left.omitted;
    } else if (saying.kind === 'start') {
      open.set(saying.operation.span_id, saying.operation);
    } else if (!open.delete(saying.spanId) && omitted > 0) {
      // It ends one of those that were not listed.
      omitted--;
    }
  }
  return { operations: [...open.values()], omitted };
}
