// For tests: a whole collector on the embedded store, with the logs of two tenants in it, at a clock that is moved by hand.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Completeness, formatEntriesHead, TailParser, type TailMessage, utf8 } from '@agent-audit/log';
import { ManualClock } from 'agent-audit/testing';
import { Errors } from 'typebox/schema';
import { TestLog } from '../ingest/log.test.support.ts';
import { ask, type Answer, journalOf, post } from '../server/collector.test.support.ts';
import { type Collector, startCollector } from '../server/collector.ts';

/** When the tests begin. */
export const startMs: number = Date.UTC(2026, 10, 24, 14, 0, 0);

/** What a token is to be. */
export interface TokenWish {
  readonly tenant?: string;
  readonly agent?: string;
  readonly scopes: readonly string[];
  readonly expires_at?: string;
}

/** A token, and its id. */
export interface Made {
  readonly secret: string;
  readonly id: string;
}

/** What a line says besides its place. */
export interface LineWish {
  readonly type?: string;
  readonly severity?: string;
  readonly message?: string;
  readonly atMs?: number;
  readonly [name: string]: unknown;
}

/** One agent with its log and its token. */
export class TestAgent {
  readonly name: string;
  readonly log: TestLog;
  readonly #fleet: Fleet;
  readonly #token: string;
  #shipped = 0;

  constructor(fleet: Fleet, name: string, token: string, seed: number) {
    this.#fleet = fleet;
    this.#token = token;
    this.name = name;
    this.log = new TestLog(seed, name);
  }

