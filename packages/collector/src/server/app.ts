import { randomBytes } from 'node:crypto';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Clock } from '../clock.ts';
import type { CollectorConfig } from '../config/config.ts';
import type { Journal } from '../own-log/journal.ts';
import { Refusal } from '../refusal.ts';
import { addHeaders } from './headers.ts';
import { answerClientError, createListener } from './listener.ts';
import type { Metrics } from './metrics.ts';
import { problemHandler, sendProblem } from './problems.ts';
import { RouteList } from './route-list.ts';

/** What the server works with. */
export interface AppParts {
  readonly config: CollectorConfig;
  readonly journal: Journal;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Answers where no route does, if it can. */
  readonly otherwise: (request: FastifyRequest, reply: FastifyReply) => boolean;
}

interface App {
  readonly app: FastifyInstance;
  readonly routes: RouteList;
}

/** Bodies of requests that say nothing else about it. */
const bodyBytesMax = 1024 * 1024;

/** The HTTP server, without any route yet; `routes` fills as they are registered. */
export function createApp({ config, journal, metrics, clock, otherwise }: AppParts): App {
  const routes = new RouteList();
  const app = fastify({
    serverFactory: (handler) => createListener(config, handler),
    clientErrorHandler: answerClientError,
    logger: false,
    trustProxy: config.trustedProxies.length === 0 ? false : [...config.trustedProxies],
    genReqId: () => randomBytes(8).toString('hex'),
    requestIdHeader: false,
    bodyLimit: bodyBytesMax,
    exposeHeadRoutes: false,
    // A part of a path is an id, of a job for one: as long as the request's head may be, whatever is written with %.
    routerOptions: { maxParamLength: 16 * 1024 },
    // What a caller says and nobody knows is refused, never silently dropped.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: 'array', useDefaults: true } },
    rewriteUrl: ({ url = '/' }) => withoutPrefix(url, config.pathPrefix),
    frameworkErrors: (error, _request, reply) => sendProblem(reply, new Refusal('REQUEST_MALFORMED', error.message, { cause: error })),
  });
  app.addHook('onRoute', (route) => routes.add(route));
  app.setErrorHandler(problemHandler(journal));
  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    const methods = routes.methodsOf(path);
    if (methods.length === 0 && otherwise(request, reply)) return;
    if (methods.length === 0) throw new Refusal('NOT_FOUND', `there is nothing at ${path} here; /v1/openapi.json says what there is`);
    void reply.header('allow', methods.join(', '));
    throw new Refusal('METHOD_NOT_ALLOWED', `${path} takes ${methods.join(' and ')}, not ${request.method}`);
  });
  addHeaders(app);
  measure(app, metrics, clock);
  return { app, routes };
}

/** A proxy may strip the prefix or keep it; routes never see it. */
function withoutPrefix(url: string, prefix: string): string {
  if (prefix === '' || !url.startsWith(prefix)) return url;
  const rest = url.slice(prefix.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : url;
}

/** Stands for an answer that nobody waited for: the reader went away, or was cut off for being slow (as nginx has it). */
const closedByReader = 499;

/** Counts each request once, when its answer is over. */
function measure(app: FastifyInstance, metrics: Metrics, clock: Clock): void {
  app.addHook('onRequest', (request, reply, done) => {
    const startedMs = clock.monotonicMs();
    reply.raw.once('close', () => {
      const status = String(reply.raw.headersSent ? reply.statusCode : closedByReader);
      const seconds = (clock.monotonicMs() - startedMs) / 1000;
      metrics.requests.add(seconds, { method: request.method, route: request.routeOptions.url ?? 'none', status });
    });
    done();
  });
}
