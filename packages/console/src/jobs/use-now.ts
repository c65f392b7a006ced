import { useEffect, useState } from 'react';
import { after, nowMs } from '../clock.ts';

/** The time, anew so many milliseconds later, and again, while something `moves`. */
export function useNow(everyMs: number, moves: boolean): number {
  const [now, setNow] = useState(nowMs);
  useEffect(() => (moves ? after(everyMs, () => setNow(nowMs())) : undefined), [everyMs, moves, now]);
  return now;
}
