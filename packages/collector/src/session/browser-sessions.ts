import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SessionJudgement, SessionKeeper } from '../auth/sessions.ts';
import type { CollectorConfig } from '../config/config.ts';
import type { Principal } from '../principal.ts';
import { clearCookie, cookieForm, cookieOf, setCookie } from './cookie.ts';
import { foreignPage, type ForeignPage } from './own-page.ts';
import type { SessionBook } from './session-book.ts';

/** Sessions as browsers carry them: in a cookie, and from the console's own pages only. */
export class BrowserSessions implements SessionKeeper {
  readonly #book: SessionBook;
  readonly #config: Pick<CollectorConfig, 'pathPrefix' | 'publicUrl'>;

  constructor(book: SessionBook, config: Pick<CollectorConfig, 'pathPrefix' | 'publicUrl'>) {
    this.#book = book;
    this.#config = config;
  }

  judge(request: FastifyRequest): SessionJudgement {
    const secret = this.#secretOf(request);
    if (secret === undefined) return { kind: 'none' };
    const why = this.foreignPage(request);
    // Looked at before the session is: a page of another origin does not even keep one from idling.
    if (why !== undefined) return { kind: 'forged', why };
    const session = this.#book.use(secret);
    return session === undefined ? { kind: 'ended' } : { kind: 'open', session: session.id, tokenId: session.tokenId };
  }

  watch(session: string, onEnd: () => void): () => void {
    return this.#book.watch(session, onEnd);
  }

  /** Why a request does not seem to come from the console; undefined where it does. */
  foreignPage(request: FastifyRequest): ForeignPage {
    return foreignPage(request, this.#config.publicUrl);
  }

  /** Opens a session in place of the one that the request carries, if any. */
  signIn(request: FastifyRequest, reply: FastifyReply, principal: Principal): void {
    const carried = this.#secretOf(request);
    const earlier = carried === undefined ? undefined : this.#book.use(carried);
    if (earlier !== undefined) this.#book.end(earlier.id, 'signed in anew');
    const details = { address: request.ip, user_agent: request.headers['user-agent'] ?? '' };
    const secret = this.#book.open(principal, details);
    void reply.header('set-cookie', setCookie(cookieForm(request, this.#config), secret));
  }

  /** Ends a session. */
  signOut(request: FastifyRequest, reply: FastifyReply, session: string): void {
    this.#book.end(session, 'signed out');
    this.clear(request, reply);
  }

  /** Takes the cookie away. */
  clear(request: FastifyRequest, reply: FastifyReply): void {
    void reply.header('set-cookie', clearCookie(cookieForm(request, this.#config)));
  }

  #secretOf(request: FastifyRequest): string | undefined {
    const value = cookieOf(request, cookieForm(request, this.#config).name);
    return value === '' ? undefined : value;
  }
}
