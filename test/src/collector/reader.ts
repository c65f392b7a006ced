// What anybody sees of a collector from outside: its read API, asked with a token of that scope.
import {
  agentsAnswer,
  agentsPath,
  alarmsAnswer,
  alarmsPath,
  type Completeness,
  countAnswer,
  countPath,
  decodeBase64,
  eventsAnswer,
  eventsPath,
  exportPath,
  parseOrigin,
  parseProblem,
  parseVerifierKey,
  type Policy,
  policyOfLog,
  type PolicyWitness,
  type ProvenEvent,
  proofAnswer,
  proofPath,
  type ReadAgent,
  type ReadAlarm,
  type ReadEvent,
  tailPath,
  tokenMade,
  tokenPath,
  tokenRequest,
  type TokenScope,
  tokensPath,
  verifyProof,
} from '@agent-audit/log';
import { verifyEd25519 } from 'agent-audit/files';

/** What a request came to. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Of a problem, its code. */
  readonly code: string | undefined;
}

const pageEvents = 1_000;

function answerOf(status: number, text: string): Answer {
  return { status, text, code: parseProblem(text)?.code };
}

/** Asks a collector, wherever it is at the moment. */
export class Reader {
  readonly #url: () => string;
  readonly #token: string;

  constructor(url: () => string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** Any request, whatever comes of it. */
  async ask(path: string, options: RequestInit = {}): Promise<Answer> {
    const headers = new Headers(options.headers);
    if (!headers.has('authorization')) headers.set('authorization', `Bearer ${this.#token}`);
    const response = await fetch(`${this.#url()}${path}`, { ...options, headers });
    return answerOf(response.status, await response.text());
  }

  /** As ask, without the body of what is no refusal: a tail's never ends. */
  async refusal(path: string): Promise<Answer> {
    const response = await fetch(`${this.#url()}${path}`, { headers: { authorization: `Bearer ${this.#token}` } });
    const { status } = response;
    if (status !== 200) return answerOf(status, await response.text());
    await response.body?.cancel();
    return { status, text: '', code: undefined };
  }

  /** The body of an answer that is none of a problem. */
  async get(path: string): Promise<string> {
    const { status, text } = await this.ask(path);
    if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
    return text;
  }

  async agents(): Promise<readonly ReadAgent[]> {
    return agentsAnswer.parse(await this.get(`${agentsPath}?limit=1000`)).agents;
  }

  /** The log of an origin; undefined where the collector does not know it. */
  async log(origin: string): Promise<ReadAgent | undefined> {
    return (await this.agents()).find((agent) => agent.origin === origin);
  }

  async alarms(): Promise<readonly ReadAlarm[]> {
    return alarmsAnswer.parse(await this.get(`${alarmsPath}?limit=1000`)).alarms;
  }

  /** Every event that a search finds, page by page, in the order of seq; and how complete the answer was. */
  async events(search: string): Promise<{ readonly events: readonly ReadEvent[]; readonly completeness: Completeness }> {
    const found: ReadEvent[] = [];
    const base = `${eventsPath}?order=asc&limit=${pageEvents}&q=${encodeURIComponent(search)}`;
    for (let path = base; ; ) {
      const { events, next, completeness } = eventsAnswer.parse(await this.get(path));
      found.push(...events);
      if (next === undefined) return { events: found.toSorted((a, b) => a.seq - b.seq), completeness };
      path = `${base}&cursor=${encodeURIComponent(next)}`;
    }
  }

  async count(search: string): Promise<{ readonly count: number; readonly completeness: Completeness }> {
    return countAnswer.parse(await this.get(`${countPath}?q=${encodeURIComponent(search)}`));
  }

  /** The raw lines that a search finds, without LF, byte for byte, as they come. */
  async exported(search: string): Promise<readonly Buffer[]> {
    const url = `${this.#url()}${exportPath}?format=ndjson&q=${encodeURIComponent(search)}`;
    const response = await fetch(url, { headers: { authorization: `Bearer ${this.#token}` } });
    if (response.status !== 200) throw new Error(`the export answered ${response.status}: ${await response.text()}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    const found: Buffer[] = [];
    for (let at = 0, end = bytes.indexOf('\n'); end >= 0; at = end + 1, end = bytes.indexOf('\n', at)) found.push(bytes.subarray(at, end));
    return found;
  }

  /**
   * The proof of a line, verified with what is known from elsewhere.
   * @param vkey the log's key, as its own files have it
   * @param cosigner the collector's key, as it said at its start
   */
  async proven(vkey: string, seq: number, cosigner: string): Promise<ProvenEvent & { readonly line: Buffer }> {
    const key = parseVerifierKey(vkey);
    const answer = proofAnswer.parse(await this.get(proofPath(parseOrigin(key.name).logId, seq)));
    const line = decodeBase64(answer.line_base64) ?? new Uint8Array(0);
    const witness: PolicyWitness = { kind: 'witness', name: 'collector', key: parseVerifierKey(cosigner) };
    const policy: Policy = { ...policyOfLog(key), witnesses: [witness], quorum: witness };
    const proven = verifyProof({ event: line, proof: answer.proof, policy, verify: verifyEd25519 });
    return { ...proven, line: Buffer.from(line) };
  }

  /** Makes a token, where this one is an admin's. */
  async makeToken(scopes: readonly TokenScope[], tenant = 'default'): Promise<{ readonly id: string; readonly secret: string }> {
    const body = tokenRequest.format({ name: `for ${scopes.join(' and ')}`, tenant, scopes });
    const { status, text } = await this.ask(tokensPath, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    if (status !== 201) throw new Error(`no token was made: ${status} ${text}`);
    const { secret, token } = tokenMade.parse(text);
    return { id: token.id, secret };
  }

  async revoke(tokenId: string): Promise<void> {
    const { status, text } = await this.ask(tokenPath(tokenId), { method: 'DELETE' });
    if (status !== 200) throw new Error(`the token was not revoked: ${status} ${text}`);
  }

  /** What comes over a tail, until it ends or the signal ends it. */
  tail(signal?: AbortSignal): Promise<Response> {
    const headers = { authorization: `Bearer ${this.#token}` };
    return fetch(`${this.#url()}${tailPath}`, { headers, ...(signal === undefined ? {} : { signal }) });
  }
}
