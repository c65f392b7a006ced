// The members of details that a caller gave: they are read as the encoder reads, so that a getter that throws costs its value alone.
import { isKeyed, read } from './encode/index.ts';

/** Names and values. What has no members is the member `value`; what is missing has none. */
export function membersOf(details: unknown): (readonly [string, unknown])[] {
  if (details === undefined || details === null) return [];
  return isKeyed(details) ? keysOf(details).map((key) => [key, read(details, key)]) : [['value', details]];
}

function keysOf(details: object): string[] {
  try {
    return Object.keys(details);
  } catch {
    // A proxy's own code.
    return [];
  }
}
