import { setTimeout as sleep } from 'node:timers/promises';

const waitMsMax = 100_000;

/** Comes back once it is so. Where that never happens, the error says what was waited for, and whatever `state` tells. */
export async function until(what: string, isSo: () => boolean, state: () => string = () => ''): Promise<void> {
  const endMs = performance.now() + waitMsMax;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`never came: ${what}\n${state()}`);
    await sleep(50);
  }
}
