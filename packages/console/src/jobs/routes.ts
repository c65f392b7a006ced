import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { rootRoute } from '../app/root-route.tsx';
import { isJobOutcome, isJobsSort, type JobsSearch } from './outcome.ts';

const jobsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/jobs',
  validateSearch: ({ q, outcome, sort }): JobsSearch => ({
    ...(typeof q === 'string' && q !== '' ? { q } : {}),
    ...(isJobOutcome(outcome) ? { outcome } : {}),
    ...(isJobsSort(sort) ? { sort } : {}),
  }),
  component: lazyRouteComponent(() => import('./jobs-page.tsx'), 'JobsPage'),
});

const jobRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/jobs/$jobId',
  component: lazyRouteComponent(() => import('./job-page.tsx'), 'JobPage'),
});

/** The routes below `/jobs`. */
export const jobsRoutes = [jobsRoute, jobRoute] as const;
