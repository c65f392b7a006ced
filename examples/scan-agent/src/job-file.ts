import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** What a job file asks for. */
export interface JobRequest {
  readonly directory: string;
  readonly timeoutMs: number | undefined;
}

/** A job file that is not what it should be; the message lists every fault, and quotes no value. */
export class JobFileError extends Error {
  override readonly name: string = 'JobFileError';
  readonly code = 'JOB_FILE_INVALID';
}

/**
 * Reads `{ "directory": "…", "timeoutMs": 60000 }`; the second may be missing. A relative directory is one beside the file.
 * @throws {JobFileError}
 */
export function readJobFile(path: string): JobRequest {
  const { directory, timeoutMs, ...unknown } = fieldsOf(path);
  const isName = typeof directory === 'string' && directory !== '';
  const isTime = timeoutMs === undefined || (typeof timeoutMs === 'number' && Number.isSafeInteger(timeoutMs) && timeoutMs > 0);
  const faults = [
    ...(isName ? [] : ['directory: must be a text']),
    ...(isTime ? [] : ['timeoutMs: must be a whole number above 0']),
    ...Object.keys(unknown).map((name) => `${name}: unknown`),
  ];
  if (!isName || !isTime || faults.length > 0) throw new JobFileError(faults.join('; '));
  return { directory: resolve(dirname(path), directory), timeoutMs };
}

function fieldsOf(path: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    // The parser's own message would quote the file.
    throw new JobFileError(error instanceof SyntaxError ? 'no JSON' : String(error), { cause: undefined });
  }
  throw new JobFileError('no JSON object');
}
