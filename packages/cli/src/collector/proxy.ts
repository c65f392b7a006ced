// Through the proxy that HTTPS_PROXY names, with CONNECT: what is said is encrypted up to the collector, the proxy only hears its name.
import { request as httpRequest, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { CliError } from '../error.ts';
import type { Io } from '../io.ts';

/** The proxy on the way to an address; undefined where there is none. Addresses without TLS go without. */
export function proxyFor(url: URL, { env }: Pick<Io, 'env'>): URL | undefined {
  const proxy = env['https_proxy'] || env['HTTPS_PROXY'] || '';
  if (url.protocol !== 'https:' || proxy === '' || isExcused(url, env['no_proxy'] || env['NO_PROXY'] || '')) return undefined;
  const address = proxy.includes('://') ? proxy : `http://${proxy}`;
  if (URL.canParse(address) && /^https?:$/.test(new URL(address).protocol)) return new URL(address);
  // It may hold a password, so it is not repeated.
  throw new CliError('PROXY_REFUSED', 'HTTPS_PROXY is no address: write http://proxy.example:3128, or unset it');
}

/** `NO_PROXY`: names with their subdomains, `host:port`, or `*`. */
function isExcused({ hostname, port }: URL, list: string): boolean {
  const host = hostname.toLowerCase();
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, name = '', wanted] = /^\*?\.?(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      if (wanted !== undefined && wanted !== (port || '443')) return false;
      return entry === '*' || (name !== '' && (host === name || host.endsWith(`.${name}`)));
    });
}

export interface TunnelOptions {
  readonly signal: AbortSignal;
  /** How long the proxy may be silent, in milliseconds. */
  readonly idleMs: number;
}

/**
 * A way through the proxy to the collector, on which TLS has yet to be spoken.
 * @throws CliError PROXY_REFUSED
 */
export function openTunnel(proxy: URL, to: URL, { signal, idleMs }: TunnelOptions): Promise<Duplex> {
  const authority = `${to.hostname}:${to.port || '443'}`;
  const credentials = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  const options: RequestOptions = {
    method: 'CONNECT',
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port || (proxy.protocol === 'https:' ? 443 : 80),
    path: authority,
    headers: {
      host: authority,
      ...(credentials === ':' ? {} : { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` }),
    },
    agent: false,
    timeout: idleMs,
    signal,
  };
  const refused = (why: string, cause?: unknown): CliError =>
    new CliError('PROXY_REFUSED', `the proxy ${proxy.host} ${why}; check HTTPS_PROXY, or except the collector by NO_PROXY`, { cause });
  return new Promise((resolve, reject) => {
    const request = proxy.protocol === 'https:' ? httpsRequest(options) : httpRequest(options);
    request.once('connect', ({ statusCode = 0 }, socket) => {
      if (statusCode === 200) return resolve(socket);
      socket.destroy();
      reject(refused(statusCode === 407 ? 'asks for a name and a password' : `answered ${statusCode}`));
    });
    request.once('response', (response) => {
      response.destroy();
      reject(refused(`answered ${response.statusCode ?? 0}`));
    });
    request.once('timeout', () => request.destroy(new Error('no answer in time')));
    request.once('error', (cause) => reject(signal.aborted ? cause : refused(`cannot be reached: ${cause.message}`, cause)));
    request.end();
  });
}
