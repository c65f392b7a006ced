import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/root-route.tsx';

const integrityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/integrity',
  component: lazyRouteComponent(() => import('./integrity-page.tsx'), 'IntegrityPage'),
});

/** `/integrity/LOG/SEQ`: the proof of one line. */
export const proofRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/integrity/$log/$seq',
  component: lazyRouteComponent(() => import('./proof-page.tsx'), 'ProofPage'),
});

/** The routes below `/integrity`. */
export const integrityRoutes = [integrityRoute, proofRoute] as const;
