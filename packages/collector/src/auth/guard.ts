import type { FastifyRequest } from 'fastify';
import type { Principal, Scope } from '../principal.ts';
import type { Authorise } from './authorise.ts';

/** Guards routes: `onRequest` finds out who asks before anything else of the request is read, `by` says it to the handler. */
export interface Guard {
  readonly onRequest: (request: FastifyRequest) => Promise<void>;
  /** Who asks. */
  readonly by: (request: FastifyRequest) => Principal;
}

/** A guard for routes that need a scope. */
export function guard(authorise: Authorise, scope: Scope): Guard {
  const principals = new WeakMap<object, Principal>();
  return {
    async onRequest(request) {
      principals.set(request.raw, authorise(request, scope));
    },
    // A route that forgot its onRequest is guarded all the same.
    by: (request) => principals.get(request.raw) ?? authorise(request, scope),
  };
}