  /** Writes lines; their time is the clock's where they have none. */
  write(...wishes: readonly LineWish[]): this {
    for (const { atMs = this.#fleet.clock.now(), ...wish } of wishes) {
      const head = { seq: this.log.size, timestamp: new Date(atMs).toISOString(), type: 'custom', severity: 'INFO', agent_id: this.name };
      this.log.add(utf8(`${JSON.stringify({ ...head, message: `line ${this.log.size}`, ...wish })}\n`));
    }
    return this;
  }

  /** Any bytes, as a line. */
  writeRaw(text: string): this {
    this.log.add(utf8(`${text}\n`));
    return this;
  }

  /** Enrols where it must, and sends what was not sent. */
  async ship(): Promise<void> {
    if (this.#shipped === 0) await this.enrol();
    const { log } = this;
    const head = formatEntriesHead({ old: this.#shipped, size: log.size, note: log.note() });
    await this.#send('/v1/entries', Buffer.concat([utf8(head), log.bytes(this.#shipped)]));
    this.#shipped = log.size;
  }

  async enrol(): Promise<void> {
    await this.#send('/v1/logs', this.log.enrolment());
  }

  /** The same, with what was not sent before line `from` gone: a gap that nobody can close. */
  async shipFrom(from: number): Promise<void> {
    const { log } = this;
    const head = formatEntriesHead({ old: from, size: log.size, note: log.note(), base: log.base(from) });
    await this.#send('/v1/entries', Buffer.concat([utf8(head), log.bytes(from)]));
    this.#shipped = log.size;
  }

  async #send(path: string, body: string | Uint8Array): Promise<void> {
    const bytes = typeof body === 'string' ? utf8(body) : body;
    const answer = await this.#fleet.ask(path, { method: 'POST', body: new Uint8Array(bytes), token: this.#token });
    assert.equal(answer.status, 200, answer.text);
  }
}

/** What a test reads of the API's description. */
interface Description {
  readonly paths: Readonly<
    Record<
      string,
      {
        readonly get?: {
          readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, { schema: object }>> }>>;
        };
      }
    >
  >;
}

/** @see openFleet */
export class Fleet {
  readonly collector: Collector;
  readonly clock: ManualClock;
  readonly folder: string;
  readonly troubles: string[];
  #seed = 1;
  #description: Description | undefined;

  constructor(collector: Collector, clock: ManualClock, folder: string, troubles: string[]) {
    this.collector = collector;
    this.clock = clock;
    this.folder = folder;
    this.troubles = troubles;
  }

  get admin(): string {
    return this.collector.firstTokens?.admin ?? '';
  }

  ask(path: string, options: RequestInit & { readonly token?: string } = {}): Promise<Answer> {
    return ask(this.collector.url + path, options);
  }

  /** Asks for an answer that is there, and holds it against what the API's description says of it. */
  async get(path: string, token: string): Promise<Record<string, unknown>> {
    const answer = await this.ask(path, { token });
    assert.equal(answer.status, 200, `${path}: ${answer.text}`);
    const schema = await this.#schemaOf(path.split('?', 1)[0] ?? '');
    const [isDescribed, errors] = Errors(schema, answer.json);
    assert.ok(isDescribed, `${path}: ${JSON.stringify(errors)}\n${answer.text}`);
    return answer.json;
  }

  async #schemaOf(path: string): Promise<object> {
    this.#description ??= (await this.ask('/v1/openapi.json')).json as unknown as Description;
    const known = Object.entries(this.#description.paths).find(([pattern]) =>
      new RegExp(`^${pattern.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(path),
    );
    const schema = known?.[1].get?.responses['200']?.content?.['application/json']?.schema;
    assert.ok(schema !== undefined, `${path} is not described`);
    return schema;
  }

  /** A new token's secret. */
  async token(wish: TokenWish): Promise<string> {
    const made = await this.made(wish);
    return made.secret;
  }

  /** A new token. */
  async made(wish: TokenWish): Promise<Made> {
    const answer = await this.ask('/v1/tokens', { ...post({ name: 'test', ...wish }), token: this.admin });
    assert.equal(answer.status, 201, answer.text);
    const { secret, token } = answer.json as { secret: string; token: { id: string } };
    return { secret, id: token.id };
  }

  /** A new agent of a tenant, with a log that nobody knows yet. */
  async agent(tenant: string, name: string): Promise<TestAgent> {
    return new TestAgent(this, name, await this.token({ tenant, agent: name, scopes: ['ingest'] }), this.#seed++);
  }

  /** Lets time pass, as fast as the collector keeps up: it reads its tokens anew every two seconds. */
  async pass(ms: number): Promise<void> {
    const stepMs = 20_000;
    for (let left = ms; left > 0; left -= stepMs) {
      this.clock.advance(Math.min(left, stepMs));
      for (let turn = 0; (await this.ask('/readyz')).status !== 200; turn++) assert.ok(turn < 10_000, 'the store does not answer');
    }
  }

  /** What the collector wrote into its own log, of one type. */
  journal(type: string): readonly Record<string, unknown>[] {
    return journalOf(this.collector, type);
  }

  async close(): Promise<void> {
    await this.collector.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Starts a collector with nothing in it. */
export async function openFleet(): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'collector-read-'));
  const clock = new ManualClock(startMs);
  const troubles: string[] = [];
  const onTrouble = (code: string, message: string): void => void troubles.push(`${code}: ${message}`);
  const collector = await startCollector({ dataFolder: join(folder, 'data'), port: 0 }, { env: {}, clock, onTrouble });
  return new Fleet(collector, clock, folder, troubles);
}

/** What an answer says of its completeness. */
export function completenessIn(answer: Record<string, unknown>): Completeness {
  return answer['completeness'] as Completeness;
}

/** The messages of the lines in a page of events. */
export function messagesIn(answer: Record<string, unknown>): readonly string[] {
  const events = answer['events'] as readonly { readonly line: string }[];
  return events.map(({ line }) => (JSON.parse(line) as { message: string }).message);
}

/** A tail that is open. */
export class OpenTail {
  readonly status: number;
  readonly #response: Response;
  readonly #abort: AbortController;
  readonly #parser = new TailParser();
  readonly #waiting: TailMessage[] = [];
  #pieces: AsyncIterator<Uint8Array> | undefined;
  isOver = false;

  constructor(response: Response, abort: AbortController) {
    this.#response = response;
    this.#abort = abort;
    this.status = response.status;
    this.#pieces = (response.body as AsyncIterable<Uint8Array> | null)?.[Symbol.asyncIterator]();
  }

  static async open(
    fleet: Fleet,
    token: string,
    { q = '', after }: { readonly q?: string; readonly after?: string } = {},
  ): Promise<OpenTail> {
    const abort = new AbortController();
    const headers = { authorization: `Bearer ${token}`, ...(after === undefined ? {} : { 'last-event-id': after }) };
    const url = `${fleet.collector.url}/v1/tail?q=${encodeURIComponent(q)}`;
    return new OpenTail(await fetch(url, { headers, signal: abort.signal }), abort);
  }

  /** The next message; undefined where the tail has ended. */
  async next(): Promise<TailMessage | undefined> {
    while (this.#waiting.length === 0) {
      const piece = await this.#pieces?.next();
      if (piece === undefined || piece.done === true) {
        this.isOver = true;
        return undefined;
      }
      this.#waiting.push(...this.#parser.push(new TextDecoder().decode(piece.value)));
    }
    return this.#waiting.shift();
  }

  /** The message of the next event; what stands between is passed over. */
  async event(): Promise<{
    readonly text: string;
    readonly cursor: string;
    readonly event: { readonly agent: string; readonly seq: number };
  }> {
    for (;;) {
      const message = await this.next();
      assert.ok(message !== undefined && message.kind !== 'gap', JSON.stringify(message));
      if (message.kind !== 'event') continue;
      const { message: text } = JSON.parse(message.event.line) as { message: string };
      return { text, cursor: message.cursor, event: message.event };
    }
  }

  text(): Promise<string> {
    return this.#response.text();
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#pieces?.return?.().catch(() => {});
  }
}
