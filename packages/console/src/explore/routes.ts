import { createRoute } from '@tanstack/react-router';
import { rootRoute } from '../app/root-route.tsx';
import { ExplorePage } from './explore-page.tsx';

/** How an open event is looked at: besides its fields, as the raw line, or with the lines around it. */
export type EventTab = 'raw' | 'around';

/** What the address says of a search. */
export interface ExploreSearch {
  /** The search, as it was written. */
  readonly q?: string | undefined;
  /** Missing: the newest first. */
  readonly order?: 'asc' | undefined;
  /** The event that is open: its log and seq, `LOG/SEQ`. */
  readonly event?: string | undefined;
  /** How it is looked at. Missing: by its fields. */
  readonly view?: EventTab | undefined;
  /** Whether what comes in is followed. */
  readonly live?: '1' | undefined;
  /** What the colours of the timeline are. Missing: severities. */
  readonly by?: 'type' | undefined;
}

const eventPattern = /^[0-9a-f]{32}\/\d{1,16}$/;

/** `/`: events, searched. */
export const exploreRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/',
  validateSearch: ({ q, order, event, view, live, by }): ExploreSearch => ({
    ...(typeof q === 'string' && q !== '' ? { q } : {}),
    ...(order === 'asc' ? { order } : {}),
    ...(typeof event === 'string' && eventPattern.test(event) ? { event } : {}),
    ...(view === 'raw' || view === 'around' ? { view } : {}),
    ...(live === '1' ? { live } : {}),
    ...(by === 'type' ? { by } : {}),
  }),
  // Not lazily as the others: it is what is opened first, and would be asked for only when all else has run.
  component: ExplorePage,
});
