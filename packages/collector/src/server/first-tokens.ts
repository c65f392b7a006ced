import type { TokenBook } from '../auth/token-book.ts';
import { makeToken, type TokenWish } from '../auth/token-maker.ts';
import type { Clock } from '../clock.ts';
import type { Journal } from '../own-log/journal.ts';

/** The tenant that the first agents write for. */
export const firstTenant = 'default';

/** Secrets that are told once, by whoever started the collector. */
export interface FirstTokens {
  readonly admin: string;
  /** Only at the very first start. */
  readonly ingest?: string;
}

const adminWish: TokenWish = { name: 'first-admin', tenant: '*', scopes: ['admin'] };
const ingestWish: TokenWish = { name: 'first-agents', tenant: firstTenant, scopes: ['ingest'] };

/**
 * Makes the tokens that a collector begins with: where there is none at all, or, of an admin's alone, where whoever starts it asks for one.
 * They are durable when the promise resolves.
 */
export async function makeFirstTokens(
  tokens: TokenBook,
  { clock, journal, newAdmin }: { readonly clock: Clock; readonly journal: Journal; readonly newAdmin: boolean },
): Promise<FirstTokens | undefined> {
  const isFirst = tokens.tokens.length === 0;
  if (!isFirst && !newAdmin) return undefined;
  const make = async (wish: TokenWish): Promise<string> => {
    const { secret, record } = makeToken(wish, clock);
    await tokens.put(record);
    const details = { tenant: record.tenant, scopes: record.scopes, at: 'start' };
    const target = { type: 'token', id: record.tokenId };
    journal.record({ type: 'token_created', message: `Token made: ${record.name}`, target, details });
    return secret;
  };
  const admin = await make(isFirst ? adminWish : { ...adminWish, name: 'admin-made-at-start' });
  return isFirst ? { admin, ingest: await make(ingestWish) } : { admin };
}
