import type { FastifyRequest } from 'fastify';

/** The token that a request shows. (A session's cookie is looked at only where there is none: see `SessionKeeper`.) */
export type Credential =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly secret: string }
  /** An Authorization header that is something else. */
  | { readonly kind: 'malformed' };

/** Reads the Authorization header. A token in an address is not looked at: addresses are written into logs. */
export function credentialOf({ headers }: Pick<FastifyRequest, 'headers'>): Credential {
  const { authorization } = headers;
  if (authorization === undefined || authorization === '') return { kind: 'none' };
  const [, secret] = /^bearer +(\S+) *$/i.exec(authorization) ?? [];
  return secret === undefined ? { kind: 'malformed' } : { kind: 'bearer', secret };
}
