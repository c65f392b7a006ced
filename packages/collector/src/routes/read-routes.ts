import type { FastifyPluginAsync } from 'fastify';
import { addAgentsRoutes } from './agents-routes.ts';
import { addEventsRoutes } from './events-routes.ts';
import { addExportRoute } from './export-route.ts';
import { addFleetRoutes } from './fleet-routes.ts';
import { addJobsRoutes } from './jobs-routes.ts';
import { addLogRoutes } from './log-routes.ts';
import type { ReadParts } from './parts.ts';
import { Reading } from './reading.ts';
import { addSummaryRoutes } from './summary-routes.ts';
import { addTailRoute } from './tail-route.ts';

/**
 * Everything that reads, as one plugin. Refusals are thrown: the server's error handler answers with them (Refusal, SearchError, LogError,
 * DatabaseError), and so it does with what the framework itself refuses.
 */
export function readRoutes(parts: ReadParts): FastifyPluginAsync {
  const reading = new Reading(parts);
  return async (app) => {
    addEventsRoutes(app, reading);
    addSummaryRoutes(app, reading);
    addJobsRoutes(app, reading);
    addAgentsRoutes(app, reading);
    addFleetRoutes(app, reading);
    addLogRoutes(app, reading);
    addExportRoute(app, reading);
    addTailRoute(app, reading);
  };
}
