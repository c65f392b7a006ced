// Whether a request comes from the console's own pages. A cookie goes along with whatever a browser sends, so it does not say which page
// wanted it. Other ports of the same machine are the same site to a browser: SameSite alone keeps them from nothing.
import type { FastifyRequest } from 'fastify';

/** What every request that changes something says of itself; a form or an image of another page cannot. */
export const ownHeader = 'x-agent-audit';

/** Why a request does not seem to come from the console; undefined where it does. */
export type ForeignPage = string | undefined;

type Asked = Pick<FastifyRequest, 'headers' | 'method' | 'protocol' | 'host'>;

/** @param publicUrl what people use, where that is a proxy's address */
export function foreignPage(request: Asked, publicUrl: string | undefined): ForeignPage {
  const { method, headers } = request;
  const site = headers['sec-fetch-site'];
  if (method === 'GET' || method === 'HEAD') {
    // Typed by a person, or a program that is no browser: it shows a cookie that it was given.
    return site === undefined || site === 'none' || site === 'same-origin' ? undefined : 'it was sent from a page of another origin';
  }
  if (headers[ownHeader] !== '1') return `it lacks the header ${ownHeader}: 1`;
  if (site !== undefined) return site === 'same-origin' ? undefined : 'it was sent from a page of another origin';
  // Browsers leave Sec-Fetch-Site out over plain HTTP, but say with every change where it comes from.
  const { origin } = headers;
  if (origin === undefined) return 'it says neither Sec-Fetch-Site nor Origin';
  const own = [`${request.protocol}://${request.host}`, ...(publicUrl === undefined ? [] : [publicUrl])];
  if (own.some((url) => URL.canParse(url) && new URL(url).origin === origin)) return undefined;
  return 'its Origin is not the address of this collector (behind a proxy, give the collector its publicUrl)';
}
