import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/root-route.tsx';

/** What the address says of the evidence to make: a search, or one event. */
export interface EvidenceSearch {
  readonly q?: string | undefined;
  /** `LOG/SEQ` */
  readonly event?: string | undefined;
}

const eventPattern = /^[0-9a-f]{32}\/\d{1,16}$/;

/** `/evidence` */
export const evidenceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/evidence',
  validateSearch: ({ q, event }): EvidenceSearch => ({
    ...(typeof q === 'string' && q !== '' ? { q } : {}),
    ...(typeof event === 'string' && eventPattern.test(event) ? { event } : {}),
  }),
  component: lazyRouteComponent(() => import('./evidence-page.tsx'), 'EvidencePage'),
});

/** The routes below `/evidence`. */
export const evidenceRoutes = [evidenceRoute] as const;
