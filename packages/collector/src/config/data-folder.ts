import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { CollectorError, messageOf } from './error.ts';

const ownerOnly = 0o700;

/**
 * Makes the data folder where there is none, and closes it to others: keys and events are in it.
 * @returns what a person should know of it
 * @throws CollectorError DATA_FOLDER_UNUSABLE
 */
export function prepareDataFolder(path: string): { readonly isNew: boolean; readonly closed: boolean } {
  try {
    const made = mkdirSync(path, { recursive: true, mode: ownerOnly });
    const mode = statSync(path).mode & 0o777;
    const isOpen = (mode & 0o077) !== 0 && process.platform !== 'win32';
    if (isOpen) chmodSync(path, ownerOnly);
    return { isNew: made !== undefined, closed: isOpen };
  } catch (cause) {
    const who = process.getuid?.();
    const by = who === undefined ? '' : ` by uid ${who}`;
    const message = `the data folder ${path} cannot be used${by}: ${messageOf(cause)}. Give another one (--data), or make it that user's`;
    throw new CollectorError('DATA_FOLDER_UNUSABLE', message, { cause });
  }
}
