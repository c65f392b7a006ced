// For tests only: a collector as the command line meets it: a real HTTP server that searches real events, and answers in the wire's own
// words. What it holds is in memory; `answers` lets a test put another answer in the place of one.
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import {
  agentsAnswer,
  agentsPath,
  type Completeness,
  collectorAnswer,
  collectorPath,
  countAnswer,
  countPath,
  type EventsAnswer,
  eventsAnswer,
  eventsPath,
  exportMediaTypes,
  exportPath,
  formatProblem,
  formatTailMessage,
  histogramAnswer,
  histogramPath,
  jobsAnswer,
  jobsPath,
  type Message,
  problemMediaType,
  problemStatus,
  type ReadAgent,
  type ReadEvent,
  type ReadJob,
  type ReadToken,
  statsAnswer,
  statsPath,
  tailMediaType,
  tailPath,
  tokenAnswer,
  tokenMade,
  tokenRequest,
  tokensAnswer,
  tokensPath,
  utf8,
  type WireProblemCode,
} from '@agent-audit/log';
import { parse, parseEvent } from '@agent-audit/search';
import { startMs } from '../log.test.support.ts';
import { matcherOf } from '../matcher.ts';
import { text } from '../wire-values.ts';

/** The token that it takes. */
export const goodToken = 'good-token';
const at = new Date(startMs + 30_000).toISOString();
export const logId = (digit: number): string => String(digit).repeat(32);

/** An event of an agent, as it is stored. */
export function stored(agent: string, seq: number, fields: Readonly<Record<string, unknown>>, marks: readonly string[] = []): ReadEvent {
  const timestamp = new Date(startMs + seq * 1_000).toISOString();
  const line = JSON.stringify({ seq, timestamp, type: 'x', severity: 'INFO', agent_id: agent, message: 'm', ...fields });
  const log = logId(agent.length % 10);
  return { log, origin: `${agent}/${log}`, tenant: 'acme', agent, seq, received_at: at, line, marks };
}

/** Every agent is up to date. */
export const whole: Completeness = {
  complete_to: at,
  logs: { live: 2, behind: 0, stopped: 0, silent: 0, forked: 0 },
  behind: [],
  silent: [],
  forked: [],
  gaps: [],
  gaps_total: 0,
};

export const token: ReadToken = { id: 't1', name: 'reader', tenant: 'acme', scopes: ['read'], created_at: at };

type Reply = (request: IncomingMessage, response: ServerResponse, url: URL) => unknown;

