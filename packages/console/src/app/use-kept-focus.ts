import { useRouterState } from '@tanstack/react-router';
import { type RefObject, useEffect, useRef } from 'react';

/**
 * Whoever works with the keyboard stays somewhere: where the page that they went to, or a panel that they closed, took away what had the
 * focus, the page itself has it.
 */
export function useKeptFocus(): RefObject<HTMLElement | null> {
  const main = useRef<HTMLElement>(null);
  const href = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.href });
  const isFirst = useRef(true);
  useEffect(() => {
    // A page that was just opened begins at its beginning.
    if (!isFirst.current && (document.activeElement === null || document.activeElement === document.body)) {
      main.current?.focus({ preventScroll: true });
    }
    isFirst.current = href === undefined;
  }, [href]);
  return main;
}
