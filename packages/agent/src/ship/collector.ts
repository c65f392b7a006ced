// A collector, as the wire has it: each request and what its answer means. What is no answer of a collector is thrown as a trouble.
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import {
  collectorUrl, type Conflict, type Enrolled, type EntriesHead, entriesPath, type Evidence, evidencePath, formatEnrolment,
  formatEntriesHead, formatEvidence, LogError, logsPath, parseConflict, parseEnrolled, parseProblem, parseReceipt, type Receipt, utf8,
  type WireProblem,
} from '@agent-audit/log';
import type { Clock } from '../clock.ts';
import { messageOf } from '../error.ts';
import { version } from '../version.ts';
import { type HttpAnswer, HttpClient } from './http.ts';
import type { RemoteJob } from './messages.ts';
import { readRetryAfter } from './pace.ts';
import { proxyFor } from './proxy.ts';
import type { Tokens } from './token.ts';
import { refusedBy, type ShipTrouble, unreachable } from './trouble.ts';

/** What a collector says to lines. */
export type EntriesAnswer =
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  | { readonly kind: 'conflict'; readonly conflict: Conflict }
  /** It does not know the log. */
  | { readonly kind: 'unknown' }
  /** It, or something before it, takes less at a time. */
  | { readonly kind: 'too_large'; readonly why: string }
  /** It will never take these. */
  | { readonly kind: 'final'; readonly problem: WireProblem };

const compress = promisify(gzip);
const operatorNext = "Nothing is to be done at the agent: the collector's operator must act";
const forbiddenNext = 'Give the agent a token for this log (option remoteToken), or correct it at the collector';

/** Asks one collector. */
export class Collector {
  readonly #job: Pick<RemoteJob, 'endpoint' | 'ca' | 'proxies'>;
  readonly #tokens: Tokens;
  readonly #clock: Clock;
  readonly #client: HttpClient;

  constructor(job: Pick<RemoteJob, 'endpoint' | 'ca' | 'proxies'>, tokens: Tokens, clock: Clock) {
    this.#job = job;
    this.#tokens = tokens;
    this.#clock = clock;
    const url = new URL(job.endpoint);
    this.#client = new HttpClient({ clock, isSecure: url.protocol === 'https:', ca: job.ca, proxy: proxyFor(url, job.proxies) });
  }

  /**
   * Sends lines, or none: a heartbeat.
   * @throws ShipTrouble
   */
  async entries(head: EntriesHead, lines: Uint8Array): Promise<EntriesAnswer> {
    const body = await compress(Buffer.concat([utf8(formatEntriesHead(head)), lines]), { level: 1 });
    const answer = await this.#post(entriesPath, body, { 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' });
    if (answer.status === 200) return { kind: 'receipt', receipt: this.#parsed(() => parseReceipt(answer.body)) };
    const problem = parseProblem(answer.body);
    switch (problem?.code) {
      case 'LOG_UNKNOWN':
        return { kind: 'unknown' };
      case 'SIZE_CONFLICT':
        return { kind: 'conflict', conflict: this.#parsed(() => parseConflict(problem.members)) };
      case 'LOG_FORKED':
      case 'ROOT_MISMATCH':
        return { kind: 'final', problem };
      default:
        if (answer.status === 413) return { kind: 'too_large', why: problem?.detail ?? 'status 413' };
        throw this.#trouble(answer, problem);
    }
  }

  /**
   * Makes the log known; again is a no-op.
   * @throws ShipTrouble
   */
  async enrol(vkey: string, note: string): Promise<Enrolled> {
    const answer = await this.#post(logsPath, utf8(formatEnrolment({ vkey, note })), { 'content-type': 'application/json' });
    if (answer.status === 200 || answer.status === 201) return this.#parsed(() => parseEnrolled(answer.body));
    throw this.#trouble(answer, parseProblem(answer.body));
  }

  /**
   * Hands in what can never be right.
   * @throws ShipTrouble
   */
  async evidence(logId: string, evidence: Evidence): Promise<void> {
    const answer = await this.#post(evidencePath(logId), utf8(formatEvidence(evidence)), { 'content-type': 'application/json' });
    if (answer.status < 200 || answer.status > 299) throw this.#trouble(answer, parseProblem(answer.body));
  }

  /** Ends what is under way. */
  close(): void {
    this.#client.close();
  }

  /** A token may have been replaced in this moment: it is looked for once more. */
  async #post(path: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<HttpAnswer> {
    const token = await this.#tokens.now();
    const answer = await this.#postWith(token, path, body, headers);
    if (answer.status !== 401) return answer;
    this.#tokens.forget();
    const fresh = await this.#tokens.now();
    return fresh === token ? answer : this.#postWith(fresh, path, body, headers);
  }

  async #postWith(
    token: string | undefined,
    path: string,
    body: Uint8Array,
    headers: Readonly<Record<string, string>>,
  ): Promise<HttpAnswer> {
    const own = { accept: 'application/json, application/problem+json', 'user-agent': `agent-audit/${version}` };
    const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const url = collectorUrl(this.#job.endpoint, path);
    try {
      return await this.#client.post({ url, headers: { ...own, ...headers, ...bearer }, body });
    } catch (cause) {
      throw unreachable(this.#job.endpoint, reasonOf(cause));
    }
  }

  /** What calls itself an answer of a collector, and is none, comes from something that stands in its place. */
  #parsed<T>(parse: () => T): T {
    try {
      return parse();
    } catch (cause) {
      if (!(cause instanceof LogError)) throw cause;
      throw unreachable(this.#job.endpoint, `its answer is not that of a collector (${cause.message})`);
    }
  }

  #trouble({ status, retryAfter, location }: HttpAnswer, problem: WireProblem | undefined): ShipTrouble {
    const { endpoint } = this.#job;
    const waitMs = readRetryAfter(retryAfter, this.#clock.now());
    const said = problem === undefined ? `status ${status}` : `${problem.code}, ${problem.detail}`;
    if (problem?.code === 'STORE_REFUSED') return refusedBy(endpoint, said, operatorNext, waitMs);
    if (status === 429 || status >= 500) return unreachable(endpoint, said, waitMs);
    if (status >= 300 && status < 400) {
      return refusedBy(endpoint, `it points to ${location ?? 'another place'}`, 'Give that as remoteEndpoint: a token goes nowhere else');
    }
    if (status === 401 || status === 403) return refusedBy(endpoint, said, forbiddenNext, waitMs);
    if (status === 404) return unreachable(endpoint, `no collector is there (${said}); look at remoteEndpoint`, waitMs);
    return refusedBy(endpoint, said, 'Look at remoteEndpoint, and at the versions of both sides', waitMs);
  }
}

/** Where every address of a host fails there are several reasons in one. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return [...new Set(cause.errors.map(messageOf))].join('; ');
  return messageOf(cause);
}
