import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type ReadToken, tokenAnswer, tokenMade, tokensAnswer, tokensPath } from '@agent-audit/log';
import { Type } from 'typebox';
import type { Clock } from '../clock.ts';
import type { Journal, JournalEntry } from '../own-log/journal.ts';
import type { Principal } from '../principal.ts';
import { Refusal } from '../refusal.ts';
import type { TokenRecord } from '../store/store.ts';
import type { Authorise } from './authorise.ts';
import { guard } from './guard.ts';
import type { TokenBook } from './token-book.ts';
import { makeToken } from './token-maker.ts';

/** What the routes of tokens work with. */
export interface TokenRoutesParts {
  readonly tokens: TokenBook;
  readonly authorise: Authorise;
  readonly journal: Journal;
  readonly clock: Clock;
}

const json = 'application/json; charset=utf-8';
const wishBody = Type.Object(
  {
    name: Type.String({ description: 'What people call it.' }),
    tenant: Type.Optional(Type.String({ description: "The maker's own, where missing; `*`, every tenant, for an admin." })),
    agent: Type.Optional(Type.String({ description: 'Binds it to one agent: it sees and writes nothing of another.' })),
    scopes: Type.Array(Type.Union([Type.Literal('ingest'), Type.Literal('read'), Type.Literal('admin')])),
    expires_at: Type.Optional(Type.String({ description: 'RFC 3339, UTC. Without it the token is good until it is revoked.' })),
  },
  { additionalProperties: false },
);
const idParameters = Type.Object({ id: Type.String() });

/** GET lists the tokens, POST makes one and tells its secret, this once, DELETE revokes one. For admins, each in their own tenant. */
export function addTokenRoutes(plain: FastifyInstance, { tokens, authorise, journal, clock }: TokenRoutesParts): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { onRequest, by } = guard(authorise, 'admin');

  app.get(tokensPath, { onRequest }, async (request, reply) => {
    const admin = by(request);
    const shownTokens = tokens.tokens.filter((token) => isUnder(token, admin)).toReversed().map(tokenView);
    return reply.type(json).send(tokensAnswer.format({ tokens: shownTokens }));
  });

  app.post(tokensPath, { onRequest, schema: { body: wishBody } }, async (request, reply) => {
    const admin = by(request);
    const { tenant = admin.tenant, expires_at: expiry, ...wish } = request.body;
    if (admin.tenant !== '*' && tenant !== admin.tenant) {
      throw new Refusal('SCOPE_MISSING', `this token makes tokens of the tenant ${admin.tenant} only`, { members: { needs: 'admin' } });
    }
    const { secret, record } = makeToken({ ...wish, tenant, expiresAt: expiry === undefined ? undefined : timeOf(expiry) }, clock);
    await tokens.put(record);
    journal.record({ type: 'token_created', message: `Token made: ${record.name}`, by: admin, ...about(record) });
    return reply.code(201).type(json).send(tokenMade.format({ secret, token: tokenView(record) }));
  });

  app.delete(`${tokensPath}/:id`, { onRequest, schema: { params: idParameters } }, async (request, reply) => {
    const admin = by(request);
    const { id } = request.params;
    const token = tokens.tokens.find(({ tokenId }) => tokenId === id);
    if (token === undefined || !isUnder(token, admin)) {
      throw new Refusal('NOT_FOUND', `there is no token ${JSON.stringify(id)} in your tenant`);
    }
    const answer = (shownToken: ReadToken): unknown => reply.type(json).send(tokenAnswer.format(shownToken));
    if (token.revokedAtMs !== undefined) return answer(tokenView(token));
    const revoked: TokenRecord = { ...token, revokedAtMs: clock.now() };
    await tokens.put(revoked);
    journal.record({ type: 'token_revoked', message: `Token revoked: ${token.name}`, by: admin, ...about(revoked) });
    return answer(tokenView(revoked));
  });
}

/** Whether an admin looks after a token. */
function isUnder(token: TokenRecord, admin: Principal): boolean {
  return admin.tenant === '*' || token.tenant === admin.tenant;
}

function timeOf(text: string): Date {
  const time = new Date(text);
  if (/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z$/.test(text) && Number.isFinite(time.getTime())) return time;
  throw new Refusal('REQUEST_MALFORMED', `"expires_at" is no time in UTC such as 2026-11-24T14:00:00Z`);
}

/** A token as it stands on the wire. */
export function tokenView({ tokenId, name, tenant, agent, scopes, createdAtMs, expiresAt, revokedAtMs }: TokenRecord): ReadToken {
  return {
    id: tokenId,
    name,
    tenant,
    scopes,
    created_at: new Date(createdAtMs).toISOString(),
    ...(agent === undefined ? {} : { agent }),
    ...(expiresAt === undefined ? {} : { expires_at: expiresAt.toISOString() }),
    ...(revokedAtMs === undefined ? {} : { revoked_at: new Date(revokedAtMs).toISOString() }),
  };
}

function about({ tokenId, name, tenant, agent, scopes, expiresAt }: TokenRecord): Pick<JournalEntry, 'target' | 'outcome' | 'details'> {
  const details = { tenant, agent, scopes, expires_at: expiresAt?.toISOString() };
  return { target: { type: 'token', id: tokenId, name }, outcome: 'success', details };
}
