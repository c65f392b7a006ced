// The console's files, all of them in memory: what is asked for is looked up by its whole name, so that no name leads out of the folder.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CollectorError, messageOf } from '../config/error.ts';

/** How a file may be compressed beforehand, best first, and how its name ends then. */
const encodings = [
  { encoding: 'br', ending: '.br' },
  { encoding: 'gzip', ending: '.gz' },
] as const;
/** A form of a file. */
export type Encoding = (typeof encodings)[number]['encoding'] | 'identity';

/** One file. */
export interface ConsoleFile {
  readonly mediaType: string;
  /** Whether its name says what it holds: it never changes under that name. */
  readonly isImmutable: boolean;
  /** Hexadecimal, of what it holds. */
  readonly sha256: string;
  /** Best first; the plain one is always there. */
  readonly bodies: readonly { readonly encoding: Encoding; readonly bytes: Buffer }[];
}

/** By the path that it is asked for with: `/assets/index-CaP0Xj0Q.js`. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

/** The page itself, which is asked for as `/`. */
export const indexPath = '/index.html';

const filesMax = 2_000;
const bytesMax = 64 * 1024 * 1024;
/** As vite names what it has built. */
const hashedName = /^\/assets\/.+-[\w-]{8}\.\w+$/;

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

/**
 * The files of a folder; of the package @agent-audit/console where none is given, and undefined where that is not installed.
 * @throws CollectorError CONFIG_INVALID where the folder holds no console
 */
export function loadConsole(folder: string | undefined): ConsoleFiles | undefined {
  const found = folder ?? packageFolder();
  return found === undefined ? undefined : readFiles(found);
}

function packageFolder(): string | undefined {
  let index: string;
  try {
    index = fileURLToPath(import.meta.resolve('@agent-audit/console/index.html'));
  } catch {
    return undefined;
  }
  // In a working copy the package is there before it was built.
  return statSync(index, { throwIfNoEntry: false }) === undefined ? undefined : join(index, '..');
}

function readFiles(folder: string): ConsoleFiles {
  const plain = new Map<string, Buffer>();
  let bytes = 0;
  try {
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      // A link may lead anywhere.
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      const content = readFileSync(path);
      bytes += content.length;
      plain.set(`/${relative(folder, path).replaceAll(sep, '/')}`, content);
      if (plain.size > filesMax || bytes > bytesMax) throw new Error(`it has more than ${filesMax} files, or ${bytesMax} bytes`);
    }
    if (!plain.has(indexPath)) throw new Error('it has no index.html');
  } catch (cause) {
    throw new CollectorError('CONFIG_INVALID', `consoleFolder: ${folder} holds no built console: ${messageOf(cause)}`, { cause });
  }
  return new Map([...plain].flatMap(([path, content]) => (isCompressed(path, plain) ? [] : [[path, fileOf(path, content, plain)]])));
}

/** Whether it is another file's content once more. */
function isCompressed(path: string, all: ReadonlyMap<string, Buffer>): boolean {
  return encodings.some(({ ending }) => path.endsWith(ending) && all.has(path.slice(0, -ending.length)));
}

function fileOf(path: string, bytes: Buffer, all: ReadonlyMap<string, Buffer>): ConsoleFile {
  const compressed = encodings.flatMap(({ encoding, ending }) => {
    const body = all.get(path + ending);
    return body === undefined ? [] : [{ encoding, bytes: body }];
  });
  return {
    mediaType: mediaTypes[extname(path)] ?? 'application/octet-stream',
    isImmutable: hashedName.test(path),
    sha256: createHash('sha256').update(bytes).digest('hex'),
    bodies: [...compressed, { encoding: 'identity', bytes }],
  };
}
