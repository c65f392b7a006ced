import type { ReadEvent } from '@agent-audit/log';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { isSignedOut } from '../api/problem.ts';
import { endSession } from '../api/session.ts';
import { followTail, type TailState } from './tail.ts';

/** Events that are kept on the page while it follows; older ones are found by searching. */
const keptMax = 5_000;

/** What a page that follows has heard. */
export interface Tail {
  readonly state: TailState;
  /** The newest first. */
  readonly events: readonly ReadEvent[];
  /** Heard, and not shown because the reader paused. */
  readonly waiting: number;
  /** Heard since it began. */
  readonly heard: number;
  /** What was passed over, in the collector's words. */
  readonly gap: string | undefined;
}

const idle: Tail = { state: { kind: 'connecting' }, events: [], waiting: 0, heard: 0, gap: undefined };

/** Follows a search while `enabled`; while `isPaused` it goes on to hear, and shows what it heard afterwards. */
export function useTail(q: string, enabled: boolean, isPaused: boolean): Tail {
  const [tail, setTail] = useState<Tail>(idle);
  const heard = useRef<ReadEvent[]>([]);
  const heardCount = useRef(0);
  const paused = useRef(isPaused);
  const client = useQueryClient();

  const drain = useRef((): void => {
    const fresh = heard.current;
    heard.current = [];
    const count = heardCount.current;
    setTail((before) => ({ ...before, events: [...fresh, ...before.events].slice(0, keptMax), waiting: 0, heard: count }));
  });

  useEffect(() => {
    paused.current = isPaused;
    if (!isPaused) drain.current();
  }, [isPaused]);

  useEffect(() => {
    if (!enabled) return undefined;
    const stop = new AbortController();
    let frame = 0;
    heard.current = [];
    heardCount.current = 0;
    setTail(idle);
    const show = (): void => {
      frame = 0;
      if (paused.current) setTail((before) => ({ ...before, waiting: heard.current.length, heard: heardCount.current }));
      else drain.current();
    };
    const listener = {
      onState(state: TailState): void {
        setTail((before) => ({ ...before, state }));
        if (state.kind === 'ended' && isSignedOut(state.error)) endSession(client);
      },
      onEvents(events: readonly ReadEvent[]): void {
        heard.current = [...events.toReversed(), ...heard.current].slice(0, keptMax);
        heardCount.current += events.length;
        // However fast events come in, the page is drawn once a frame.
        if (frame === 0) frame = requestAnimationFrame(show);
      },
      onGap(gap: string): void {
        setTail((before) => ({ ...before, gap }));
      },
    };
    void followTail(q, listener, stop.signal);
    return () => {
      stop.abort();
      cancelAnimationFrame(frame);
    };
  }, [q, enabled, client]);

  return tail;
}
