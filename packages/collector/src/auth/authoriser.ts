import type { FastifyRequest } from 'fastify';
import type { WireProblemCode } from '@agent-audit/log';
import type { Clock } from '../clock.ts';
import type { Journal } from '../own-log/journal.ts';
import type { Principal } from '../principal.ts';
import { Refusal } from '../refusal.ts';
import type { TokenRecord } from '../store/store.ts';
import { FailedAttempts } from './attempts.ts';
import type { Needed, TokenWatch } from './authorise.ts';
import { credentialOf } from './credential.ts';
import { FailureTally } from './failure-tally.ts';
import { isSecret } from './secret.ts';
import { noSessions, type SessionKeeper } from './sessions.ts';
import type { TokenBook, TokenJudgement } from './token-book.ts';

/** What an authoriser works with. */
export interface AuthoriserParts {
  readonly tokens: TokenBook;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly wrongTokensPerMinute: number;
  /** What a browser's cookie stands for; none by default. */
  readonly sessions?: SessionKeeper;
}

/** A token seen from an address is written into the journal once in this time. */
const signInMs = 3_600_000;
const signInsMax = 10_000;

/** Finds out who asks. Its `authorise` is what routes are given. */
export class Authoriser implements TokenWatch {
  readonly #tokens: TokenBook;
  readonly #sessions: SessionKeeper;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #attempts: FailedAttempts;
  readonly #failures: FailureTally;
  readonly #signIns = new Map<string, number>();

  constructor({ tokens, journal, clock, wrongTokensPerMinute, sessions = noSessions }: AuthoriserParts) {
    this.#tokens = tokens;
    this.#sessions = sessions;
    this.#journal = journal;
    this.#clock = clock;
    this.#attempts = new FailedAttempts(clock, wrongTokensPerMinute);
    this.#failures = new FailureTally(journal, clock);
  }

  /** See `Authorise`. A valid token is never held up by the wrong ones of others behind the same address. */
  readonly authorise = (request: FastifyRequest, scope: Needed): Principal => {
    const principal = this.#principalOf(request);
    this.#demand(request, principal, scope);
    // A session was written down when it began.
    if (principal.session === undefined) this.#noteSignIn(request, principal);
    return principal;
  };

  /**
   * Finds out whom a token that is to open a session is of. It must be one that reads: another could be looked at nothing with.
   * @throws Refusal TOKEN_INVALID, SCOPE_MISSING, RATE_LIMITED, UNAVAILABLE, STORE_REFUSED
   */
  signIn(request: FastifyRequest, secret: string): Principal {
    if (!isSecret(secret)) throw this.#refuseToken(request, 'not a token');
    const principal = principalOf(this.#valid(request, this.#tokens.judge(secret)));
    this.#demand(request, principal, 'read');
    return principal;
  }

  /** The refusal of a request that did not come from the console's own pages. */
  refuseForged(request: FastifyRequest, why: string): Refusal {
    this.#tell(request, `not from the console: ${why}`);
    return new Refusal('REQUEST_FORGED', `this request is not the console's own: ${why}`);
  }

  #demand(request: FastifyRequest, principal: Principal, scope: Needed): void {
    if (scope !== 'any' && !principal.scopes.includes(scope) && !principal.scopes.includes('admin')) {
      this.#tell(request, `the token lacks the scope ${scope}`, principal);
      const message = `the token ${quoted(principal.name)} may ${principal.scopes.join(' and ')}; this needs one with the scope ${scope}`;
      throw new Refusal('SCOPE_MISSING', message, { members: { needs: scope } });
    }
  }

  watch(principal: Principal, onRevoked: () => void): () => void {
    const once = callOnce(onRevoked);
    const unwatchToken = this.#tokens.watch(principal, once);
    const unwatchSession = principal.session === undefined ? (): void => {} : this.#sessions.watch(principal.session, once);
    return () => {
      unwatchToken();
      unwatchSession();
    };
  }

  /** Writes what was counted of failures; at the end. */
  close(): void {
    this.#failures.settle();
  }

  /** A token that is shown goes before a session: a browser sends its cookie with everything. */
  #principalOf(request: FastifyRequest): Principal {
    const credential = credentialOf(request);
    if (credential.kind === 'none') return this.#principalBySession(request);
    if (credential.kind === 'malformed' || !isSecret(credential.secret)) throw this.#refuseToken(request, 'not a token');
    return principalOf(this.#valid(request, this.#tokens.judge(credential.secret)));
  }

