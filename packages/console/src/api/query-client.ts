import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { isPassing, isSignedOut } from './problem.ts';
import { endSession } from './session.ts';

/** What the console has read. A session that ended shows the sign-in page, wherever it is noticed; the address keeps where one was. */
export function makeQueryClient(): QueryClient {
  const onError = (error: Error): void => {
    if (isSignedOut(error)) endSession(client);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        staleTime: 10_000,
        refetchOnWindowFocus: false,
        retry: (failures, error) => failures < 2 && isPassing(error),
      },
    },
  });
  return client;
}
