import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/root-route.tsx';

/** What the address says of a search. */
export interface ExploreSearch {
  /** The search, as it was written. */
  readonly q?: string | undefined;
  /** Missing: the newest first. */
  readonly order?: 'asc' | undefined;
  /** The event that is open: its log and seq, `LOG/SEQ`. */
  readonly event?: string | undefined;
  /** Whether what comes in is followed. */
  readonly live?: '1' | undefined;
}

const eventPattern = /^[0-9a-f]{32}\/\d{1,16}$/;

/** `/`: events, searched. */
export const exploreRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: ({ q, order, event, live }): ExploreSearch => ({
    ...(typeof q === 'string' && q !== '' ? { q } : {}),
    ...(order === 'asc' ? { order } : {}),
    ...(typeof event === 'string' && eventPattern.test(event) ? { event } : {}),
    ...(live === '1' ? { live } : {}),
  }),
  component: lazyRouteComponent(() => import('./explore-page.tsx'), 'ExplorePage'),
});
