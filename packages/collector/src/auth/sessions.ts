import type { FastifyRequest } from 'fastify';

/** What the cookie of a request stands for. */
export type SessionJudgement =
  | { readonly kind: 'none' }
  /** Of no session that is open here: it ended, or the collector was started anew, or the cookie is made up. */
  | { readonly kind: 'ended' }
  /** Of one, but the request does not come from the console's own pages. */
  | { readonly kind: 'forged'; readonly why: string }
  | { readonly kind: 'open'; readonly session: string; readonly tokenId: string };

/** The sessions of browsers: what a cookie stands for beside a token. */
export interface SessionKeeper {
  judge(request: FastifyRequest): SessionJudgement;
  /** Calls `onEnd` once, when the session ends; at once where it has. Call what it returns when the stream ends. */
  watch(session: string, onEnd: () => void): () => void;
}

/** For a server without browsers. */
export const noSessions: SessionKeeper = { judge: () => ({ kind: 'none' }), watch: () => () => {} };
