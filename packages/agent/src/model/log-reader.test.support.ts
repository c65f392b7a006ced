// Reads a log back from a disk in memory and judges it with the pure verifier, sharing no code with what wrote it.
import { gunzipSync } from 'node:zlib';
import {
  assembleReport,
  classifyFile,
  hasher,
  parseLine,
  planVerification,
  type RecordedEvent,
  SegmentVerifier,
  type VerifyReport,
} from '@agent-audit/log';
import { verifyEd25519 } from '../crypto.ts';
import type { MemoryDisk } from '../testing/index.ts';

export const folder = '/audit';
export const logFile = '/audit/audit.log';
const LF = 0x0a;

interface SegmentBytes {
  readonly first: number;
  readonly bytes: Uint8Array;
}

/** Every segment with a whole line, ascending; of two with the same first seq one. */
function segmentsOf(disk: MemoryDisk): SegmentBytes[] {
  const byFirst = new Map<number, Uint8Array>();
  const names = disk.list(folder).toSorted();
  for (const name of names) {
    const file = classifyFile('audit.log', name);
    const bytes = (): Uint8Array => disk.bytesOf(`${folder}/${name}`);
    if (file?.kind === 'closed' && file.gzip && !byFirst.has(file.first)) byFirst.set(file.first, gunzipSync(bytes()));
    if (file?.kind === 'closed' && !file.gzip) byFirst.set(file.first, bytes());
  }
  if (names.includes('audit.log')) {
    const bytes = disk.bytesOf(logFile);
    const [, digits] = /^\{"seq":(\d+),/.exec(Buffer.from(bytes.subarray(0, 32)).toString('latin1')) ?? [];
    if (digits !== undefined && bytes.includes(LF)) byFirst.set(Number(digits), bytes);
  }
  return [...byFirst].map(([first, bytes]) => ({ first, bytes })).toSorted((a, b) => a.first - b.first);
}

/** All lines of the log, parsed, in order; lines that the next segment holds again are dropped. */
export function readLog(disk: MemoryDisk): RecordedEvent[] {
  const segments = segmentsOf(disk);
  return segments.flatMap(({ first, bytes }, index) => {
    const next = segments[index + 1]?.first ?? Number.POSITIVE_INFINITY;
    const events: RecordedEvent[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LF); end >= 0 && first + events.length < next; end = bytes.indexOf(LF, start)) {
      events.push(parseLine(bytes.subarray(start, end)));
      start = end + 1;
    }
    return events;
  });
}

/** What an auditor would be told. */
export function verifyLog(disk: MemoryDisk): VerifyReport {
  const segments = segmentsOf(disk);
  const sidecars = disk.list(folder).flatMap((name) => {
    const file = classifyFile('audit.log', name);
    return file?.kind === 'checkpoints' ? [{ first: file.first, bytes: disk.bytesOf(`${folder}/${name}`) }] : [];
  });
  const plan = planVerification({ segments: segments.map(({ first }) => first), sidecars }, hasher);
  const results = [];
  for (const [index, segment] of plan.segments.entries()) {
    const verifier = new SegmentVerifier(segment, hasher, results.at(-1));
    verifier.push(segments[index]?.bytes ?? new Uint8Array(0));
    results.push(verifier.finish());
  }
  const emptySuccessor = disk.stat(logFile)?.bytes === 0;
  return assembleReport({ plan, segments: results, verify: verifyEd25519, emptySuccessor });
}
