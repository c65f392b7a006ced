// Asks one collector: every answer is bounded, parsed by the shape that the collector writes it with, and only then trusted.
import {
  collectorPath,
  collectorUrl,
  LogError,
  type Message,
  parseProblem,
  readAnswerBytesMax,
  readApiVersion,
} from '@agent-audit/log';
import type { Invocation } from '../command.ts';
import { CliError } from '../error.ts';
import type { Io } from '../io.ts';
import { version } from '../version.ts';
import { isObject } from '../wire-values.ts';
import type { Access } from './access.ts';
import { notCollector, refused } from './failure.ts';
import { type Answer, type Ask, Transport } from './transport.ts';

/** Parameters of a request; those that are undefined are left out. */
export type Parameters = Readonly<Record<string, string | number | undefined>>;

export interface StreamOptions {
  readonly accept: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long nothing may come, in milliseconds. */
  readonly idleMs?: number;
  readonly signal?: AbortSignal;
}

/** How often a collector that is busy is asked again, and how long that may be put off, in seconds. */
const triesMax = 4;
const retrySecondsMax = 30;
const refusalBytesMax = 65_536;

/** One collector, and who asks it. */
export class Collector {
  readonly access: Access;
  readonly #io: Io;
  readonly #transport: Transport;

  constructor(access: Access, io: Io) {
    this.access = access;
    this.#io = io;
    this.#transport = new Transport(access, io);
  }

  /** For people: `collector.example:7411`. */
  get name(): string {
    return new URL(this.access.url).host;
  }

  /** @throws CliError */
  async get<T>(message: Message<T>, path: string, parameters: Parameters = {}): Promise<T> {
    return this.#parse(message, await this.#text({ method: 'GET', url: this.#urlOf(path, parameters) }, 'application/json'));
  }

  /** @throws CliError */
  async send<T>(method: 'POST' | 'DELETE', message: Message<T>, path: string, body?: string): Promise<T> {
    const ask = { method, url: this.#urlOf(path, {}), ...(body !== undefined && { body }) };
    return this.#parse(message, await this.#text(ask, 'application/json'));
  }

  /** An answer that is text by itself: a note. */
  async text(path: string): Promise<string> {
    return this.#text({ method: 'GET', url: this.#urlOf(path, {}) }, 'text/plain');
  }

  /** An answer that has no bound. Its body must be read or destroyed. */
  async stream(path: string, parameters: Parameters, options: StreamOptions): Promise<Answer> {
    const { accept, headers = {}, idleMs, signal } = options;
    const url = this.#urlOf(path, parameters);
    const answer = await this.#ask(
      { method: 'GET', url, ...(idleMs !== undefined && { idleMs }), ...(signal !== undefined && { signal }) },
      accept,
      headers,
    );
    requireType(url, answer, accept);
    return answer;
  }

  #urlOf(path: string, parameters: Parameters): URL {
    const url = collectorUrl(this.access.url, path);
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, String(value));
    return url;
  }

  async #text(ask: Pick<Ask, 'method' | 'url' | 'body'>, accept: string): Promise<string> {
    const answer = await this.#ask(ask, accept);
    requireType(ask.url, answer, accept);
    return bodyText(answer, readAnswerBytesMax, ask.url);
  }

  /** Asks, and asks again where the collector says that it is busy. Anything but a success is thrown. */
  async #ask(
    ask: Pick<Ask, 'method' | 'url' | 'body' | 'idleMs'> & { readonly signal?: AbortSignal },
    accept: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer> {
    const { token } = this.access;
    for (let tries = 1; ; tries++) {
      const answer = await this.#transport.ask({
        signal: this.#io.signal,
        ...ask,
        headers: {
          accept,
          'accept-encoding': 'identity',
          'user-agent': `agent-audit/${version}`,
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(ask.body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
      });
      if (answer.status >= 200 && answer.status < 300) return answer;
      const error = await this.#refusal(ask.url, answer);
      const isBusy = answer.status === 429 || answer.status === 503;
      if (!isBusy || tries === triesMax || this.#io.signal.aborted) throw error;
      await this.#io.wait(retrySeconds(answer) * 1_000);
    }
  }

  async #refusal(url: URL, answer: Answer): Promise<CliError> {
    const { status, headers } = answer;
    if (status >= 300 && status < 400) {
      answer.destroy();
      return notCollector(url, `it sends on to ${headers.location ?? 'another address'}, and no redirect is followed`);
    }
    const problem = parseProblem(await bodyText(answer, refusalBytesMax, url));
    if (problem !== undefined) return refused(problem, this.access);
    if (status === 502 || status === 503 || status === 504)
      return new CliError('COLLECTOR_UNREACHABLE', `${url.origin}: what stands before the collector answered ${status}; try again later`);
    return notCollector(url, `it answered ${status}, without a problem that can be read`);
  }

  async #parse<T>(message: Message<T>, body: string): Promise<T> {
    try {
      return message.parse(body);
    } catch (cause) {
      if (!(cause instanceof LogError)) throw cause;
      throw await this.#explain(cause);
    }
  }

  /** What a collector answers that cannot be read: perhaps it says itself that it is newer. */
  async #explain(cause: LogError): Promise<CliError> {
    const { url } = this.access;
    const told = `${url}: ${cause.message}; are both sides of the same version?`;
    const malformed = new CliError('COLLECTOR_ANSWER_MALFORMED', told, { cause });
    try {
      const about: unknown = JSON.parse(await this.#text({ method: 'GET', url: this.#urlOf(collectorPath, {}) }, 'application/json'));
      if (!isObject(about) || typeof about['api'] !== 'number' || about['api'] <= readApiVersion) return malformed;
      const speaks = `it speaks version ${about['api']} of the read API, this program ${readApiVersion}`;
      return new CliError('COLLECTOR_NEWER', `${url} is newer: ${speaks}; npm install -g @agent-audit/cli@latest`, { cause });
    } catch {
      // Only the first error is of interest.
      return malformed;
    }
  }
}

/** Opens a collector, and says what a person should hear before. */
export async function openCollector(access: Access, { io, errorStyle }: Pick<Invocation, 'io' | 'errorStyle'>): Promise<Collector> {
  for (const warning of access.warnings) await io.stderr.write(`${errorStyle.yellow('warning:')} ${warning}\n`);
  return new Collector(access, io);
}

function requireType(url: URL, answer: Answer, accept: string): void {
  const type = (answer.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === accept) return;
  answer.destroy();
  throw notCollector(url, `it answered with ${type === '' ? 'something of no type' : type}, not ${accept}`);
}

async function bodyText({ body }: Answer, bytesMax: number, url: URL): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    // Leaving the loop ends the connection.
    if (bytes > bytesMax) throw new CliError('COLLECTOR_ANSWER_MALFORMED', `${url.origin}: its answer has more than ${bytesMax} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function retrySeconds({ headers }: Answer): number {
  const seconds = Number(headers['retry-after'] ?? 1);
  return Number.isFinite(seconds) ? Math.min(retrySecondsMax, Math.max(0, seconds)) : 1;
}
