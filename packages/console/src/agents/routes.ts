import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/root-route.tsx';
import type { AgentsSearch } from './agents.ts';
import { isLogState } from './state.ts';

const textOf = (value: unknown, charsMax: number): string | undefined =>
  typeof value === 'string' && value !== '' && value.length <= charsMax ? value : undefined;

const agentsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/agents',
  validateSearch: ({ state, name, page }): AgentsSearch => {
    const [part, cursor] = [textOf(name, 256), textOf(page, 1_024)];
    return {
      ...(isLogState(state) ? { state } : {}),
      ...(part === undefined ? {} : { name: part }),
      ...(cursor === undefined ? {} : { page: cursor }),
    };
  },
  component: lazyRouteComponent(() => import('./agents-page.tsx'), 'AgentsPage'),
});

const agentRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/agents/$log',
  component: lazyRouteComponent(() => import('./agent-page.tsx'), 'AgentPage'),
});

/** The routes below `/agents`. */
export const agentsRoutes = [agentsRoute, agentRoute] as const;
