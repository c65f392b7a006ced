import type { FastifyPluginAsync } from 'fastify';
import { addEventsRoutes } from './events-routes.ts';
import type { ReadParts } from './parts.ts';
import { Reading } from './reading.ts';

/**
 * Everything that reads, as one plugin. Refusals are thrown: the server's error handler answers with them (Refusal, SearchError, LogError,
 * DatabaseError), and so it does with what the framework itself refuses.
 */
export function readRoutes(parts: ReadParts): FastifyPluginAsync {
  const reading = new Reading(parts);
  return async (app) => {
    addEventsRoutes(app, reading);
  };
}
