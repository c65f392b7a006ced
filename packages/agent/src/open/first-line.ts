// What the active file's first line says of the log: where it begins, whose it is, and whether this version may touch it.
import { lineBytesMax, parseLogLine, parseOrigin } from '@agent-audit/log';
import { AuditError } from '../error.ts';
import type { Folder } from '../folder.ts';

/** More than `{"seq":`, sixteen digits and a comma. */
export const seqHeadBytes = 32;

/** The first whole line, as far as it can be read. */
export interface FirstLine {
  /** undefined where no whole line begins the file. */
  readonly seq: number | undefined;
  /** The log that it opens, where it is a log.open. */
  readonly origin: string | undefined;
}

/**
 * Reads the active file's first line.
 * @throws AuditError LOG_NEWER_FORMAT, before anything was changed
 */
export function readFirstLine({ disk, logFile }: Folder): FirstLine {
  const fd = disk.openRead(logFile);
  try {
    const bytes = new Uint8Array(lineBytesMax + 1);
    const end = bytes.subarray(0, disk.read(fd, bytes, 0, bytes.length, 0)).indexOf(0x0a);
    if (end < 0) return { seq: undefined, origin: undefined };
    return { seq: seqOf(bytes.subarray(0, end)), origin: readOrigin(logFile, bytes.subarray(0, end)) };
  } finally {
    disk.close(fd);
  }
}

/** The seq that a line begins with, by its first `seqHeadBytes`; undefined where it does not begin so. */
export function seqOf(line: Uint8Array): number | undefined {
  const head = Buffer.from(line.subarray(0, seqHeadBytes)).toString('latin1');
  const [, digits] = /^\{"seq":(0|[1-9][0-9]{0,15}),/.exec(head) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

function readOrigin(logFile: string, line: Uint8Array): string | undefined {
  const reading = orUndefined(() => parseLogLine(line));
  if (reading?.kind === 'newer-format') throw newerFormat(logFile, reading.format);
  if (reading?.kind !== 'known' || reading.line.type !== 'log.open') return undefined;
  const { origin } = reading.line.details;
  return orUndefined(() => parseOrigin(origin)) === undefined ? undefined : origin;
}

/** What cannot be read says nothing: it is judged where lines are. */
function orUndefined<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function newerFormat(logFile: string, format: number): AuditError {
  return new AuditError(
    'LOG_NEWER_FORMAT',
    'stop',
    `${logFile} is in format ${format}, written by a newer version. Update agent-audit here, or give this agent another logFile; ` +
      'nothing was changed',
  );
}
