// A real disk of some mebibytes that fills up: a tmpfs of its own, where this user may mount one.
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const pieceBytes = 65_536;

/** A disk for this test; where none can be mounted the test is skipped. */
export function mountSmallDisk(t: TestContext, mebibytes: number): { folder: string; fill: () => void; free: () => void } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-disk-'));
  const filler = join(folder, 'filler');
  const options = ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'tmpfs', folder];
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
  return { folder, fill: () => fill(filler), free: () => rmSync(filler) };
}

function fill(path: string): void {
  const fd = openSync(path, 'w');
  try {
    for (let piece = pieceBytes; piece >= 1; piece >>= 1) while (takesAll(fd, piece));
  } finally {
    closeSync(fd);
  }
}

/** False once the disk is full. */
function takesAll(fd: number, bytes: number): boolean {
  try {
    return writeSync(fd, Buffer.alloc(bytes, 'f')) === bytes;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false;
    throw error;
  }
}
