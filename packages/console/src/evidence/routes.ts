import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/root-route.tsx';

const evidenceRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/evidence',
  component: lazyRouteComponent(() => import('./evidence-page.tsx'), 'EvidencePage'),
});

/** The routes below `/evidence`. */
export const evidenceRoutes = [evidenceRoute] as const;
