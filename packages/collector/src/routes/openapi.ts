// The API's description, made from the schemas of the routes themselves: OpenAPI 3.1 at /v1/openapi.json.
import swagger from '@fastify/swagger';
import type { FastifyInstance } from 'fastify';
import { readApiVersion } from '@agent-audit/log';
import { Type } from 'typebox';
import { problemAnswers } from './problem-answers.ts';

/** Where the description is. */
export const openApiPath = '/v1/openapi.json';

const about = `What agents send to a collector, and what people and programs read from it. Every refusal is an RFC 9457 problem with a
stable \`code\`. Times are RFC 3339 in UTC. A token sees its own tenant, and nothing but its agent where it is bound to one.`;

/**
 * Describes the routes that are registered after it, and serves the description. It tells nothing that a token is needed for.
 * @param version of the collector's package
 */
export async function addOpenApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'agent-audit collector', version, description: about.replaceAll('\n', ' '), license: { name: 'Apache-2.0' } },
      components: {
        securitySchemes: {
          token: { type: 'http', scheme: 'bearer', description: 'A token of the collector: aa_…' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'aa_session',
            description:
              'Of POST /v1/session; `__Host-aa_session` over TLS where the collector has the host to itself. ' +
              'What changes something needs the header `x-agent-audit: 1`, and to come from the same origin.',
          },
        },
      },
      security: [{ token: [] }, { session: [] }],
      tags: [{ name: `read v${readApiVersion}` }],
    },
    // A route that says nothing of its answers has the usual ones; one may say nothing at all, whatever the type says.
    transform: ({ schema, url }) => ({ schema: { response: usual, ...schema }, url }),
  });
  const schema = {
    summary: 'This description',
    security: [],
    response: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': { schema: Type.Object({}) } } } },
  };
  app.get(openApiPath, { schema }, async (_request, reply) =>
    reply.type('application/json; charset=utf-8').send(JSON.stringify(app.swagger())),
  );
}

const usual = { 200: { description: 'Done.' }, ...problemAnswers() };
