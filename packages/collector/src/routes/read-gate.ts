// Who reads passes here: known, neither too often nor too much at once, and ended where nobody waits for the answer any more.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authorise } from '../auth/authorise.ts';
import type { Clock } from '../clock.ts';
import type { Rate } from '../ingest/limits.ts';
import { RateLimiter } from '../ingest/rate-limiter.ts';
import { type Principal, type Visible, visibleTo } from '../principal.ts';
import { Refusal } from '../refusal.ts';

/** How much is read at once. Beyond it, readers are told to come again. */
export interface ReadLimits {
  /** Requests of one token. A console asks for half a dozen things at a time. */
  readonly requests: Rate;
  /** Requests of one token that are being answered. */
  readonly atOncePerToken: number;
  /** Requests of all tokens that are being answered: what the store is asked at a time. */
  readonly atOnce: number;
  /** Tails at a time: of all tokens, and of one. */
  readonly tails: number;
  readonly tailsPerToken: number;
}

/** What a collector of two cores answers. */
export const defaultReadLimits: ReadLimits = {
  requests: { perSecond: 50, burst: 200 },
  atOncePerToken: 16,
  atOnce: 64,
  tails: 256,
  tailsPerToken: 32,
};

/** Somebody who reads. */
export interface Reader {
  readonly principal: Principal;
  readonly visible: Visible;
  /** Aborted when the other side goes away before it has its answer. */
  readonly signal: AbortSignal;
}

/** One for all reading routes. */
export class ReadGate {
  readonly #authorise: Authorise;
  readonly #limits: ReadLimits;
  readonly #rate: RateLimiter;
  readonly #principals = new WeakMap<FastifyRequest, Principal>();
  readonly #perToken = new Map<string, number>();
  #atOnce = 0;

  constructor(authorise: Authorise, clock: Clock, limits: ReadLimits) {
    this.#authorise = authorise;
    this.#limits = limits;
    this.#rate = new RateLimiter(clock, limits.requests, 'requests');
  }

  /** For `onRequest`: before anything else is read of the request. */
  readonly enter = async (request: FastifyRequest): Promise<void> => {
    const principal = this.#authorise(request, 'read');
    this.#rate.take(principal.tokenId);
    this.#principals.set(request, principal);
  };

  /** Who asks. A route that forgot to enter is guarded all the same. */
  principalOf(request: FastifyRequest): Principal {
    return this.#principals.get(request) ?? this.#authorise(request, 'read');
  }

  /**
   * Holds a place for a request until its answer is sent or given up.
   * @throws Refusal RATE_LIMITED, UNAVAILABLE
   */
  admit(request: FastifyRequest, reply: FastifyReply): Reader {
    const principal = this.principalOf(request);
    const { tokenId } = principal;
    const own = this.#perToken.get(tokenId) ?? 0;
    if (own >= this.#limits.atOncePerToken)
      throw new Refusal('RATE_LIMITED', `this token has ${own} requests under way; wait for one of them to end`, { retryAfterSeconds: 1 });
    if (this.#atOnce >= this.#limits.atOnce)
      throw new Refusal('UNAVAILABLE', 'the collector answers as many readers as it may; come again', { retryAfterSeconds: 2 });
    this.#perToken.set(tokenId, own + 1);
    this.#atOnce++;
    const controller = new AbortController();
    // Once for every answer: when its last byte is handed over, and when the connection breaks.
    reply.raw.once('close', () => {
      this.#leave(tokenId);
      if (!reply.raw.writableFinished) controller.abort(new Error('the reader went away'));
    });
    return { principal, visible: visibleTo(principal), signal: controller.signal };
  }

  #leave(tokenId: string): void {
    this.#atOnce--;
    const own = (this.#perToken.get(tokenId) ?? 1) - 1;
    if (own === 0) this.#perToken.delete(tokenId);
    else this.#perToken.set(tokenId, own);
  }
}
