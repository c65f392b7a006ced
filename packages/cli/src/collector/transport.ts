// One request over HTTP or HTTPS, by node:http and node:https: bounded in time, with its own trust, through a proxy where one is set.
import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { connect as connectTls, rootCertificates } from 'node:tls';
import type { CliError } from '../error.ts';
import type { Io } from '../io.ts';
import type { Access } from './access.ts';
import { unreachable } from './failure.ts';
import { openTunnel, proxyFor } from './proxy.ts';

export interface Ask {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** How long nothing may come, in milliseconds. */
  readonly idleMs?: number;
  readonly signal: AbortSignal;
}

/** What was answered; the body is still to be read, or to be destroyed. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  /** The pieces of the body as they come. Throws a CliError where it breaks off. */
  readonly body: AsyncIterable<Uint8Array>;
  destroy(): void;
}

/** How long it may take to connect, and then to answer or to go on, in milliseconds. */
const connectMsMax = 15_000;
const idleMsByDefault = 120_000;

/** Makes requests to one collector. Connections are kept while one request follows another. */
export class Transport {
  readonly #access: Access;
  readonly #io: Pick<Io, 'env'>;
  readonly #http: HttpAgent;
  readonly #https: HttpsAgent;

  constructor(access: Access, io: Pick<Io, 'env'>) {
    this.#access = access;
    this.#io = io;
    this.#http = new HttpAgent({ keepAlive: true });
    this.#https = new HttpsAgent({ keepAlive: true, ...this.#trust() });
  }

  /**
   * Makes a request.
   * @throws CliError COLLECTOR_UNREACHABLE, COLLECTOR_NOT_TRUSTED, PROXY_REFUSED
   */
  async ask(ask: Ask): Promise<Answer> {
    const options = await this.#optionsOf(ask);
    try {
      return await exchange(ask, options);
    } catch (cause) {
      // A connection that was kept may have been closed by the other side just now.
      if (!(cause instanceof Reused)) throw cause;
      return exchange(ask, options);
    }
  }

  async #optionsOf({ url, method, headers, signal }: Ask): Promise<RequestOptions> {
    const bare: RequestOptions = { method, headers, signal, timeout: connectMsMax };
    const proxy = proxyFor(url, this.#io);
    if (proxy === undefined) return { ...bare, agent: url.protocol === 'https:' ? this.#https : this.#http };
    const socket = await openTunnel(proxy, url, { signal, idleMs: connectMsMax });
    const servername = /^[\d.]+$|:/.test(url.hostname) ? {} : { servername: url.hostname };
    // Without an agent: one would make a connection of its own, past the proxy.
    return { ...bare, createConnection: () => connectTls({ socket, host: url.hostname, ...servername, ...this.#trust() }) };
  }

  #trust(): { readonly ca?: string[] } {
    return this.#access.ca === undefined ? {} : { ca: [...rootCertificates, this.#access.ca] };
  }
}

/** The other side had closed a connection that was kept. */
class Reused extends Error {
  override readonly name = 'Reused';
}

function exchange({ url, body, idleMs = idleMsByDefault, signal }: Ask, options: RequestOptions): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = url.protocol === 'https:' ? httpsRequest(url, options) : httpRequest(url, options);
    const fail = (cause: Error): void => {
      if (signal.aborted) reject(cause);
      else if (request.reusedSocket && 'code' in cause && cause.code === 'ECONNRESET' && options.method === 'GET') {
        reject(new Reused('the connection was closed', { cause }));
      } else reject(unreachable(url, cause));
    };
    request.once('error', fail);
    request.once('timeout', () => request.destroy(new Error('no answer in time')));
    request.once('response', (response) => {
      request.off('error', fail);
      // The body's own error says it.
      request.on('error', () => undefined);
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        body: piecesOf(response, url, signal),
        destroy: () => response.destroy(),
      });
    });
    boundIdle(request, idleMs);
    request.end(body);
  });
}

/** Once connected, the other side has longer to think. */
function boundIdle(request: ClientRequest, idleMs: number): void {
  request.once('socket', (socket) => {
    const connected = (): void => void request.setTimeout(idleMs);
    if (!socket.connecting) connected();
    else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', connected);
  });
}

async function* piecesOf(response: IncomingMessage, url: URL, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const piece of response) if (piece instanceof Uint8Array) yield piece;
  } catch (cause) {
    if (signal.aborted) throw cause;
    throw brokenOff(url, cause);
  }
}

function brokenOff(url: URL, cause: unknown): CliError {
  return unreachable(url, cause instanceof Error ? cause : new Error(String(cause)), 'the answer broke off');
}
