import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/root-route.tsx';
import { type AccessSearch, isDeedKind } from './deed-kind.ts';

const accessRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/access',
  validateSearch: ({ kind }): AccessSearch => (isDeedKind(kind) ? { kind } : {}),
  component: lazyRouteComponent(() => import('./access-page.tsx'), 'AccessPage'),
});

/** The routes below `/access`. */
export const accessRoutes = [accessRoute] as const;
