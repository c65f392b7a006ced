// Who is signed in. The session itself is in a cookie that no script can read.
import { sessionAnswer, sessionPath, type SessionPrincipal, sessionRequest } from '@agent-audit/log';
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { change, changeSilently, read } from './client.ts';
import { isSignedOut } from './problem.ts';

/** The query that knows who is signed in: null where nobody is. */
export const sessionKey: readonly ['session'] = ['session'];

/** Who is signed in; null where nobody is. */
export function useSession(): UseQueryResult<SessionPrincipal | null> {
  return useQuery({
    queryKey: sessionKey,
    queryFn: async ({ signal }) => {
      try {
        return (await read(sessionAnswer, sessionPath, {}, signal)).principal;
      } catch (error) {
        if (isSignedOut(error)) return null;
        throw error;
      }
    },
    staleTime: Infinity,
    gcTime: Infinity,
  });
}

/** Signs in with a token, or out. */
export function useSignIn(): { readonly signIn: (token: string) => Promise<void>; readonly signOut: () => Promise<void> } {
  const client = useQueryClient();
  return {
    async signIn(token) {
      const { principal } = await change(sessionAnswer, 'POST', sessionPath, sessionRequest.format({ token }));
      client.setQueryData(sessionKey, principal);
    },
    async signOut() {
      await changeSilently('DELETE', sessionPath);
      client.setQueryData(sessionKey, null);
      // Nothing of what one person read is left to the next one at this screen.
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionKey[0] });
    },
  };
}
