import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { jobId } from './event.ts';

function countIn(bytes: Buffer, needle: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(needle); at !== -1; at = bytes.indexOf(needle, at + needle.length)) count++;
  return count;
}

/** What is on disk once a contender has closed: the bench's own events, and the bytes of the files that hold them. */
export function countKept(folder: string): { events: number; bytes: number } {
  const needle = Buffer.from(`"${jobId}"`);
  let events = 0;
  let bytes = 0;
  for (const name of readdirSync(folder).filter((file) => /\.log(?:\.gz)?$/.test(file))) {
    const stored = readFileSync(join(folder, name));
    const content = name.endsWith('.gz') ? gunzipSync(stored) : stored;
    events += countIn(content, needle);
    bytes += content.length;
  }
  return { events, bytes };
}
