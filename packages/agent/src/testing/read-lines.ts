// Reads a log from a disk in memory: closed segments, packed or not, then the active one.
import { gunzipSync } from 'node:zlib';
import type { LogLine } from '../files/index.ts';
import { folderOf, listFiles } from '../folder.ts';
import type { MemoryDisk } from './memory-disk.ts';

const LF = 0x0a;
const seqHead = /^\{"seq":(\d+),/;

/** The lines of a log in order, each once: where segments overlap, the higher first seq counts. */
export function readLines(disk: MemoryDisk, logFile: string): LogLine[] {
  const segments = segmentsOf(disk, logFile);
  return segments.flatMap(({ first, bytes }, index) => {
    const before = segments[index + 1]?.first ?? Number.POSITIVE_INFINITY;
    return linesOf(bytes, first).filter(({ seq }) => seq < before);
  });
}

function segmentsOf(disk: MemoryDisk, logFile: string): { first: number; bytes: Uint8Array }[] {
  const byFirst = new Map<number, Uint8Array>();
  for (const { path, file } of listFiles(folderOf(disk, logFile))) {
    if (file.kind === 'active') {
      const bytes = disk.bytesOf(path);
      const first = firstSeq(bytes);
      if (first !== undefined) byFirst.set(first, bytes);
    } else if (file.kind === 'closed' && !byFirst.has(file.first)) {
      byFirst.set(file.first, file.gzip ? gunzipSync(disk.bytesOf(path)) : disk.bytesOf(path));
    }
  }
  return [...byFirst].map(([first, bytes]) => ({ first, bytes })).toSorted((a, b) => a.first - b.first);
}

function firstSeq(bytes: Uint8Array): number | undefined {
  const [, digits] = seqHead.exec(Buffer.from(bytes.subarray(0, 32)).toString('latin1')) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

function linesOf(bytes: Uint8Array, first: number): LogLine[] {
  const lines: LogLine[] = [];
  for (let start = 0, end = bytes.indexOf(LF); end >= 0; start = end + 1, end = bytes.indexOf(LF, start)) {
    lines.push({ seq: first + lines.length, line: new Uint8Array(bytes.subarray(start, end)) });
  }
  return lines;
}
