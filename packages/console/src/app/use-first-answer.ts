import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { after } from '../clock.ts';

/** Under which key it is kept how complete everything is. */
export const completenessKey = ['completeness'] as const;

/** A page that asks for nothing, or waits for longer, does not keep the bar from asking. */
const patienceMs = 1_000;

const isOfPage = ([name]: QueryKey): boolean => name !== 'session' && name !== completenessKey[0];

/** Whether the page has its first answer: what stands around it asks after that, for a collector answers in that order. */
export function useFirstAnswer(): boolean {
  const client = useQueryClient();
  const [isThere, setThere] = useState(false);
  useEffect(() => {
    if (isThere) return undefined;
    const cache = client.getQueryCache();
    const look = (): void => {
      if (cache.getAll().some(({ queryKey, state }) => isOfPage(queryKey) && state.status !== 'pending')) setThere(true);
    };
    look();
    const unsubscribe = cache.subscribe(look);
    const cancel = after(patienceMs, () => setThere(true));
    return () => {
      unsubscribe();
      cancel();
    };
  }, [client, isThere]);
  return isThere;
}
