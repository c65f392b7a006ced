import { createHash } from 'node:crypto';
import { entriesBytesMax, eventsPath } from '@agent-audit/log';
import type { FastifyInstance, FastifyPluginCallback, FastifyRequest } from 'fastify';
import type { Authorise } from '../auth/authorise.ts';
import { guard } from '../auth/guard.ts';
import type { Clock } from '../clock.ts';
import { readBody } from '../ingest/body.ts';
import { Budget } from '../ingest/budget.ts';
import { defaultIngestLimits, type IngestLimits } from '../ingest/index.ts';
import { RateLimiter } from '../ingest/rate-limiter.ts';
import { bodyOf, encodingOf, whole } from '../ingest/routes.ts';
import { Refusal } from '../refusal.ts';
import { type DurationUnit, readEventsBody } from './events-body.ts';
import { Answers } from './idempotency.ts';
import type { Recorded, Relay, Relayed } from './relay.ts';

export interface RelayRoutesOptions {
  readonly relay: Relay;
  readonly authorise: Authorise;
  readonly clock: Clock;
  readonly limits?: IngestLimits;
}

/** Bodies of all such requests together. */
const bodiesBytesMax = 32 * 1024 * 1024;
const keyUnitsMax = 255;

/**
 * `POST /v1/events?duration=ms|ns`: plain events, recorded by the collector. The answer comes when what was accepted is durable and sealed:
 * 200 where that is all, 207 where some were refused, each with its reason. Under an Idempotency-Key the same body again is recorded once.
 */
export const relayRoutes: FastifyPluginCallback<RelayRoutesOptions> = (app: FastifyInstance, options, done) => {
  const { relay, authorise, clock, limits: general = defaultIngestLimits } = options;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
  const { onRequest, by } = guard(authorise, 'ingest');
  const budget = new Budget(bodiesBytesMax);
  const limits = { ...general, bodyBytesMax: entriesBytesMax };
  const rate = new RateLimiter(clock, general.requests, 'requests');
  const answers = new Answers<Recorded>(clock);

  const record = async (request: FastifyRequest): Promise<Recorded> => {
    const principal = by(request);
    rate.take(principal.tokenId);
    const durationUnit = durationUnitOf(request);
    const key = keyOf(request);
    using share = budget.open();
    const bytes = await readBody(bodyOf(request), { encoding: encodingOf(request), limits, clock, share });
    const fingerprint = createHash('sha256').update(durationUnit).update(bytes).digest('hex');
    const known = key === undefined ? { kind: 'none' as const } : answers.find(`${principal.tokenId}\n${key}`, fingerprint);
    if (known.kind === 'same') return known.value;
    if (known.kind === 'other') {
      throw new Refusal('REQUEST_MALFORMED', 'another body was sent under this Idempotency-Key: give each its own');
    }
    const recorded = relay.record(principal, readEventsBody(bytes, durationUnit));
    // Kept before anything is awaited: the same request again, at the same time or after a failed sync, records nothing twice.
    const size = recorded.relayed.refused.reduce((sum, { why }) => sum + why.length + 32, 0);
    if (key !== undefined) answers.keep(`${principal.tokenId}\n${key}`, fingerprint, recorded, size);
    return recorded;
  };

  app.post(eventsPath, { onRequest }, async (request, reply) =>
    whole(request, reply, async () => {
      const { relayed, durable } = await record(request);
      // THE COMMIT POINT: what is answered as accepted is in the relay's log, synced and under a checkpoint.
      if (relayed.accepted > 0) await durable();
      return reply.code(relayed.refused.length === 0 ? 200 : 207).send(relayed satisfies Relayed);
    }),
  );
  done();
};

function durationUnitOf({ query }: FastifyRequest): DurationUnit {
  const unit: unknown = typeof query === 'object' && query !== null && 'duration' in query ? query.duration : 'ms';
  if (unit === 'ms' || unit === 'ns') return unit;
  throw new Refusal('REQUEST_MALFORMED', '"duration" is ms or ns: what duration_ms holds in these events');
}

function keyOf({ headers }: FastifyRequest): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && key !== '' && key.length <= keyUnitsMax) return key;
  throw new Refusal('REQUEST_MALFORMED', `the Idempotency-Key is to have 1 to ${keyUnitsMax} characters`);
}
