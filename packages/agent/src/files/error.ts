import { diskErrorCode } from '../disk.ts';
import { messageOf } from '../error.ts';

/** Stable codes of everything that reading a log's files can refuse. Scripts may match on them. */
export type FilesErrorCode =
  | 'LOG_NOT_FOUND'
  | 'LOG_AMBIGUOUS'
  | 'LOG_TRUNCATED'
  | 'LOG_REPLACED'
  | 'COULD_NOT_READ'
  | 'SEGMENT_MOVED'
  | 'GZIP_DAMAGED'
  | 'LINE_TOO_LONG'
  | 'LINE_PRUNED'
  | 'LINE_NOT_SEALED'
  | 'KEY_NOT_FOUND'
  | 'NOT_PROVABLE';

/** A log's files could not be read as asked: what, where, and what to do next, under a code for programs. */
export class FilesError extends Error {
  override readonly name = 'FilesError';
  readonly code: FilesErrorCode;
  /** The file or folder concerned. */
  readonly path: string;

  constructor(code: FilesErrorCode, path: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.path = path;
  }
}

/** Whether a file or folder is not there. */
export function isAbsent(error: unknown): boolean {
  const errno = diskErrorCode(error);
  return errno === 'ENOENT' || errno === 'ENOTDIR';
}

/** What the operating system refused, as COULD_NOT_READ; a FilesError stays itself. */
export function readFailure(path: string, cause: unknown): FilesError {
  if (cause instanceof FilesError) return cause;
  const what = `cannot read ${path}: ${messageOf(cause)}; ${nextStep(diskErrorCode(cause))}`;
  return new FilesError('COULD_NOT_READ', path, what, { cause });
}

/**
 * What `read` gives.
 * @throws FilesError COULD_NOT_READ for what the operating system refuses
 */
export function attempt<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw readFailure(path, error);
  }
}

/**
 * What `read` gives; undefined where the file is not there.
 * @throws FilesError COULD_NOT_READ for what the operating system refuses
 */
export function unlessAbsent<T>(path: string, read: () => T): T | undefined {
  return attempt(path, () => {
    try {
      return read();
    } catch (error) {
      if (isAbsent(error)) return undefined;
      throw error;
    }
  });
}

function nextStep(errno: string): string {
  switch (errno) {
    case 'EACCES':
    case 'EPERM':
      return 'run this as a user who may read it';
    case 'EIO':
      return 'the disk failed: copy what can be read, then check the disk';
    case 'EMFILE':
    case 'ENFILE':
      return 'too many files are open: raise the limit (ulimit -n), then try again';
    default:
      return 'mend that, then try again';
  }
}
