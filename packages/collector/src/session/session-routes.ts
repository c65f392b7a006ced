import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { sessionAnswer, sessionPath } from '@agent-audit/log';
import { Type } from 'typebox';
import type { Authoriser } from '../auth/authoriser.ts';
import type { Principal } from '../principal.ts';
import { Refusal } from '../refusal.ts';
import { answers, problemAnswers } from '../routes/problem-answers.ts';
import type { BrowserSessions } from './browser-sessions.ts';

/** What the routes of sessions work with. */
export interface SessionRoutesParts {
  readonly authoriser: Authoriser;
  readonly sessions: BrowserSessions;
}

const json = 'application/json; charset=utf-8';
const bodyBytesMax = 4 * 1024;
const signInBody = Type.Object(
  { token: Type.String({ description: 'One that may read: aa_r_… or aa_a_…', maxLength: 1_024 }) },
  { additionalProperties: false },
);
const answerSchema = Type.Object({
  principal: Type.Object({
    name: Type.String({ description: 'What people call the token.' }),
    tenant: Type.String({ description: '`*`: every tenant.' }),
    agent: Type.Optional(Type.String({ description: 'The one agent that it is bound to.' })),
    scopes: Type.Array(Type.Enum(['ingest', 'read', 'admin'])),
  }),
});

/** POST signs a browser in, GET tells who is signed in, DELETE signs out. */
export function addSessionRoutes(plain: FastifyInstance, { authoriser, sessions }: SessionRoutesParts): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  const signIn = {
    body: signInBody,
    summary: 'Signs a browser in',
    description:
      'The session is in a cookie that no script can read. It ends when the token does, after 8 hours without use, after 24 hours, and ' +
      'when the collector is started anew. A request that changes something by it needs the header `x-agent-audit: 1`, and to come from ' +
      'the same origin.',
    security: [],
    response: answers('Who is signed in', answerSchema, 'BODY_TOO_LARGE', 'MEDIA_TYPE_UNSUPPORTED', 'REQUEST_FORGED'),
  };
  app.post(
    sessionPath,
    {
      bodyLimit: bodyBytesMax,
      schema: signIn,
      // Else another site could sign somebody in as whom it likes, and have them look at what it made up.
      onRequest: async (request) => {
        const why = sessions.foreignPage(request);
        if (why !== undefined) throw authoriser.refuseForged(request, why);
      },
    },
    async (request, reply) => {
      const principal = authoriser.signIn(request, request.body.token.trim());
      sessions.signIn(request, reply, principal);
      return reply.type(json).send(answerOf(principal));
    },
  );

  const who = { summary: 'Who is signed in', response: answers('Who is signed in', answerSchema, 'REQUEST_FORGED') };
  app.get(sessionPath, { schema: who }, async (request, reply) => {
    // A console asks this first of all: that nobody is signed in yet is no failure to be counted.
    if (request.headers.authorization === undefined && sessions.judge(request).kind === 'none') {
      throw new Refusal('TOKEN_MISSING', `nobody is signed in: POST ${sessionPath} with a token`);
    }
    try {
      return await reply.type(json).send(answerOf(authoriser.authorise(request, 'any')));
    } catch (error) {
      if (error instanceof Refusal && error.code === 'TOKEN_INVALID') sessions.clear(request, reply);
      throw error;
    }
  });

  const signOut = {
    summary: 'Signs out',
    response: { 204: { description: 'Signed out.' }, ...problemAnswers('NOT_FOUND', 'REQUEST_FORGED') },
  };
  app.delete(sessionPath, { schema: signOut }, async (request, reply) => {
    const { session } = authoriser.authorise(request, 'any');
    if (session === undefined) throw new Refusal('NOT_FOUND', 'this request shows a token and has no session: there is nothing to end');
    sessions.signOut(request, reply, session);
    return reply.code(204).send();
  });
}

function answerOf({ name, tenant, agent, scopes }: Principal): string {
  return sessionAnswer.format({ principal: { name, tenant, scopes, ...(agent === undefined ? {} : { agent }) } });
}
