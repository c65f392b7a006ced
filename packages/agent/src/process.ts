// Who a process is, so that a pid used again is not taken for the process that had it before. /proc tells on Linux; elsewhere
// the pid alone must do.
import { readFileSync, readlinkSync } from 'node:fs';

/** What tells this process from every other, on this boot of this machine. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly bootId: string;
  /** When it started, in the kernel's ticks since boot; '' where the system does not say. */
  readonly processStart: string;
  readonly pidNamespace: string;
}

/** This process. */
export function processIdentity(): ProcessIdentity {
  return { pid: process.pid, bootId: bootId(), processStart: processStart(process.pid) ?? '', pidNamespace: pidNamespace() };
}

/** Whether the process that was written down still runs. Ask only within its own boot and pid namespace. */
export function isAlive(of: ProcessIdentity): boolean {
  if (of.processStart !== '') return processStart(of.pid) === of.processStart;
  try {
    process.kill(of.pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The kernel's name for this boot; '' where the system has none. */
export function bootId(): string {
  return orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
}

function pidNamespace(): string {
  return orEmpty(() => readlinkSync('/proc/self/ns/pid'));
}

/** Field 22 of /proc/<pid>/stat; undefined where there is no such process. A zombie has ended. */
function processStart(pid: number): string | undefined {
  const stat = orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The second field is the program's name in brackets, and may hold brackets and blanks itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
