// For tests only: a small collector that is real. It checks signatures and roots with the package that defines them, keeps every log's
// lines and tree, and cosigns with a key of its own. And it can be told to hang, to break off, to refuse, to lie and to lose what it has.
import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import {
  appendSignature, cosign, cosignatureKeyType, type EntriesHead, equalBytes, formatEnrolled, formatProblem, formatReceipt,
  formatVerifierKey, Frontier, LineFeed, LogError, type NoteSigner, openCheckpoint, parseEnrolment, parseEntriesHead, parseEvidence,
  parseVerifierKey, problemStatus, readCheckpoint, verifierKey, type VerifierKey, type WireProblemCode,
} from '@agent-audit/log';
import { verifyEd25519 } from '../crypto.ts';

/** What a receiver does instead of what it should. */
export type Behaviour =
  /** Never answers. */
  | 'hang'
  /** Breaks off before it has looked. */
  | 'break'
  /** Stores and cosigns, then breaks off: the receipt is lost. */
  | 'lose_answer'
  /** Hears the request twice, as from a proxy that tries again; the second answer comes back. */
  | 'twice'
  /** Cosigns with a key that nobody knows, with its own and another signature, or for another size. */
  | 'other_key'
  | 'bad_signature'
  | 'other_size'
  /** Answers this. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/** One request, as it came. */
export interface Seen {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly head: EntriesHead | undefined;
  readonly lines: number;
  readonly bytes: number;
  readonly atMs: number;
}

/** A log, as the receiver has it. */
export interface KeptLog {
  readonly key: VerifierKey;
  frontier: Frontier;
  lines: string[];
  /** With the cosignature. */
  note: string | undefined;
  /** Ranges that it never got. */
  gaps: [number, number][];
  /** It was shown a newer note of its own than it has. */
  hasLost: boolean;
  evidence: { readonly kind: string; readonly note: string; readonly message: string }[];
}

