import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/root-route.tsx';

/** What the address says of the list of logs. */
export interface IntegritySearch {
  /** Part of the agent's name. */
  readonly name?: string | undefined;
}

const integrityRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/integrity',
  validateSearch: ({ name }): IntegritySearch => (typeof name === 'string' && name !== '' ? { name } : {}),
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