/** The server. Change its members; the next request sees it. */
export class TestCollector {
  readonly url: string;
  events: ReadEvent[] = [];
  completeness: Completeness = whole;
  agents: ReadAgent[] = [];
  jobs: ReadJob[] = [];
  tokens: ReadToken[] = [token];
  /** How many events a page has at most. */
  pageMax = 1_000;
  /** In place of its own answer, by path. */
  readonly answers: Map<string, Reply> = new Map();
  /** What it was asked, in order: method, path and query. */
  readonly asked: string[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  readonly #tails = new Set<ServerResponse>();
  #onFollowed: () => void = () => {};

  private constructor(url: string) {
    this.url = url;
  }

  /** Listens until the test ends; with a key and certificate, over TLS. */
  static async start(context: TestContext, tls?: { readonly key: string; readonly cert: string }): Promise<TestCollector> {
    const server: Server = tls === undefined ? createServer() : createTlsServer(tls);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const collector = new TestCollector(`${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => collector.handle(request, response));
    context.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return collector;
  }

  /** Stores an event, and tells those who follow. */
  add(event: ReadEvent): void {
    this.events.push(event);
    for (const tail of this.#tails) tail.write(formatTailMessage({ kind: 'event', cursor: String(this.events.length), event }));
  }

  /** Calls once, when the next reader follows. */
  whenFollowed(then: () => void): void {
    this.#onFollowed = then;
  }

  /** Tells those who follow that they were too slow. */
  gap(missed: number): void {
    for (const tail of this.#tails) tail.write(formatTailMessage({ kind: 'gap', gap: { message: 'too slow', missed } }));
  }

  /** Cuts off those who follow, in the middle of a message. */
  cut(): void {
    for (const tail of this.#tails) {
      tail.write('id: 99\nevent: ev');
      tail.socket?.destroySoon();
    }
    this.#tails.clear();
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '/', this.url);
    this.asked.push(`${request.method ?? ''} ${decodeURIComponent(url.pathname + url.search)}`);
    this.headers.push(request.headers);
    const own = this.answers.get(url.pathname);
    if (own !== undefined) {
      own(request, response, url);
      return;
    }
    const { authorization } = request.headers;
    if (authorization === undefined) refuse(response, 'TOKEN_MISSING', 'no token');
    else if (authorization !== `Bearer ${goodToken}`) refuse(response, 'TOKEN_INVALID', 'unknown token');
    else void this.#answer(request, response, url);
  }

  async #answer(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const { completeness } = this;
    switch (url.pathname) {
      case eventsPath:
        return answer(response, eventsAnswer, this.#page(url.searchParams));
      case countPath:
        return answer(response, countAnswer, { count: this.#found(url.searchParams).length, completeness });
      case tailPath:
        return this.#tail(request, response, url.searchParams);
      case exportPath:
        response.setHeader('content-type', exportMediaTypes[url.searchParams.get('format') === 'parquet' ? 'parquet' : 'ndjson']);
        response.end(
          this.#found(url.searchParams)
            .map(({ line }) => `${line}\n`)
            .join(''),
        );
        return;
      case agentsPath:
        return answer(response, agentsAnswer, { agents: this.agents, before: 0, counts: completeness.logs });
      case jobsPath:
        return answer(response, jobsAnswer, { jobs: this.jobs, more: false, completeness });
      case statsPath:
        return answer(response, statsAnswer, this.#stats(url.searchParams));
      case histogramPath: {
        const until = new Date(startMs + 60_000).toISOString();
        const bars = this.#found(url.searchParams).map((event) => ({ from: timeOf(event), counts: [{ value: 'INFO', count: 1 }] }));
        return answer(response, histogramAnswer, { since: timeOfMs(startMs), until, width_ms: 1_000, by: 'severity', bars, completeness });
      }
      case collectorPath:
        return answer(response, collectorAnswer, { version: '0.1.0', api: 1, format: 1, cosigners: [], store: 'embedded', token });
      default:
        return url.pathname.startsWith(tokensPath) ? this.#token(request, response, url) : refuse(response, 'NOT_FOUND', 'nothing here');
    }
  }

  #found(parameters: URLSearchParams): ReadEvent[] {
    const query = parse(parameters.get('q') ?? '');
    const matcher = query.kind === 'all' ? undefined : matcherOf(query);
    const since = parameters.get('since') ?? '';
    const until = parameters.get('until') ?? '9';
    return this.events
      .filter((event) => matcher?.matches(parseEvent(event.line) ?? {}) ?? true)
      .filter((event) => timeOf(event) >= since && timeOf(event) < until)
      .toSorted((a, b) => (timeOf(a) < timeOf(b) ? -1 : 1));
  }

  #page(parameters: URLSearchParams): EventsAnswer {
    const found = this.#found(parameters);
    const ordered = parameters.get('order') === 'desc' ? found.toReversed() : found;
    const from = Number(parameters.get('cursor') ?? 0);
    const to = from + Math.min(this.pageMax, Number(parameters.get('limit') ?? 100));
    return {
      events: ordered.slice(from, to),
      ...(to < ordered.length && { next: String(to) }),
      ...(from > 0 && { previous: String(from) }),
      completeness: this.completeness,
    };
  }

  #stats(parameters: URLSearchParams): Parameters<typeof statsAnswer.format>[0] {
    const found = this.#found(parameters);
    const by = (field: string): { value: string; count: number }[] => {
      const counts = new Map<string, number>();
      for (const { line } of found) {
        const value = text(parseEvent(line)?.[field]);
        if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1);
      }
      return [...counts].map(([value, count]) => ({ value, count }));
    };
    const durations = [{ type: 'scan_completed', count: 1, median_ms: 2_140, p95_ms: 2_140 }];
    const [first, last] = [found[0], found.at(-1)];
    return {
      events: found.length,
      ...(first !== undefined && last !== undefined && { first: timeOf(first), last: timeOf(last) }),
      by_type: by('type'),
      by_severity: by('severity'),
      by_agent: by('agent_id'),
      top_errors: by('error'),
      durations,
      completeness: this.completeness,
    };
  }

  #tail(request: IncomingMessage, response: ServerResponse, parameters: URLSearchParams): void {
    response.writeHead(200, { 'content-type': tailMediaType });
    const last = request.headers['last-event-id'];
    response.write(formatTailMessage({ kind: 'place', cursor: String(last ?? this.events.length) }));
    const query = parse(parameters.get('q') ?? '');
    if (last !== undefined) {
      for (const [index, event] of this.events.entries()) {
        const isWanted = query.kind === 'all' || matcherOf(query).matches(parseEvent(event.line) ?? {});
        if (index >= Number(last) && isWanted) response.write(formatTailMessage({ kind: 'event', cursor: String(index + 1), event }));
      }
    }
    this.#tails.add(response);
    const onFollowed = this.#onFollowed;
    this.#onFollowed = () => {};
    onFollowed();
    response.once('close', () => this.#tails.delete(response));
  }

  async #token(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    if (request.method === 'POST') {
      const { name, tenant = 'acme', ...rest } = tokenRequest.parse(await bodyOf(request));
      const made = { id: `t${this.tokens.length + 1}`, name, tenant, ...rest, created_at: at };
      this.tokens.push(made);
      return answer(response, tokenMade, { secret: 'aat_new-secret', token: made });
    }
    if (request.method === 'GET') return answer(response, tokensAnswer, { tokens: this.tokens });
    const id = decodeURIComponent(url.pathname.slice(tokensPath.length + 1));
    const known = this.tokens.find((one) => one.id === id);
    if (known === undefined) return refuse(response, 'NOT_FOUND', `there is no token ${id}`);
    return answer(response, tokenAnswer, { ...known, revoked_at: at });
  }
}

/** Answers as a collector does. */
export function answer<T>(response: ServerResponse, message: Message<T>, value: T): void {
  response.setHeader('content-type', 'application/json; charset=utf-8');
  response.end(message.format(value));
}

type Members = Readonly<Record<string, unknown>>;

/** Refuses as a collector does. */
export function refuse(response: ServerResponse, code: WireProblemCode, detail: string, members: Members = {}): void {
  response.writeHead(problemStatus[code], { 'content-type': problemMediaType });
  response.end(formatProblem(code, detail, members));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const piece of request) pieces.push(typeof piece === 'string' ? utf8(piece) : (piece as Uint8Array));
  return Buffer.concat(pieces).toString();
}

function timeOf({ line }: ReadEvent): string {
  return text(parseEvent(line)?.['timestamp']);
}

function timeOfMs(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
