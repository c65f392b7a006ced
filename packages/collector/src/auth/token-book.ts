// The tokens as this process knows them: read from the store every two seconds, so that several collectors on one store agree, and so that
// a revocation reaches streams that are open.
import { timingSafeEqual } from 'node:crypto';
import type { Clock, Timer } from '../clock.ts';
import type { Principal } from '../principal.ts';
import type { Refusal } from '../refusal.ts';
import { StoreRefusals } from '../store-refusal.ts';
import type { TokenRecord, TokenStore } from '../store/store.ts';
import type { TokenWatch } from './authorise.ts';
import { sha256Of } from './secret.ts';

/** How often the store is asked for its tokens. */
const refreshMs = 2_000;
/** For so long what was read last counts while the store does not answer. */
const staleMsMax = 30_000;

/** What is known of a token that somebody gave. */
export type TokenJudgement =
  | { readonly kind: 'valid'; readonly token: TokenRecord }
  | { readonly kind: 'expired' | 'revoked'; readonly token: TokenRecord }
  | { readonly kind: 'unknown' }
  /** The store has not answered for too long to be sure of anything. */
  | { readonly kind: 'stale' };

/** All tokens, by the hash of their secret. */
export class TokenBook implements TokenWatch {
  readonly #store: TokenStore;
  readonly #clock: Clock;
  readonly #watched = new Map<string, Set<() => void>>();
  readonly #refusals: StoreRefusals;
  #byHash: ReadonlyMap<string, TokenRecord> = new Map();
  #byId: ReadonlyMap<string, TokenRecord> = new Map();
  #readAtMs = -Infinity;
  #timer: Timer | undefined;
  #closed = false;
  /** Refreshes follow one another, so that an older answer never takes the place of a newer one. */
  #reading: Promise<void> = Promise.resolve();

  constructor(store: TokenStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#refusals = new StoreRefusals(() => clock.monotonicMs());
  }

  /**
   * Reads all tokens, and goes on reading them.
   * @throws what the store throws
   */
  async open(): Promise<void> {
    await this.refresh();
    this.#schedule();
  }

  /** No more reading; streams that are watched hear nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#timer?.cancel();
    this.#watched.clear();
    await this.#reading.catch(() => {});
  }

  /** All tokens, oldest first. */
  get tokens(): readonly TokenRecord[] {
    return [...this.#byHash.values()].toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  }

  /** Milliseconds since the store was asked and answered. */
  get silentMs(): number {
    return this.#clock.monotonicMs() - this.#readAtMs;
  }

  /** With what the store refuses to be asked; undefined where it answers, or does not answer at all. */
  get storeRefusal(): Refusal | undefined {
    return this.#refusals.now;
  }

  /** What is known of a secret. */
  judge(secret: string): TokenJudgement {
    if (this.silentMs > staleMsMax) return { kind: 'stale' };
    const hash = sha256Of(secret);
    const token = this.#byHash.get(hash);
    if (token === undefined || !timingSafeEqual(Buffer.from(hash), Buffer.from(token.secretSha256))) return { kind: 'unknown' };
    return this.#judgementOf(token);
  }

  /** The same of a token that was shown before. */
  judgeById(tokenId: string): TokenJudgement {
    if (this.silentMs > staleMsMax) return { kind: 'stale' };
    const token = this.#byId.get(tokenId);
    return token === undefined ? { kind: 'unknown' } : this.#judgementOf(token);
  }

  /** Adds a token, or changes it. It counts here when the promise resolves, and at other collectors a moment later. */
  async put(token: TokenRecord): Promise<void> {
    await this.#store.put(token);
    await this.refresh();
  }

  /** Reads all tokens now. */
  refresh(): Promise<void> {
    this.#reading = this.#reading.catch(() => {}).then(async () => this.#read());
    return this.#reading;
  }

  watch(principal: Principal, onRevoked: () => void): () => void {
    const watchers = this.#watched.get(principal.tokenId) ?? new Set();
    this.#watched.set(principal.tokenId, watchers.add(onRevoked));
    return () => {
      watchers.delete(onRevoked);
      if (watchers.size === 0 && this.#watched.get(principal.tokenId) === watchers) this.#watched.delete(principal.tokenId);
    };
  }

  async #read(): Promise<void> {
    const startedMs = this.#clock.monotonicMs();
    const tokens = await this.#store.tokens().catch((error: unknown) => {
      this.#refusals.failed(error);
      throw error;
    });
    this.#refusals.worked();
    this.#byHash = new Map(tokens.map((token) => [token.secretSha256, token]));
    this.#byId = new Map(tokens.map((token) => [token.tokenId, token]));
    this.#readAtMs = startedMs;
    this.#endStreams();
  }

  #schedule(): void {
    this.#timer = this.#clock.after(refreshMs, () => {
      void this.refresh()
        .catch(() => {
          // The next refresh may succeed; until one does, judge() says `stale`, and no stream outlives that.
          if (this.silentMs > staleMsMax) for (const tokenId of this.#watched.keys()) this.#end(tokenId);
        })
        .then(() => {
          if (!this.#closed) this.#schedule();
        });
    });
  }

  #endStreams(): void {
    const living = new Set(this.tokens.filter((token) => this.#endOf(token) === undefined).map(({ tokenId }) => tokenId));
    for (const tokenId of this.#watched.keys()) if (!living.has(tokenId)) this.#end(tokenId);
  }

  #end(tokenId: string): void {
    const watchers = this.#watched.get(tokenId) ?? [];
    this.#watched.delete(tokenId);
    for (const onRevoked of watchers) onRevoked();
  }

  #judgementOf(token: TokenRecord): TokenJudgement {
    const end = this.#endOf(token);
    return end === undefined ? { kind: 'valid', token } : { kind: end, token };
  }

  #endOf({ revokedAtMs, expiresAt }: TokenRecord): 'revoked' | 'expired' | undefined {
    if (revokedAtMs !== undefined) return 'revoked';
    return expiresAt !== undefined && expiresAt.getTime() <= this.#clock.now() ? 'expired' : undefined;
  }
}
