// Real logs on disk, made by a real logger, to be damaged: copies of one folder, with what a test needs to change files and lines.
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { createLogger, EventType } from 'agent-audit';
import { listSegments } from 'agent-audit/files';

/** How many closed segments the log of `closedLog` has. */
export const closedSegments = 4;

/** A copy of a log in a folder of its own. */
export class LogImage {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static empty(): LogImage {
    return new LogImage(mkdtempSync(join(tmpdir(), 'agent-audit-image-')));
  }

  copy(): LogImage {
    const image = LogImage.empty();
    cpSync(this.folder, image.folder, { recursive: true });
    return image;
  }

  delete(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  get logFile(): string {
    return this.path('audit.log');
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  /** The names that match, in order. */
  names(pattern: RegExp = /./): string[] {
    return readdirSync(this.folder)
      .filter((name) => pattern.test(name))
      .toSorted();
  }

  /** Data of closed segments, by their first lines. */
  get closed(): string[] {
    return this.names(/^audit-\d{15}\.log$/);
  }

  /** Sidecars, the active segment's last. */
  get sidecars(): string[] {
    return this.names(/\.checkpoints$/);
  }

  read(name: string): Buffer {
    return readFileSync(this.path(name));
  }

  write(name: string, bytes: string | Uint8Array): void {
    writeFileSync(this.path(name), bytes);
  }

  append(name: string, bytes: string | Uint8Array): void {
    appendFileSync(this.path(name), bytes);
  }

  remove(...names: readonly string[]): void {
    for (const name of names) rmSync(this.path(name));
  }

  rename(from: string, to: string): void {
    renameSync(this.path(from), this.path(to));
  }

  copyFile(from: string, to: string): void {
    copyFileSync(this.path(from), this.path(to));
  }

  /** The lines of a file without their LFs. */
  lines(name: string): string[] {
    return this.read(name).toString('utf8').split('\n').slice(0, -1);
  }

  /** Rewrites a file's lines. */
  edit(name: string, change: (lines: string[]) => string[]): void {
    this.write(
      name,
      change(this.lines(name))
        .map((line) => `${line}\n`)
        .join(''),
    );
  }

  pack(name: string): void {
    this.write(`${name}.gz`, gzipSync(this.read(name)));
  }
}

/** A log of several closed segments (all of them plain) and an active one, stopped cleanly. */
export async function closedLog(): Promise<LogImage> {
  const image = LogImage.empty();
  const audit = createLogger({ logFile: image.logFile, env: false, agentId: 'tamper', maxSizeMB: 0.004, bufferSize: 4 });
  let number = 0;
  const log = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) audit.info(EventType.ScanCompleted, `event ${number++}`, { filler: 'x'.repeat(100) });
    await audit.flush();
  };
  const closed = (): number => listSegments(image.logFile).filter(({ form }) => form !== 'active').length;
  while (closed() < closedSegments || image.lines('audit.log').length < 8) await log();
  await audit.stop();
  for (const name of image.names(/\.gz$/)) {
    image.write(name.slice(0, -'.gz'.length), gunzipSync(image.read(name)));
    image.remove(name);
  }
  return image;
}

/** A log of one segment as a killed process leaves it: some lines sealed, the newest not. Without its lock. */
export async function interruptedLog(): Promise<LogImage> {
  const living = LogImage.empty();
  const audit = createLogger({ logFile: living.logFile, env: false, agentId: 'tamper' });
  const log = (): void => {
    for (let i = 0; i < 10; i++) audit.info(EventType.ScanCompleted, `event ${i}`, { filler: 'x'.repeat(100) });
  };
  log();
  await audit.flush();
  log();
  await audit.flush();
  // The sealer has a second's time for these.
  log();
  await new Promise((resolve) => setImmediate(resolve));
  const image = living.copy();
  image.remove(...image.names(/\.lock-/));
  await audit.stop();
  living.delete();
  return image;
}
