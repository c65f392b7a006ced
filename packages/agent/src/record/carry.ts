// Lines of this run that a given-up origin had not sealed go on in the new log, under new numbers.
import { checkLine, lineType } from '@agent-audit/log';
import { type Disk, diskErrorCode } from '../disk.ts';
import type { WaitingEvent } from './waiting.ts';

/** An event with the number that it had. */
export interface CarriedEvent extends WaitingEvent {
  readonly seq: number;
}

export interface Carried {
  readonly events: readonly CarriedEvent[];
  /** Lines that were numbered and could not be found any more. */
  readonly missing: number;
}

const LF = 0x0a;
const COMMA = 0x2c;
const blockBytes = 1024 * 1024;

/**
 * The events among the lines [from, to), as far as the open files and the unwritten bytes still hold them. The log's own lines stay
 * behind.
 */
export function carryLines(disk: Disk, fds: readonly number[], unwritten: Uint8Array, from: number, to: number, timeMs: number): Carried {
  const events: CarriedEvent[] = [];
  let next = from;
  const take = (bytes: Uint8Array): void => {
    const sound = soundLine(bytes);
    if (sound === undefined || sound.seq < next || sound.seq >= to) return;
    const { line, seq } = sound;
    next = seq + 1;
    found++;
    const type = lineType(line, 0, line.length);
    if (type.startsWith('log.')) return;
    const tail = Buffer.concat([line.subarray(line.indexOf(COMMA)), Buffer.of(LF)]);
    events.push({ tail, type, severity: '', timeMs, seq });
  };
  let found = 0;
  let rest = Buffer.alloc(0);
  for (const fd of fds) {
    const block = Buffer.alloc(blockBytes);
    for (let at = 0; ; ) {
      const count = readOrEnd(disk, fd, block, at);
      if (count === 0) break;
      rest = eachLine(Buffer.concat([rest, block.subarray(0, count)]), take);
      at += count;
    }
  }
  eachLine(Buffer.concat([rest, unwritten]), take);
  return { events, missing: to - from - found };
}

/** What cannot be read is missing, as what is not there. */
function readOrEnd(disk: Disk, fd: number, into: Uint8Array, at: number): number {
  try {
    return disk.read(fd, into, 0, into.length, at);
  } catch (error) {
    if (diskErrorCode(error) === '') throw error;
    return 0;
  }
}

/** What stands behind the last LF. */
function eachLine(bytes: Buffer<ArrayBuffer>, take: (line: Uint8Array) => void): Buffer<ArrayBuffer> {
  let start = 0;
  for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
    take(bytes.subarray(start, end));
    start = end + 1;
  }
  return Buffer.from(bytes.subarray(start));
}

/** The line in these bytes. Where damage does not end in a LF, the line that was written next stands behind it. */
function soundLine(bytes: Uint8Array): { line: Uint8Array; seq: number } | undefined {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  for (const { 1: digits, index } of text.matchAll(/\{"seq":(0|[1-9][0-9]{0,15}),/g)) {
    const line = bytes.subarray(index);
    const seq = Number(digits);
    if (checkLine(line, 0, line.length, seq).ok) return { line, seq };
  }
  return undefined;
}