export function cosignerNamed(name: string): NoteSigner {
  const { privateKey } = generateKeyPairSync('ed25519');
  const publicKey = new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32));
  return { key: verifierKey(name, cosignatureKeyType, publicKey), sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

interface ReceiverOptions {
  readonly tls?: { readonly key: string; readonly cert: string };
  readonly signer?: NoteSigner;
}

class Refusal extends Error {
  readonly code: WireProblemCode;
  readonly members: Record<string, unknown>;

  constructor(code: WireProblemCode, detail: string, members: Record<string, unknown> = {}) {
    super(detail);
    this.code = code;
    this.members = members;
  }
}

export class Receiver {
  readonly signer: NoteSigner;
  readonly logs: Map<string, KeptLog> = new Map();
  readonly seen: Seen[] = [];
  token: string | undefined;
  /** Asked for each request, which it may change the answer to. */
  behave: (path: string, count: number) => Behaviour | undefined = () => undefined;
  readonly #server: Server;
  readonly #scheme: string;
  readonly #sockets = new Set<Socket>();

  constructor({ tls, signer = cosignerNamed('collector.example') }: ReceiverOptions) {
    this.signer = signer;
    const handle = (request: IncomingMessage, response: ServerResponse): void => void this.#handle(request, response);
    this.#server = tls === undefined ? createServer(handle) : createTlsServer(tls, handle);
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  /** On a free port, until the test ends. */
  static async start(t: TestContext, options: ReceiverOptions = {}): Promise<Receiver> {
    const receiver = new Receiver(options);
    await receiver.listen(0);
    t.after(() => receiver.close());
    return receiver;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(port, '127.0.0.1', resolve);
    });
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  get url(): string {
    return `${this.#scheme}://127.0.0.1:${this.port}`;
  }

  get vkey(): string {
    return formatVerifierKey(this.signer.key);
  }

  /** The only log, or the last one that was enrolled. */
  get log(): KeptLog | undefined {
    return [...this.logs.values()].at(-1);
  }

  sizeOf(origin: string): number {
    return this.logs.get(origin)?.frontier.size ?? 0;
  }

  /** Forgets all lines from this one on, as a restored database would; `note`: what it had cosigned there. */
  loseFrom(origin: string, size: number, note: string | undefined): void {
    const log = this.logs.get(origin);
    if (log === undefined) return;
    const feed = new LineFeed(Frontier.empty());
    log.lines = log.lines.slice(0, size);
    const bytes = Buffer.from(log.lines.map((line) => `${line}\n`).join(''));
    feed.push(bytes, 0, bytes.length);
    log.frontier = feed.frontier;
    log.note = note;
  }

  /** What the key that it is given would have cosigned. */
  cosigned(note: string, signer: NoteSigner = this.signer): string {
    return appendSignature(note, cosign(note, signer, 1_800_000_000));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Uint8Array[] = [];
    try {
      for await (const piece of request) if (piece instanceof Uint8Array) pieces.push(piece);
    } catch {
      return;
    }
    const path = request.url ?? '';
    const raw = Buffer.concat(pieces);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    const { head, lines } = path === '/v1/entries' ? split(body) : { head: undefined, lines: Buffer.alloc(0) };
    const { authorization } = request.headers;
    const count = lines.toString('utf8').split('\n').length - 1;
    this.seen.push({ path, authorization, head, lines: count, bytes: lines.length, atMs: performance.now() });
    const behaviour = this.behave(path, this.seen.length);
    if (behaviour === 'hang') return;
    if (behaviour === 'break') {
      request.socket.destroy();
      return;
    }
    if (typeof behaviour === 'object') {
      response.writeHead(behaviour.status, behaviour.headers ?? {}).end(behaviour.body ?? '');
      return;
    }
    try {
      if (this.token !== undefined && authorization !== `Bearer ${this.token}`) throw new Refusal('TOKEN_INVALID', 'not this token');
      if (head !== undefined && behaviour === 'twice') this.#entries(head, lines, undefined);
      const text = head === undefined ? this.#other(path, body.toString('utf8')) : this.#entries(head, lines, behaviour);
      if (behaviour === 'lose_answer') request.socket.destroy();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    } catch (error) {
      const { code, members } = error instanceof Refusal ? error : new Refusal('REQUEST_MALFORMED', '');
      const problem = formatProblem(code, error instanceof Error ? error.message : String(error), members);
      response.writeHead(problemStatus[code], { 'content-type': 'application/problem+json' }).end(problem);
    }
  }

  #other(path: string, body: string): string {
    if (path === '/v1/logs') return this.#enrol(body);
    const id = /^\/v1\/logs\/([0-9a-f]{32})\/evidence$/.exec(path)?.[1];
    const log = [...this.logs].find(([origin]) => origin.endsWith(`/${id}`))?.[1];
    if (id === undefined || log === undefined) throw new Refusal('NOT_FOUND', path);
    log.evidence.push(parseEvidence(body));
    return '{}';
  }

  #enrol(body: string): string {
    const { vkey, note } = parseEnrolment(body);
    const key = parseVerifierKey(vkey);
    openCheckpoint(note, key, verifyEd25519);
    const fresh: KeptLog = { key, frontier: Frontier.empty(), lines: [], note: undefined, gaps: [], hasLost: false, evidence: [] };
    const log = this.logs.get(key.name) ?? fresh;
    this.logs.set(key.name, log);
    const cosigners = [this.vkey];
    return formatEnrolled({ size: log.frontier.size, cosigners, ...(log.note === undefined ? {} : { note: log.note }) });
  }

  #entries(head: EntriesHead, bytes: Uint8Array, behaviour: Behaviour | undefined): string {
    const log = this.logs.get(readCheckpoint(head.note).origin);
    if (log === undefined) throw new Refusal('LOG_UNKNOWN', 'enrol it');
    const { size, root } = opened(head.note, log.key);
    if (size !== head.size) throw new Refusal('REQUEST_MALFORMED', 'size');
    const seenSize = head.seen === undefined ? 0 : readCheckpoint(head.seen).size;
    if (seenSize > log.frontier.size) log.hasLost = true;
    if (log.evidence.length > 0) throw new Refusal('LOG_FORKED', 'it has two histories', { note: log.note });
    const { base } = head;
    let frontier = log.frontier.clone();
    if (base !== undefined && base.size > frontier.size) {
      frontier = Frontier.from(base.size, base.frontier);
      if (!equalBytes(frontier.root(), opened(base.note, log.key).root)) throw new Refusal('ROOT_MISMATCH', 'base');
    } else if (head.old !== frontier.size) {
      throw new Refusal('SIZE_CONFLICT', 'another size', { size: frontier.size, ...(log.note === undefined ? {} : { note: log.note }) });
    }
    const { consumed } = new LineFeed(frontier, { full: true }).push(bytes, 0, bytes.length);
    if (consumed !== bytes.length || frontier.size !== size || !equalBytes(frontier.root(), root)) {
      throw new Refusal('ROOT_MISMATCH', 'the lines have another root', { note: log.note });
    }
    if (base !== undefined && base.size > log.frontier.size) log.gaps.push([log.frontier.size, base.size]);
    log.frontier = frontier;
    if (bytes.length > 0) log.lines.push(...Buffer.from(bytes).toString('utf8').slice(0, -1).split('\n'));
    return this.#receipt(head.note, size, log, behaviour);
  }

  #receipt(note: string, size: number, log: KeptLog, behaviour: Behaviour | undefined): string {
    const seconds = Math.floor(Date.now() / 1_000);
    const cosignature = cosign(note, this.signer, seconds);
    log.note = appendSignature(note, cosignature);
    if (behaviour === 'other_key') return formatReceipt({ size, cosignature: cosign(note, cosignerNamed('collector.example'), seconds) });
    if (behaviour === 'other_size') return formatReceipt({ size: size + 1, cosignature });
    if (behaviour !== 'bad_signature') return formatReceipt({ size, cosignature });
    const { key } = this.signer;
    return formatReceipt({ size, cosignature: cosign(note, { key, sign: () => new Uint8Array(64) }, seconds) });
  }
}

function opened(note: string, key: VerifierKey): ReturnType<typeof openCheckpoint> {
  try {
    return openCheckpoint(note, key, verifyEd25519);
  } catch (error) {
    throw error instanceof LogError ? new Refusal('SIGNATURE_INVALID', error.message) : error;
  }
}

function split(body: Buffer): { head: EntriesHead; lines: Buffer } {
  const end = body.indexOf('\n');
  return { head: parseEntriesHead(body.subarray(0, end).toString('utf8')), lines: body.subarray(end + 1) };
}

/** Comes back once something is so, whenever that is; `step` is done before each look. The test's own timeout is the only limit. */
export async function until(isSo: () => boolean, step: () => void = () => {}): Promise<void> {
  while (!isSo()) {
    step();
    await sleep(2);
  }
}
