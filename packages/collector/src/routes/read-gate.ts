// Who reads passes here: known, neither too often nor too much at once, and ended where nobody waits for the answer any more.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Authorise } from '../auth/authorise.ts';
import type { Clock } from '../clock.ts';
import type { Rate } from '../ingest/index.ts';
import { RateLimiter } from '../ingest/rate-limiter.ts';
import { type Principal, type Visible, visibleTo } from '../principal.ts';
import { Refusal } from '../refusal.ts';

/** How much is read at once. Beyond it, readers are told to come again. */
export interface ReadLimits {
  /** Requests of one token. */
  readonly requests: Rate;
  /** Requests that are being answered: of one token (a console asks for half a dozen things at a time), and of all. */
  readonly atOncePerToken: number;
  readonly atOnce: number;
  /** Tails at a time: of one token, and of all. */
  readonly tailsPerToken: number;
  readonly tails: number;
}

/** What a collector of two cores answers. */
export const defaultReadLimits: ReadLimits = {
  requests: { perSecond: 50, burst: 200 },
  atOncePerToken: 16,
  atOnce: 64,
  tailsPerToken: 32,
  tails: 256,
};

/** What a reader's signal is aborted with: nobody waits for the answer. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

/** Somebody who reads. */
export interface Reader {
  readonly principal: Principal;
  readonly visible: Visible;
  /** Aborted with ReaderGone when the other side goes away before it has its answer. */
  readonly signal: AbortSignal;
}

/** One for all reading routes. */
export class ReadGate {
  readonly #authorise: Authorise;
  readonly #rate: RateLimiter;
  readonly #principals = new WeakMap<FastifyRequest, Principal>();
  readonly #requests: Places;
  readonly #tails: Places;

  constructor(authorise: Authorise, clock: Clock, limits: ReadLimits) {
    this.#authorise = authorise;
    this.#rate = new RateLimiter(clock, limits.requests, 'requests');
    this.#requests = new Places('requests', limits.atOncePerToken, limits.atOnce);
    this.#tails = new Places('tails', limits.tailsPerToken, limits.tails);
  }

  /** For `onRequest`: before anything else is read of the request. */
  readonly enter = async (request: FastifyRequest): Promise<void> => {
    this.#enter(request, this.#authorise(request, 'read'));
  };

  /** The same for a route that any token may ask. */
  readonly enterAny = async (request: FastifyRequest): Promise<void> => {
    this.#enter(request, this.#authorise(request, 'any'));
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
    return this.#admit(request, reply, this.#requests);
  }

  /** The same for a tail. */
  admitTail(request: FastifyRequest, reply: FastifyReply): Reader {
    return this.#admit(request, reply, this.#tails);
  }

  #enter(request: FastifyRequest, principal: Principal): void {
    this.#rate.take(principal.tokenId);
    this.#principals.set(request, principal);
  }

  #admit(request: FastifyRequest, reply: FastifyReply, places: Places): Reader {
    const principal = this.principalOf(request);
    places.take(principal.tokenId);
    const controller = new AbortController();
    // Once for every answer: when its last byte is handed over, and when the connection breaks.
    reply.raw.once('close', () => {
      places.leave(principal.tokenId);
      if (!reply.raw.writableFinished) controller.abort(new ReaderGone('the reader went away'));
    });
    return { principal, visible: visibleTo(principal), signal: controller.signal };
  }
}

/** Places of one kind. */
class Places {
  readonly #what: string;
  readonly #perTokenMax: number;
  readonly #max: number;
  readonly #perToken = new Map<string, number>();
  #taken = 0;

  constructor(what: string, perTokenMax: number, max: number) {
    this.#what = what;
    this.#perTokenMax = perTokenMax;
    this.#max = max;
  }

  take(tokenId: string): void {
    const own = this.#perToken.get(tokenId) ?? 0;
    if (own >= this.#perTokenMax) {
      throw new Refusal('RATE_LIMITED', `this token has ${own} ${this.#what} under way; end one of them first`, { retryAfterSeconds: 1 });
    }
    if (this.#taken >= this.#max) {
      throw new Refusal('UNAVAILABLE', `the collector has as many ${this.#what} under way as it may; come again`, { retryAfterSeconds: 2 });
    }
    this.#perToken.set(tokenId, own + 1);
    this.#taken++;
  }

  leave(tokenId: string): void {
    this.#taken--;
    const own = (this.#perToken.get(tokenId) ?? 1) - 1;
    if (own === 0) this.#perToken.delete(tokenId);
    else this.#perToken.set(tokenId, own);
  }
}
