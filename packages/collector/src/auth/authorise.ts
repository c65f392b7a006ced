import type { FastifyRequest } from 'fastify';
import type { Principal, Scope } from '../principal.ts';

/** What a route needs: a scope, or any token that is valid. */
export type Needed = Scope | 'any';

/**
 * Finds out who asks, and whether they may. Every route calls it before it reads anything of the request's body.
 * @throws Refusal TOKEN_MISSING, TOKEN_INVALID, SCOPE_MISSING, RATE_LIMITED
 */
export type Authorise = (request: FastifyRequest, needed: Needed) => Principal;

/** What a stream that stays open needs. */
export interface TokenWatch {
  /** Calls `onRevoked` once, when the token is revoked or expires. Call what it returns when the stream ends. */
  watch(principal: Principal, onRevoked: () => void): () => void;
}