  #principalBySession(request: FastifyRequest): Principal {
    const judgement = this.#sessions.judge(request);
    switch (judgement.kind) {
      case 'none':
        throw this.#refuse(request, 'TOKEN_MISSING', 'no token', 'a token is needed: Authorization: Bearer aa_…');
      case 'forged':
        throw this.refuseForged(request, judgement.why);
      case 'ended':
        // A browser that was left open asks on and on, and is no thief: it is told, and neither counted nor made to wait.
        throw new Refusal('TOKEN_INVALID', 'the session has ended: sign in again');
      case 'open':
        return { ...principalOf(this.#valid(request, this.#tokens.judgeById(judgement.tokenId))), session: judgement.session };
    }
  }

  #valid(request: FastifyRequest, judgement: TokenJudgement): TokenRecord {
    switch (judgement.kind) {
      case 'valid':
        return judgement.token;
      case 'unknown':
        throw this.#refuseToken(request, 'unknown token');
      case 'expired':
      case 'revoked':
        throw this.#refuseToken(request, `${judgement.kind} token`, principalOf(judgement.token));
      case 'stale':
        throw this.#tokens.storeRefusal ?? unchecked();
    }
  }

  /** Nobody is told whether the token ever was one; the journal is. */
  #refuseToken(request: FastifyRequest, why: string, principal?: Principal): Refusal {
    const message = 'the token is not valid here: it is mistyped, expired or revoked, or of another collector';
    return this.#refuse(request, 'TOKEN_INVALID', why, message, principal);
  }

  #refuse(request: FastifyRequest, code: WireProblemCode, why: string, message: string, principal?: Principal): Refusal {
    this.#tell(request, why, principal);
    const waitMs = this.#attempts.add(request.ip);
    if (waitMs === 0) return new Refusal(code, message);
    const retryAfterSeconds = Math.ceil(waitMs / 1000);
    return new Refusal('RATE_LIMITED', `too many requests without a valid token from ${request.ip}; come again in ${retryAfterSeconds} s`, {
      retryAfterSeconds,
    });
  }

  #tell(request: FastifyRequest, why: string, principal?: Principal): void {
    this.#failures.add(`${request.ip}\n${why}\n${principal?.tokenId ?? ''}`, {
      type: 'auth_failed',
      severity: 'WARN',
      message: `Refused: ${why}`,
      outcome: 'denied',
      ...(principal === undefined ? {} : { by: principal }),
      details: { address: request.ip, method: request.method, route: request.routeOptions.url ?? '', why },
    });
  }

  #noteSignIn(request: FastifyRequest, principal: Principal): void {
    const key = `${principal.tokenId}\n${request.ip}`;
    const nowMs = this.#clock.monotonicMs();
    const seenMs = this.#signIns.get(key);
    if (seenMs !== undefined && nowMs - seenMs < signInMs) return;
    // Seen anew, it goes to the end: the first of the map is the one that was written down longest ago.
    this.#signIns.delete(key);
    this.#signIns.set(key, nowMs);
    if (this.#signIns.size > signInsMax) {
      const [oldest] = this.#signIns.keys();
      if (oldest !== undefined) this.#signIns.delete(oldest);
    }
    const details = { address: request.ip, user_agent: request.headers['user-agent'] ?? '' };
    this.#journal.record({ type: 'signed_in', message: `Token in use: ${principal.name}`, by: principal, outcome: 'success', details });
  }
}

function unchecked(): Refusal {
  return new Refusal('UNAVAILABLE', 'the store does not answer: no token can be checked; come again', { retryAfterSeconds: 5 });
}

function callOnce(fn: () => void): () => void {
  let isCalled = false;
  return () => {
    if (isCalled) return;
    isCalled = true;
    fn();
  };
}

/** What a token stands for, without what is stored of its secret. */
export function principalOf({ tokenId, name, tenant, agent, scopes, expiresAt }: TokenRecord): Principal {
  return { tokenId, name, tenant, scopes, ...(agent === undefined ? {} : { agent }), ...(expiresAt === undefined ? {} : { expiresAt }) };
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
