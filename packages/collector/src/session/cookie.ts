// The session's cookie. Scripts cannot read it, other sites cannot have it sent; over TLS it never goes over plain HTTP, and where the
// collector has the whole host no other part of the domain can set it (`__Host-`).
import type { FastifyRequest } from 'fastify';
import type { CollectorConfig } from '../config/config.ts';

/** What a cookie looks like for one request. */
export interface CookieForm {
  readonly name: string;
  readonly path: string;
  readonly secure: boolean;
}

type FormConfig = Pick<CollectorConfig, 'pathPrefix' | 'publicUrl'>;

/** By the configuration, and by how the request came: over TLS is what the peer, or a trusted proxy, says. */
export function cookieForm({ protocol }: Pick<FastifyRequest, 'protocol'>, config: FormConfig): CookieForm {
  const secure = protocol === 'https' || config.publicUrl?.startsWith('https:') === true;
  const path = config.pathPrefix === '' ? '/' : config.pathPrefix;
  return { name: secure && path === '/' ? '__Host-aa_session' : 'aa_session', path, secure };
}

/** The header that sets it. It goes when the browser is closed; the session has an end of its own. */
export function setCookie({ name, path, secure }: CookieForm, value: string): string {
  return `${name}=${value}; Path=${path}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
}

/** The header that takes it away. */
export function clearCookie(form: CookieForm): string {
  return `${setCookie(form, '')}; Max-Age=0`;
}

/** Its value in a request; undefined where there is none. Of several, the one with the longest path, which browsers send first. */
export function cookieOf({ headers }: Pick<FastifyRequest, 'headers'>, name: string): string | undefined {
  for (const pair of headers.cookie?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at !== -1 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
  }
  return undefined;
}
