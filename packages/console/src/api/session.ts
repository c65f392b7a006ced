// Who is signed in. The session itself is in a cookie that no script can read.
import { sessionAnswer, sessionPath, type SessionPrincipal, sessionRequest } from '@agent-audit/log';
import { type QueryClient, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { change, changeSilently, read } from './client.ts';
import { isSignedOut, Problem } from './problem.ts';

const sessionKey = ['session'] as const;

/** `none`: nobody has signed in here · `ended`: somebody had, and the collector ended it. */
export type Session = { readonly kind: 'open'; readonly principal: SessionPrincipal } | { readonly kind: 'none' | 'ended' };

async function readSession(signal: AbortSignal): Promise<Session> {
  try {
    return { kind: 'open', principal: (await read(sessionAnswer, sessionPath, {}, signal)).principal };
  } catch (error) {
    if (!isSignedOut(error)) throw error;
    return { kind: error instanceof Problem && error.code === 'TOKEN_INVALID' ? 'ended' : 'none' };
  }
}

function useSessionQuery<T>(select: (session: Session) => T): UseQueryResult<T> {
  const client = useQueryClient();
  return useQuery({
    queryKey: sessionKey,
    queryFn: async ({ signal }): Promise<Session> => {
      const before = client.getQueryData<Session>(sessionKey);
      const now = await readSession(signal);
      // Somebody else signed in, in another tab: they share the cookie. What was read for the one before must not stand here.
      if (before?.kind === 'open' && now.kind === 'open' && !isSame(before.principal, now.principal)) location.reload();
      return before?.kind === 'open' && now.kind !== 'open' ? { kind: 'ended' } : now;
    },
    select,
    staleTime: Infinity,
    gcTime: Infinity,
    refetchOnWindowFocus: 'always',
  });
}

function isSame(a: SessionPrincipal, b: SessionPrincipal): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

const principalOf = (session: Session): SessionPrincipal | null => (session.kind === 'open' ? session.principal : null);
const itself = (session: Session): Session => session;

/** Who is signed in; null where nobody is. */
export function useSession(): UseQueryResult<SessionPrincipal | null> {
  return useSessionQuery(principalOf);
}

/** Whether somebody is signed in, and if not, why. */
export function useSessionState(): UseQueryResult<Session> {
  return useSessionQuery(itself);
}

/** To be told where the collector says that nobody is signed in: the sign-in page takes the page's place, and the address stays. */
export function endSession(client: QueryClient): void {
  put(client, { kind: client.getQueryData<Session>(sessionKey)?.kind === 'none' ? 'none' : 'ended' });
}

/** Signs in with a token, or out. */
export function useSignIn(): { readonly signIn: (token: string) => Promise<void>; readonly signOut: () => Promise<void> } {
  const client = useQueryClient();
  return {
    async signIn(token) {
      const { principal } = await change(sessionAnswer, 'POST', sessionPath, sessionRequest.format({ token }));
      forget(client);
      put(client, { kind: 'open', principal });
    },
    async signOut() {
      try {
        await changeSilently('DELETE', sessionPath);
      } catch (error) {
        // It was over before.
        if (!isSignedOut(error)) throw error;
      }
      put(client, { kind: 'none' });
      forget(client);
    },
  };
}

function put(client: QueryClient, session: Session): void {
  client.setQueryData(sessionKey, session);
}

/** Nothing of what one person read is left to the next one at this screen. */
function forget(client: QueryClient): void {
  client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
}
