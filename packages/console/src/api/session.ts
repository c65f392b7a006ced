// Who is signed in. The session itself is in a cookie that no script can read.
import { LogError, type Message, type TokenScope } from '@agent-audit/log';
import { useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { change, changeSilently, read } from './client.ts';
import { isSignedOut } from './problem.ts';

const sessionPath = '/v1/session';

/** Whoever is signed in: what their token may do. */
export interface Principal {
  readonly name: string;
  /** `*`: every tenant. */
  readonly tenant: string;
  readonly agent?: string;
  readonly scopes: readonly TokenScope[];
}

const isScope = (value: unknown): value is TokenScope => value === 'ingest' || value === 'read' || value === 'admin';
const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

const sessionMessage: Message<Principal> = {
  format: (principal) => JSON.stringify({ principal }),
  parse(body) {
    const principal = memberOf(JSON.parse(body), 'principal');
    const [name, tenant, agent, scopes] = ['name', 'tenant', 'agent', 'scopes'].map((member) => memberOf(principal, member));
    if (typeof name !== 'string' || typeof tenant !== 'string' || !Array.isArray(scopes))
      throw new LogError('WIRE_MALFORMED', 'the session has no principal');
    return { name, tenant, ...(typeof agent === 'string' ? { agent } : {}), scopes: scopes.filter(isScope) };
  },
};

/** The query that knows who is signed in: null where nobody is. */
export const sessionKey: readonly ['session'] = ['session'];

/** Who is signed in; null where nobody is. */
export function useSession(): UseQueryResult<Principal | null> {
  return useQuery({
    queryKey: sessionKey,
    queryFn: async ({ signal }) => {
      try {
        return await read(sessionMessage, sessionPath, {}, signal);
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
      const principal = await change(sessionMessage, 'POST', sessionPath, JSON.stringify({ token }));
      client.setQueryData(sessionKey, principal);
    },
    async signOut() {
      await changeSilently('DELETE', sessionPath);
      // Nothing of what one person read is left to the next one at this screen.
      client.clear();
      client.setQueryData(sessionKey, null);
    },
  };
}
