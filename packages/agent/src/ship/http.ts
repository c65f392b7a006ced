// One HTTP request at a time to one collector, by Node's own modules. Whatever the other side does, a request ends: each step of it has
// a limit of time, and the answer one of size. Nothing here keeps the process alive.
import { Agent as HttpAgent, type ClientRequest, type ClientRequestArgs, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, type AgentOptions, request as httpsRequest, type RequestOptions } from 'node:https';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { Clock, Timer } from '../clock.ts';
import { messageOf } from '../error.ts';

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** Where a redirect points, which is not followed. */
  readonly location: string | undefined;
  readonly body: string;
}

/** What is sent. */
export interface HttpQuestion {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** The way to a collector. */
export interface HttpRoute {
  readonly clock: Clock;
  readonly isSecure: boolean;
  /** PEM text; undefined: what Node trusts. */
  readonly ca: string | undefined;
  readonly proxy: URL | undefined;
}

const connectMsMax = 10_000;
const answerMsMax = 30_000;
const totalMsMax = 60_000;
const answerBytesMax = 65_536;

/** Sends requests along one route, over connections that are kept. */
export class HttpClient {
  readonly #route: HttpRoute;
  readonly #agent: HttpAgent;
  #current: ClientRequest | undefined;

  constructor(route: HttpRoute) {
    this.#route = route;
    const options = { keepAlive: true, maxSockets: 1, maxFreeSockets: 1 };
    if (!route.isSecure) this.#agent = new HttpAgent(options);
    else if (route.proxy === undefined) this.#agent = new HttpsAgent({ ...options, ...trust(route) });
    else this.#agent = new TunnelAgent({ ...options, ...trust(route) }, route);
  }

  /** POSTs, and waits for the whole answer. Rejects where there is none, or none in time. */
  async post(question: HttpQuestion): Promise<HttpAnswer> {
    try {
      return await this.#postOnce(question);
    } catch (error) {
      // The other side has closed a connection that was kept, as it may at any time: the request was not heard.
      if (!(error instanceof StaleConnection)) throw error;
      return this.#postOnce(question);
    }
  }

  /** Ends what is under way. */
  close(): void {
    this.#current?.destroy(new Error('it was called off'));
    this.#agent.destroy();
  }

  #postOnce({ url, headers, body }: HttpQuestion): Promise<HttpAnswer> {
    const { clock, isSecure, proxy } = this.#route;
    return new Promise((resolve, reject) => {
      const args = { ...target(url, isSecure ? undefined : proxy), method: 'POST', agent: this.#agent };
      const own = { 'content-length': String(body.length), ...headers, ...(isSecure ? {} : proxyHeaders(proxy)) };
      const send = isSecure ? httpsRequest : httpRequest;
      const request = send({ ...args, headers: { ...args.headers, ...own } });
      this.#current = request;
      const limits = new Limits(clock, request);
      request.once('socket', (socket) => {
        socket.unref();
        watchConnection(socket, isSecure, () => limits.begin('the answer', answerMsMax));
      });
      request.once('error', (error) => {
        limits.end();
        reject(request.reusedSocket && isReset(error) ? new StaleConnection(messageOf(error), { cause: error }) : error);
      });
      request.once('response', (response) => {
        limits.begin('the rest of the answer', answerMsMax);
        readAnswer(response).then(resolve, reject).finally(() => limits.end());
      });
      request.end(body);
    });
  }
}

class StaleConnection extends Error {}

/** Ends a request that takes too long: as a whole, and in the step that it is at. */
class Limits {
  readonly #clock: Clock;
  readonly #request: ClientRequest;
  readonly #total: Timer;
  #step: Timer;

  constructor(clock: Clock, request: ClientRequest) {
    this.#clock = clock;
    this.#request = request;
    this.#total = this.#after('the whole request', totalMsMax);
    this.#step = this.#after('the connection', connectMsMax);
  }

