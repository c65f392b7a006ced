// Who may do what (tokens), and who looked at what (the collector's own sealed log).
import {
  eventsAnswer,
  eventsPath,
  type ReadToken,
  tokenAnswer,
  type TokenMade,
  tokenMade,
  tokenPath,
  type TokenRequest,
  tokenRequest,
  tokensAnswer,
  tokensPath,
} from '@agent-audit/log';
import { useMutation, type UseMutationResult, useQuery, useQueryClient, type UseQueryResult } from '@tanstack/react-query';
import { change, read } from '../api/client.ts';
import { rangeParameters } from '../app/range.ts';
import { useRange } from '../app/use-range.ts';
import { type Deed, deedOf } from './deed.ts';
import { type DeedKind, deedsSearch } from './deed-kind.ts';

const deedsMax = 500;

/** The newest deeds of a time. */
export interface Deeds {
  readonly deeds: readonly Deed[];
  /** There are older ones. */
  readonly more: boolean;
}

/** Deeds of the chosen time, the last first: the collector's own log, which only its owner may read. */
export function useDeeds(kind: DeedKind | undefined): UseQueryResult<Deeds> {
  const range = useRange();
  return useQuery({
    queryKey: ['deeds', range, kind],
    staleTime: 0,
    queryFn: async ({ signal }) => {
      const parameters = { ...rangeParameters(range), q: deedsSearch(kind), order: 'desc', limit: deedsMax };
      const answer = await read(eventsAnswer, eventsPath, parameters, signal);
      // An agent may call itself what it likes; whose log a line is in is the collector's to say.
      const deeds = answer.events.filter(({ tenant }) => tenant === '_collector').map(deedOf);
      return { deeds, more: answer.next !== undefined };
    },
  });
}

const tokensKey = ['tokens'] as const;

/** All tokens of the reader's tenant. */
export function useTokens(): UseQueryResult<readonly ReadToken[]> {
  return useQuery({
    queryKey: tokensKey,
    queryFn: async ({ signal }) => (await read(tokensAnswer, tokensPath, {}, signal)).tokens,
  });
}

/** Makes a token; its secret is in the answer, this once. */
export function useMakeToken(): UseMutationResult<TokenMade, Error, TokenRequest> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: TokenRequest) => change(tokenMade, 'POST', tokensPath, tokenRequest.format(request)),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensKey }),
    gcTime: 0,
  });
}

/** Revokes a token: what it does ends within seconds. */
export function useRevokeToken(): UseMutationResult<ReadToken, Error, string> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => change(tokenAnswer, 'DELETE', tokenPath(id)),
    onSuccess: () => client.invalidateQueries({ queryKey: tokensKey }),
  });
}
