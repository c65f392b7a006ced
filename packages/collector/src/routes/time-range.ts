import type { EventsRequest, EventStore } from '../store/store.ts';

/** Which events, whatever their order. */
export type Narrowed = Omit<EventsRequest, 'order' | 'limit' | 'after'>;

/** The time that counts cover: what was asked for, else from the first event that is found to the last. Throws what the store does. */
export async function rangeOf(
  store: Pick<EventStore, 'events'>,
  narrowed: Narrowed,
): Promise<{ readonly sinceMs: number; readonly untilMs: number }> {
  const edge = async (order: 'asc' | 'desc'): Promise<number | undefined> =>
    (await store.events({ ...narrowed, order, limit: 1 })).events[0]?.timestampMs;
  const first = narrowed.sinceMs ?? (await edge('asc'));
  const last = narrowed.untilMs ?? (await edge('desc').then((ms) => (ms === undefined ? undefined : ms + 1)));
  const sinceMs = first ?? last ?? 0;
  return { sinceMs, untilMs: Math.max(sinceMs, last ?? sinceMs) };
}