  begin(what: string, ms: number): void {
    this.#step.cancel();
    this.#step = this.#after(what, ms);
  }

  end(): void {
    this.#step.cancel();
    this.#total.cancel();
  }

  #after(what: string, ms: number): Timer {
    return this.#clock.after(ms, () => void this.#request.destroy(new Error(`${what} took more than ${ms / 1_000} s`)));
  }
}

/** A connection that is kept is there already. */
function watchConnection(socket: Socket, isSecure: boolean, onReady: () => void): void {
  if (!socket.connecting && !('secureConnecting' in socket && socket.secureConnecting === true)) onReady();
  else socket.once(isSecure ? 'secureConnect' : 'connect', onReady);
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

async function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response) {
    if (!(piece instanceof Uint8Array)) continue;
    bytes += piece.length;
    if (bytes > answerBytesMax) throw new Error(`the answer is longer than ${answerBytesMax} bytes`);
    pieces.push(piece);
  }
  const { 'retry-after': retryAfter, location } = response.headers;
  return { status: response.statusCode ?? 0, retryAfter, location, body: Buffer.concat(pieces).toString('utf8') };
}

function trust({ ca }: HttpRoute): Pick<AgentOptions, 'ca'> {
  return ca === undefined ? {} : { ca };
}

/** Where the request line goes: to the proxy with the whole address, or to the host itself. */
function target(url: URL, proxy: URL | undefined): ClientRequestArgs {
  const path = `${url.pathname}${url.search}`;
  if (proxy === undefined) return { ...hostOf(url), path };
  return { ...hostOf(proxy), path: `${url.origin}${path}`, headers: { host: url.host } };
}

function hostOf(url: URL): { readonly hostname: string; readonly port: number } {
  const byDefault = url.protocol === 'https:' ? 443 : 80;
  return { hostname: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? byDefault : Number(url.port) };
}

function proxyHeaders(proxy: URL | undefined): Record<string, string> {
  if (proxy === undefined || proxy.username === '') return {};
  const who = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(who).toString('base64')}` };
}

/** TLS to the collector through a tunnel that the proxy opens (CONNECT, RFC 9110 §9.3.6): the proxy sees the host's name, no more. */
class TunnelAgent extends HttpsAgent {
  readonly #route: HttpRoute;

  constructor(options: AgentOptions, route: HttpRoute) {
    super(options);
    this.#route = route;
  }

  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): Duplex | null | undefined {
    const { proxy, ca, clock } = this.#route;
    if (proxy === undefined) return super.createConnection(options, callback);
    const host = options.host ?? '';
    const name = `${host.includes(':') ? `[${host}]` : host}:${options.port ?? 443}`;
    const headers = { host: name, ...proxyHeaders(proxy) };
    const send = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
    const opening = send({ ...hostOf(proxy), method: 'CONNECT', path: name, headers, agent: false, ...trust(this.#route) });
    const late = clock.after(connectMsMax, () => void opening.destroy(new Error(`the proxy took more than ${connectMsMax / 1_000} s`)));
    // Where there is an error, Node looks at no stream.
    const fail = (error: Error): void => callback?.(error, new Duplex());
    opening.once('socket', (socket) => socket.unref());
    opening.once('error', (error) => {
      late.cancel();
      fail(new Error(`the proxy ${proxy.host} cannot be reached: ${messageOf(error)}`, { cause: error }));
    });
    opening.once('connect', (answer, socket) => {
      late.cancel();
      if (answer.statusCode !== 200) {
        socket.destroy();
        fail(new Error(`the proxy ${proxy.host} opens no tunnel to ${name}: status ${answer.statusCode}`));
        return;
      }
      const servername = /^[0-9.]+$|:/.test(host) ? '' : host;
      callback?.(null, connectTls({ socket, servername, ...(ca === undefined ? {} : { ca }) }));
    });
    opening.end();
    return undefined;
  }
}
