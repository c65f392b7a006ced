import type { FastifyInstance } from 'fastify';
import type { Authorise } from '../auth/authorise.ts';
import { Refusal } from '../refusal.ts';
import type { Metrics } from './metrics.ts';

/** What the three routes for machines work with. */
export interface StatusParts {
  readonly authorise: Authorise;
  readonly metrics: Metrics;
  /** Milliseconds since the store answered last. */
  readonly storeSilentMs: () => number;
  /** With what it refuses for good, where it does. */
  readonly storeRefusal: () => Refusal | undefined;
}

/** The store is asked for its tokens every two seconds; whoever has not heard from it for so long is not ready. */
const storeSilentMsMax = 10_000;
/** Of Prometheus: text format 0.0.4. */
const metricsMediaType = 'text/plain; version=0.0.4; charset=utf-8';

/**
 * /healthz: the process answers · /readyz: so does the store, and takes lines · /metrics: numbers for Prometheus, for any token that may
 * read. The first two tell nothing that is secret and cost nothing, so that whoever balances load may ask without a token.
 */
export function addStatusRoutes(app: FastifyInstance, { authorise, metrics, storeSilentMs, storeRefusal }: StatusParts): void {
  app.get('/healthz', async () => ({ status: 'ok' }));
  app.get('/readyz', async () => {
    const refusal = storeRefusal();
    if (refusal !== undefined) throw refusal;
    if (storeSilentMs() <= storeSilentMsMax) return { status: 'ready' };
    throw new Refusal('UNAVAILABLE', `the store has not answered for ${Math.round(storeSilentMs() / 1000)} s`, { retryAfterSeconds: 5 });
  });
  app.get('/metrics', { onRequest: async (request) => void authorise(request, 'read') }, async (_request, reply) => {
    void reply.header('content-type', metricsMediaType);
    return metrics.text();
  });
}
