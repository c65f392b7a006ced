import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { arch, availableParallelism, cpus, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import { median } from './statistics.ts';

/** File systems by the magic number that statfs(2) gives. */
const fileSystems = new Map([
  [0xef53, 'ext4'],
  [0x58465342, 'xfs'],
  [0x9123683e, 'btrfs'],
  [0x01021994, 'tmpfs'],
  [0x794c7630, 'overlay'],
  [0x2fc12fc1, 'zfs'],
]);
const syncs = 20;

/** What a durable write costs where the logs will be: 64 KiB and an fdatasync, the median of 20, in ms. */
function syncMs(folder: string): number {
  const own = mkdtempSync(join(folder, 'agent-audit-bench-'));
  const file = openSync(join(own, 'sync'), 'w');
  const block = Buffer.alloc(64 * 1024, 'x');
  const timesMs = Array.from({ length: syncs }, () => {
    writeSync(file, block);
    const startMs = performance.now();
    fdatasyncSync(file);
    return performance.now() - startMs;
  });
  closeSync(file);
  rmSync(own, { recursive: true });
  return median(timesMs);
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly node: string;
  readonly platform: string;
  readonly fileSystem: string;
  readonly syncMs: number;
}

/** What the figures depend on; `folder` is where the logs go. */
export function describeMachine(folder: string): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${platform()} ${arch()}`,
    fileSystem: fileSystems.get(statfsSync(folder).type) ?? 'unknown',
    syncMs: syncMs(folder),
  };
}

/** One line for the top of a report. */
export function formatMachine(machine: Machine): string {
  const { cpu, cores, memoryGiB, node, fileSystem } = machine;
  const disk = `${fileSystem}, fdatasync of 64 KiB ${machine.syncMs.toFixed(2)} ms`;
  return `${cpu}, ${cores} cores, ${memoryGiB} GiB · Node ${node} · ${machine.platform} · ${disk}`;
}
