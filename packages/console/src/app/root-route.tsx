// The route above all: what every page shares, in the address. A section makes its routes below this one, in its own routes.ts.
import { createRootRoute, retainSearchParams } from '@tanstack/react-router';
import { readInstant, readSince, type TimeRange } from './range.ts';
import { Shell } from './shell.tsx';

/** The route above all. */
export const rootRoute = createRootRoute({
  validateSearch: (search): TimeRange => {
    const since = readSince(search['since']);
    const until = readInstant(search['until']);
    return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
  },
  search: { middlewares: [retainSearchParams<TimeRange>(['since', 'until'])] },
  component: Shell,
});
