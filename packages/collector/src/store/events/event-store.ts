import type { EventStore } from '../store.ts';
import { readArrivals } from './arrivals.ts';
import { exportEvents } from './export.ts';
import { readJobs } from './jobs.ts';
import type { EventSource } from './narrowing.ts';
import { readPage } from './pages.ts';
import { readRates } from './rates.ts';
import { countEvents, readFacets, readHistogram, readStats } from './summaries.ts';

/** All that is asked of events. */
export function eventStore(source: EventSource): EventStore {
  return {
    events: (request) => readPage(source, request),
    arrivals: (request) => readArrivals(source, request),
    count: (request) => countEvents(source, request),
    histogram: (request) => readHistogram(source, request),
    rates: (request) => readRates(source, request),
    facets: (request) => readFacets(source, request),
    stats: (request) => readStats(source, request),
    jobs: (request) => readJobs(source, request),
    export: (request, format) => exportEvents(source, request, format),
  };
}
