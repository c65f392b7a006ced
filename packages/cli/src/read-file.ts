import { readFileSync, statSync } from 'node:fs';
import { CliError } from './error.ts';

/**
 * A small file as a whole.
 * @param what what it is to hold, for the message
 * @throws CliError COULD_NOT_READ
 */
export function readSmallFile(path: string, what: string, bytesMax = 1_048_576): Uint8Array {
  try {
    const { size } = statSync(path);
    if (size > bytesMax) throw new CliError('COULD_NOT_READ', `${path} has ${size} bytes: that is no ${what}`);
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError('COULD_NOT_READ', `cannot read ${path}, for a ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
