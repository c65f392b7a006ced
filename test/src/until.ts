import { setTimeout as sleep } from 'node:timers/promises';

/** Comes back once something is so, whenever that is: the test's own timeout is the only limit. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(5);
}

/** Comes back in the next tick: what was logged in this one has been written. */
export async function nextTick(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
