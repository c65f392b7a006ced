// Who holds a lock, by what its file says, and whether they still do. Pure of the file: whoever takes a lock and whoever only looks
// (agent-audit doctor) judge alike.
import { hostname } from 'node:os';
import { bootId, isAlive, type ProcessIdentity, processIdentity } from './process.ts';

/** How long a lock from elsewhere, or one that nobody can read, may stay untouched before it counts for nothing, in ms. */
export const untouchedMsMax = 60_000;

/** What a lock file says. */
export interface LockHolder extends ProcessIdentity {
  readonly host: string;
  /** When the lock was taken: RFC 3339, UTC. */
  readonly since: string;
}

/**
 * What a lock counts for. `unreadable`: its writer is between creating and writing it, or died there. `elsewhere`: another host or
 * pid namespace, where only the time since the last touch tells.
 */
export type LockJudgement =
  | { readonly kind: 'unreadable'; readonly isAlive: boolean }
  | { readonly kind: 'here' | 'elsewhere'; readonly isAlive: boolean; readonly holder: LockHolder };

/** Judges a lock by its text and by how long nobody has touched it, in ms. Reads no lock and takes none. */
export function judgeLock(text: string, untouchedMs: number): LockJudgement {
  const holder = parseHolder(text);
  const isFresh = untouchedMs < untouchedMsMax;
  if (holder === undefined) return { kind: 'unreadable', isAlive: isFresh };
  if (!isHere(holder)) return { kind: 'elsewhere', isAlive: isFresh, holder };
  return { kind: 'here', isAlive: holder.bootId === bootId() && isAlive(holder), holder };
}

/** Whether a pid means the same process to the holder and to this one. */
function isHere(holder: LockHolder): boolean {
  return holder.pidNamespace === processIdentity().pidNamespace && holder.host === hostname();
}

function parseHolder(text: string): LockHolder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('pid' in value && 'bootId' in value && 'processStart' in value)) return undefined;
  if (!('pidNamespace' in value && 'host' in value && 'since' in value)) return undefined;
  const { pid, bootId: boot, processStart, pidNamespace, host, since } = value;
  if (typeof pid !== 'number' || typeof boot !== 'string' || typeof processStart !== 'string') return undefined;
  if (typeof pidNamespace !== 'string' || typeof host !== 'string' || typeof since !== 'string') return undefined;
  return { pid, bootId: boot, processStart, pidNamespace, host, since };
}
