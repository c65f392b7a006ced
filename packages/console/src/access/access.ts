// Who may do what (tokens), and who looked at what (the collector's own sealed log).
import {
  eventsAnswer,
  eventsPath,
  type ReadEvent,
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

const deedTypes = [
  'signed_in',
  'signed_out',
  'auth_failed',
  'token_created',
  'token_revoked',
  'events_searched',
  'events_followed',
  'events_exported',
  'event_proven',
  'log_read',
  'retention_changed',
];
const deedsMax = 200;

/** What somebody did at the collector. */
export interface Deed {
  readonly log: string;
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly who: string;
  readonly message: string;
  readonly query: string | undefined;
  readonly rows: number | undefined;
  /** Job, token or log that it was done to. */
  readonly target: string | undefined;
}

/** The newest deeds of a time. */
export interface Deeds {
  readonly deeds: readonly Deed[];
  /** There are older ones. */
  readonly more: boolean;
}

/** Deeds of the chosen time, the last first: the collector's own log, which only its owner may read. */
export function useDeeds(): UseQueryResult<Deeds> {
  const range = useRange();
  return useQuery({
    queryKey: ['deeds', range],
    staleTime: 0,
    queryFn: async ({ signal }) => {
      const q = `tenant_id:_collector agent_id:collector type:(${deedTypes.join(' OR ')})`;
      const parameters = { ...rangeParameters(range), q, order: 'desc', limit: deedsMax };
      const answer = await read(eventsAnswer, eventsPath, parameters, signal);
      // An agent may call itself what it likes; whose log a line is in is the collector's to say.
      const deeds = answer.events.filter(({ tenant }) => tenant === '_collector').map(deedOf);
      return { deeds, more: answer.next !== undefined };
    },
  });
}

function deedOf({ log, seq, line, received_at }: ReadEvent): Deed {
  const event = objectOf(line);
  const details = membersOf(event['details']);
  const actor = membersOf(event['actor']);
  const target = membersOf(event['target']);
  return {
    log,
    seq,
    at: textOf(event['timestamp']) ?? received_at,
    type: textOf(event['type']) ?? '',
    who: textOf(actor['name']) ?? textOf(actor['id']) ?? 'nobody known',
    message: textOf(event['message']) ?? '',
    query: textOf(details['q']) ?? textOf(details['query']),
    rows: typeof details['rows'] === 'number' ? details['rows'] : undefined,
    target: textOf(target['id']),
  };
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function objectOf(line: string): Readonly<Record<string, unknown>> {
  try {
    return membersOf(JSON.parse(line));
  } catch {
    return {};
  }
}

function membersOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
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
