import { closeSync, existsSync, fsyncSync, linkSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CliError } from '../error.ts';
import type { Output } from '../io.ts';

/** A file that is there as a whole or not at all: written beside its place, and moved there at the end. Readable by its owner only. */
export class FileOutput implements Output {
  readonly isTerminal = false;
  readonly columns: number = Infinity;
  readonly isClosed = false;
  readonly #path: string;
  readonly #temporary: string;
  readonly #replaces: boolean;
  readonly #file: number;
  #isOpen = true;

  /**
   * @param replaces whether it may take the place of a file that is there
   * @throws CliError ALREADY_THERE, COULD_NOT_WRITE
   */
  constructor(path: string, replaces: boolean) {
    this.#path = path;
    this.#replaces = replaces;
    this.#temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
    if (!replaces && existsSync(path)) throw alreadyThere(path);
    this.#file = attempt(path, () => openSync(this.#temporary, 'wx', 0o600));
  }

  write(data: string | Uint8Array): Promise<void> {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    return new Promise((resolve) => {
      attempt(this.#path, () => {
        for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
      });
      resolve();
    });
  }

  /** Gives the file its name. What came into being there meanwhile is not replaced, but where it may be. */
  commit(): void {
    attempt(this.#path, () => {
      fsyncSync(this.#file);
      this.#close();
      if (this.#replaces) renameSync(this.#temporary, this.#path);
      else {
        linkSync(this.#temporary, this.#path);
        rmSync(this.#temporary);
      }
    });
  }

  /** Takes away what was not given its name. */
  discard(): void {
    this.#close();
    rmSync(this.#temporary, { force: true });
  }

  #close(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }
}

function attempt<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') throw alreadyThere(path);
    throw new CliError('COULD_NOT_WRITE', `cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function alreadyThere(path: string): CliError {
  return new CliError('ALREADY_THERE', `${path} is there already: give another --out, or --force to replace it`);
}
