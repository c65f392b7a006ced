import { setTimeout as sleep } from 'node:timers/promises';

/** Comes back once something is so, whenever that is: the test's own timeout is the only limit. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(50);
}
