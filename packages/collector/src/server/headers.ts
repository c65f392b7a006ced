import type { FastifyInstance } from 'fastify';

/** What a browser is told with every answer. A route that serves pages says its own content-security-policy. There is no CORS. */
const headers: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
const hsts = 'max-age=31536000';

/** Puts the headers on every answer, before any route says its own. */
export function addHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers).header('x-request-id', request.id);
    if (request.protocol === 'https') void reply.header('strict-transport-security', hsts);
    done();
  });
}
