import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/root-route.tsx';

const integrityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/integrity',
  component: lazyRouteComponent(() => import('./integrity-page.tsx'), 'IntegrityPage'),
});

/** The routes below `/integrity`. */
export const integrityRoutes = [integrityRoute] as const;
