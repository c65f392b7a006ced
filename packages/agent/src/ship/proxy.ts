// Which proxy a request goes through, by the conventional variables.
import type { ProxyVariables } from './messages.ts';

/** The conventional variables of an environment; the lower-case spelling goes first, as with curl. */
export function proxyVariables(env: NodeJS.ProcessEnv): ProxyVariables {
  const read = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  return { https: read('HTTPS_PROXY'), http: read('HTTP_PROXY'), no: read('NO_PROXY') };
}

/**
 * The proxy for an address; undefined: none. This machine itself is never asked through one.
 * @throws TypeError where the variable is no http or https address
 */
export function proxyFor(url: URL, { https, http, no }: ProxyVariables): URL | undefined {
  const value = url.protocol === 'https:' ? https : http;
  if (value === undefined || isLoopback(url.hostname) || isExcepted(url, no ?? '')) return undefined;
  const proxy = new URL(value.includes('://') ? value : `http://${value}`);
  if (proxy.protocol !== 'http:' && proxy.protocol !== 'https:') throw new TypeError(`the proxy ${proxy.protocol}//… is not http or https`);
  return proxy;
}

/** Whether a host name, as a URL has it, is this machine itself. */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname);
}

/** NO_PROXY: host names with all below them, addresses, each with a port or without; `*` is all. */
function isExcepted(url: URL, no: string): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return no.split(',').some((entry) => {
    const [, host = '', entryPort] = /^\s*(.*?)(?::([0-9]+))?\s*$/.exec(entry) ?? [];
    const name = host.replace(/^\*?\./, '').toLowerCase();
    if (name === '*') return true;
    if (name === '' || (entryPort !== undefined && entryPort !== port)) return false;
    return url.hostname === name || url.hostname.endsWith(`.${name}`);
  });
}
