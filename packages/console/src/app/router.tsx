// All routes in one tree. The address holds everything that a page shows, behind a `#`: whatever path the collector has, its files stay
// where they are, and what somebody searches for is in no server's list of requests for pages.
import { createHashHistory, createRouter } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import type { ReactNode } from 'react';
import { accessRoutes } from '../access/routes.ts';
import { agentsRoutes } from '../agents/routes.ts';
import { evidenceRoutes } from '../evidence/routes.ts';
import { exploreRoute } from '../explore/routes.ts';
import { integrityRoutes } from '../integrity/routes.ts';
import { jobsRoutes } from '../jobs/routes.ts';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { rootRoute } from './root-route.tsx';

const routeTree = rootRoute.addChildren([
  exploreRoute,
  ...jobsRoutes,
  ...agentsRoutes,
  ...integrityRoutes,
  ...evidenceRoutes,
  ...accessRoutes,
]);

function NotFound(): ReactNode {
  return (
    <Notice icon={Compass} title="No such page" heading="h1">
      The address leads nowhere. It may be from a newer version.
    </Notice>
  );
}

/** The router of the whole console. */
export const router = createRouter({
  routeTree,
  history: createHashHistory(),
  defaultPendingComponent: () => <Loading />,
  defaultErrorComponent: ({ error, reset }) => <ErrorNotice error={error} retry={reset} />,
  defaultNotFoundComponent: NotFound,
  // Searches stand in the address as they are written: q=type:job_failed, not as JSON.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const written = new URLSearchParams();
    for (const [name, value] of Object.entries(search)) {
      if (typeof value === 'string' || typeof value === 'number') written.set(name, String(value));
    }
    const text = written.toString();
    return text === '' ? '' : `?${text}`;
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
