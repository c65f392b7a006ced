import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A piece of a report, in a file of its own until the receiver has it. */
export interface Chunk {
  /** From 0. */
  readonly index: number;
  readonly bytes: number;
  /** Hexadecimal. */
  readonly sha256: string;
  readonly file: string;
}

/** A report in pieces. */
export interface SplitReport {
  readonly sha256: string;
  readonly chunks: readonly Chunk[];
}

/** SHA-256, hexadecimal. */
export const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Cuts a report into files of at most `chunkBytes` in a folder, which is made. */
export function splitReport(reportFile: string, folder: string, chunkBytes: number): SplitReport {
  const report = readFileSync(reportFile);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const chunks = Array.from({ length: Math.ceil(report.length / chunkBytes) }, (_, index): Chunk => {
    const bytes = report.subarray(index * chunkBytes, (index + 1) * chunkBytes);
    const file = join(folder, String(index));
    writeFileSync(file, bytes, { mode: 0o600 });
    return { index, bytes: bytes.length, sha256: sha256Of(bytes), file };
  });
  return { sha256: sha256Of(report), chunks };
}
