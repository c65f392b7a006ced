import type { LogState } from '@agent-audit/log';
import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/root-route.tsx';
import { isLogState } from './state.ts';

const agentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/agents',
  validateSearch: ({ state }): { readonly state?: LogState | undefined } => (isLogState(state) ? { state } : {}),
  component: lazyRouteComponent(() => import('./agents-page.tsx'), 'AgentsPage'),
});

const agentRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/agents/$log',
  component: lazyRouteComponent(() => import('./agent-page.tsx'), 'AgentPage'),
});

/** The routes below `/agents`. */
export const agentsRoutes = [agentsRoute, agentRoute] as const;
