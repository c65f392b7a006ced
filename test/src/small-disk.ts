// A real, small disk that fills up: a tmpfs of its own, where this user may mount one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** What a tmpfs gives out at once. */
const pageBytes = 4096;

export class SmallDisk {
  readonly folder: string;
  readonly #filler: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.#filler = join(folder, 'filler');
  }

  /** A disk of so many MiB for this test, with room for so many names of files; where none can be mounted the test is skipped. */
  static mount(t: TestContext, namesMax: number = 1_000, mebibytes: number = 2): SmallDisk | undefined {
    const folder = mkdtempSync(join(tmpdir(), 'agent-audit-disk-'));
    const options = ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700,nr_inodes=${namesMax + 1}`, 'tmpfs', folder];
    const { status, stderr, error } = spawnSync('mount', options, { encoding: 'utf8' });
    if (status !== 0) {
      rmdirSync(folder);
      t.skip(`needs a disk to fill, and mount said: ${(error?.message ?? stderr).trim()}`);
      return undefined;
    }
    t.after(() => {
      spawnSync('umount', ['--lazy', folder]);
      rmdirSync(folder);
    });
    return new SmallDisk(folder);
  }

  /** Takes all the room there is, but for so many pages. What files have left in their last page stays theirs. */
  fill(pagesLeft: number = 0): void {
    const fd = openSync(this.#filler, 'w');
    const page = Buffer.alloc(pageBytes, 'f');
    let pages = 0;
    try {
      while (takesAll(fd, page)) pages++;
      ftruncateSync(fd, Math.max(0, pages - pagesLeft) * pageBytes);
    } finally {
      closeSync(fd);
    }
  }

  /** Gives room for more names. */
  allowNames(namesMax: number): void {
    const { status, stderr } = spawnSync('mount', ['-o', `remount,nr_inodes=${namesMax + 1}`, this.folder], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  }

  /** Gives the room back. */
  free(): void {
    rmSync(this.#filler);
  }
}

/** False once the disk is full. */
function takesAll(fd: number, page: Uint8Array): boolean {
  try {
    return writeSync(fd, page) === page.length;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
