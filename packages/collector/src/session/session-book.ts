// The sessions of browsers, in memory: a restart ends them all, and so does whatever ends their token. Of a session's secret only the hash
// is kept, so that a dump of the memory signs nobody in.
import { createHash, randomBytes } from 'node:crypto';
import type { TokenBook } from '../auth/token-book.ts';
import type { Clock, Timer } from '../clock.ts';
import type { Journal } from '../own-log/journal.ts';
import type { Principal } from '../principal.ts';

/** How long sessions last, and how many there are. */
export interface SessionLimits {
  /** Without a request and without a tail. */
  readonly idleMsMax: number;
  readonly ageMsMax: number;
  readonly perToken: number;
  readonly inAll: number;
}

const hourMs = 3_600_000;
const limitsByDefault: SessionLimits = { idleMsMax: 8 * hourMs, ageMsMax: 24 * hourMs, perToken: 32, inAll: 2_000 };
/** How often it is looked for sessions that are over. */
const sweepMs = 2_000;

/** Why a session ended. */
type SessionEnd = 'signed out' | 'signed in anew' | 'idle' | 'too old' | 'the token was revoked or expired' | 'too many sessions';

/** A moment, by both clocks: one may jump, the other stands still while the machine sleeps. */
interface Moment {
  readonly wallMs: number;
  readonly monotonicMs: number;
}

interface Session {
  /** May be shown and written down; it opens nothing. */
  readonly id: string;
  readonly hash: string;
  readonly by: Principal;
  readonly openedAt: Moment;
  usedAt: Moment;
  /** Streams that are open. */
  readonly watchers: Set<() => void>;
}

export interface SessionBookParts {
  readonly tokens: TokenBook;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly limits?: Partial<SessionLimits>;
}

/** All sessions. The one that was used least recently comes first. */
export class SessionBook {
  readonly #tokens: TokenBook;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #limits: SessionLimits;
  readonly #byHash = new Map<string, Session>();
  readonly #byId = new Map<string, Session>();
  #timer: Timer | undefined;

  constructor({ tokens, journal, clock, limits }: SessionBookParts) {
    this.#tokens = tokens;
    this.#journal = journal;
    this.#clock = clock;
    this.#limits = { ...limitsByDefault, ...limits };
  }

  /** How many are open. */
  get count(): number {
    return this.#byHash.size;
  }

  /** Opens one for whoever showed a token, and tells its secret, which nobody can tell again. */
  open(by: Principal, details: Readonly<Record<string, unknown>>): string {
    this.#makeRoom(by.tokenId);
    const secret = randomBytes(32).toString('base64url');
    const now = this.#now();
    const id = `s-${randomBytes(6).toString('hex')}`;
    const session: Session = { id, hash: hashOf(secret), by: { ...by, session: id }, openedAt: now, usedAt: now, watchers: new Set() };
    this.#byHash.set(session.hash, session);
    this.#byId.set(id, session);
    this.#journal.record({ type: 'signed_in', message: `Signed in: ${by.name}`, by: session.by, outcome: 'success', details });
    this.#timer ??= this.#clock.after(sweepMs, this.#sweep);
    return secret;
  }

  /** The session that a secret opens, which counts as used now; undefined where none does. */
  use(secret: string): { readonly id: string; readonly tokenId: string } | undefined {
    const session = this.#byHash.get(hashOf(secret));
    if (session === undefined || this.#endIfOver(session)) return undefined;
    session.usedAt = this.#now();
    this.#byHash.delete(session.hash);
    this.#byHash.set(session.hash, session);
    return { id: session.id, tokenId: session.by.tokenId };
  }

  /** Ends one, if it is open. */
  end(id: string, why: SessionEnd): void {
    const session = this.#byId.get(id);
    if (session === undefined) return;
    this.#byId.delete(id);
    this.#byHash.delete(session.hash);
    const { by, watchers } = session;
    this.#journal.record({ type: 'signed_out', message: `Signed out: ${by.name}`, by, outcome: 'success', details: { why } });
    for (const onEnd of watchers) onEnd();
    watchers.clear();
  }

  /** @see SessionKeeper.watch */
  watch(id: string, onEnd: () => void): () => void {
    const session = this.#byId.get(id);
    if (session === undefined) {
      onEnd();
      return () => {};
    }
    session.watchers.add(onEnd);
    return () => {
      // Whoever followed until now was not idle.
      if (session.watchers.delete(onEnd)) session.usedAt = this.#now();
    };
  }

  /** No more looking; streams that are watched hear nothing more. */
  close(): void {
    this.#timer?.cancel();
    this.#byHash.clear();
    this.#byId.clear();
  }

  readonly #sweep = (): void => {
    for (const session of this.#byHash.values()) this.#endIfOver(session);
    this.#timer = this.count === 0 ? undefined : this.#clock.after(sweepMs, this.#sweep);
  };

  #endIfOver(session: Session): boolean {
    const why = this.#endOf(session);
    if (why !== undefined) this.end(session.id, why);
    return why !== undefined;
  }

  #endOf({ by, openedAt, usedAt, watchers }: Session): SessionEnd | undefined {
    const { kind } = this.#tokens.judgeById(by.tokenId);
    // A store that is silent ends no session: whether the token is still good is asked with every request anyway.
    if (kind !== 'valid' && kind !== 'stale') return 'the token was revoked or expired';
    if (this.#since(openedAt) >= this.#limits.ageMsMax) return 'too old';
    return watchers.size === 0 && this.#since(usedAt) >= this.#limits.idleMsMax ? 'idle' : undefined;
  }

  /** One token's sessions never push out those of another while there is room. */
  #makeRoom(tokenId: string): void {
    const own = [...this.#byHash.values()].filter(({ by }) => by.tokenId === tokenId);
    const [oldestOwn] = own;
    const [oldest] = this.#byHash.values();
    if (oldestOwn !== undefined && own.length >= this.#limits.perToken) this.end(oldestOwn.id, 'too many sessions');
    else if (oldest !== undefined && this.count >= this.#limits.inAll) this.end(oldest.id, 'too many sessions');
  }

  #now(): Moment {
    return { wallMs: this.#clock.now(), monotonicMs: this.#clock.monotonicMs() };
  }

  #since({ wallMs, monotonicMs }: Moment): number {
    return Math.max(this.#clock.now() - wallMs, this.#clock.monotonicMs() - monotonicMs);
  }
}

/** The secret has 256 bits of chance, so that no slow hash is needed. */
function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
