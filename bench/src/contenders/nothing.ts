import type { Sink } from '../contender.ts';
import type { BenchEvent } from '../event.ts';

/** Takes events and drops them: what the measurement itself costs. */
export function openNothing(): Sink {
  let last: BenchEvent | undefined;
  return {
    log: (event) => {
      last = event;
    },
    finish: async () => {
      if (last === undefined) throw new Error('nothing was logged');
    },
    close: async () => {},
  };
}
