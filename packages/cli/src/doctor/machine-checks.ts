import { setTimeout } from 'node:timers/promises';
import type { Io } from '../io.ts';
import { localTime } from '../time.ts';
import { duration } from '../units.ts';
import { type Check, fine, wrong } from './check.ts';

/** How long the clocks are compared. */
const watchMs = 200;
const driftMsMax = 50;
/** Events this far in the future were written under another clock. */
const aheadMsMax = 5_000;

/** The wall clock: events say what it says. Order does not depend on it. */
export async function checkClock(io: Io, utc: boolean, newestMs: number | undefined): Promise<Check> {
  const [wall, monotonic] = [io.now(), performance.now()];
  await setTimeout(watchMs);
  const drift = io.now() - wall - (performance.now() - monotonic);
  const { day, clock } = localTime(wall, utc);
  const [date, zone] = day.split(' ');
  const text = `${date ?? ''} ${clock.slice(0, 8)} ${zone ?? ''}${utc ? '' : ` ${Intl.DateTimeFormat().resolvedOptions().timeZone}`}`;
  const todo = 'set up time synchronisation (chrony, systemd-timesyncd); the order of events is safe, their times are not';
  if (Math.abs(drift) > driftMsMax)
    return wrong('clock', `${text}: it moved ${duration(Math.abs(drift))} ${drift > 0 ? 'ahead' : 'back'} within ${watchMs} ms`, todo);
  if (newestMs !== undefined && newestMs - wall > aheadMsMax)
    return wrong('clock', `${text}: the newest event is ${duration(newestMs - wall)} ahead of it`, todo);
  return fine('clock', text);
}

/** The oldest Node that is supported, as in package.json. */
const nodeMin = [20, 19] as const;

/** Whether this Node is one that is supported. */
export function checkNode(version: string = process.versions.node): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isNew = major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1]);
  return isNew ? fine('node', version) : wrong('node', version, `use Node ${nodeMin.join('.')} or newer`);
}
