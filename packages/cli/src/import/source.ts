// A file of lines to be imported: what its bytes hash to, and its lines, one by one.
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CliError } from '../error.ts';

/** Longest line that is looked at; whatever is longer is refused, and skipped in constant memory. */
export const sourceLineBytesMax = 4_194_304;

const LF = 0x0a;

/** One line of a source, from 1. */
export interface SourceLine {
  readonly number: number;
  /** Without its end; undefined where it is too long to be kept. */
  readonly bytes: Uint8Array | undefined;
}

/** What a source is known by in a log, as long as its bytes are the same. */
export interface SourceId {
  readonly sha256: string;
  /** Lines at whose end an earlier state of the file ended, by that state's hash. */
  readonly earlier: ReadonlyMap<string, number>;
}

/**
 * Hashes a source, and looks for earlier states of it: a file that has grown begins with all of what it was.
 * @param known hashes of files that were imported before
 * @throws CliError COULD_NOT_READ
 */
export async function identify(path: string, known: ReadonlySet<string>): Promise<SourceId> {
  const hash = createHash('sha256');
  const earlier = new Map<string, number>();
  let line = 0;
  const look = (): void => {
    const state = hash.copy().digest('hex');
    if (known.has(state)) earlier.set(state, line);
  };
  for await (const chunk of rawChunks(path)) {
    if (known.size === 0) {
      hash.update(chunk);
      continue;
    }
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      line++;
      hash.update(chunk.subarray(from, end));
      // Its last line may have had no end yet.
      look();
      hash.update(chunk.subarray(end, end + 1));
      look();
      from = end + 1;
    }
    hash.update(chunk.subarray(from));
  }
  return { sha256: hash.digest('hex'), earlier };
}

/**
 * The lines of a source, unpacked where its name ends in `.gz`. The last one need not have an end.
 * @throws CliError COULD_NOT_READ
 */
export async function* sourceLines(path: string): AsyncGenerator<SourceLine, void, undefined> {
  let number = 0;
  let pieces: Uint8Array[] = [];
  let length = 0;
  const take = (): SourceLine => {
    const bytes = length > sourceLineBytesMax ? undefined : withoutReturn(Buffer.concat(pieces));
    pieces = [];
    length = 0;
    return { number: ++number, bytes };
  };
  const keep = (piece: Uint8Array): void => {
    length += piece.length;
    if (length > sourceLineBytesMax) pieces = [];
    else pieces.push(piece);
  };
  for await (const chunk of path.endsWith('.gz') ? unpacked(path) : rawChunks(path)) {
    let from = 0;
    for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
      keep(chunk.subarray(from, end));
      yield take();
      from = end + 1;
    }
    if (from < chunk.length) keep(chunk.subarray(from));
  }
  if (length > 0) yield take();
}

function withoutReturn(bytes: Uint8Array): Uint8Array {
  return bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes;
}

async function* rawChunks(path: string): AsyncGenerator<Buffer, void, undefined> {
  yield* chunksOf(path, createReadStream(path, { highWaterMark: 262_144 }));
}

async function* unpacked(path: string): AsyncGenerator<Buffer, void, undefined> {
  const packed = createReadStream(path);
  const gunzip = createGunzip();
  packed.on('error', (error) => gunzip.destroy(error));
  yield* chunksOf(path, packed.pipe(gunzip));
}

async function* chunksOf(path: string, stream: AsyncIterable<unknown>): AsyncGenerator<Buffer, void, undefined> {
  try {
    for await (const chunk of stream) if (Buffer.isBuffer(chunk)) yield chunk;
  } catch (cause) {
    throw new CliError('COULD_NOT_READ', `cannot read ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** What comes on stdin as a file: it has to be hashed before its first line is recorded. */
export interface Spooled extends Disposable {
  readonly path: string;
}

/** Writes a stream to a temporary file, which goes when it is disposed of. */
export async function spool(stream: AsyncIterable<Uint8Array>): Promise<Spooled> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-import-'));
  const path = join(folder, 'stdin');
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    await pipeline(stream, createWriteStream(path, { mode: 0o600 }));
  } catch (cause) {
    remove();
    throw new CliError(
      'COULD_NOT_READ',
      `cannot keep what comes on stdin in ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
  return { path, [Symbol.dispose]: remove };
}
