import type { Clock } from '../clock.ts';
import type { Scope } from '../principal.ts';
import { Refusal } from '../refusal.ts';
import type { TokenRecord } from '../store/store.ts';
import { newSecret, newTokenId, sha256Of } from './secret.ts';

/** What a token is to be. */
export interface TokenWish {
  readonly name: string;
  readonly tenant: string;
  readonly agent?: string | undefined;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: Date | undefined;
}

/** A token that is not stored yet, and its secret, which nobody will be able to tell again. */
export interface MadeToken {
  readonly secret: string;
  readonly record: TokenRecord;
}

const namePattern = /^[A-Za-z0-9._-]{1,64}$/;
const nameUnitsMax = 100;

/**
 * Makes a token.
 * @throws Refusal REQUEST_MALFORMED where no such token can be
 */
export function makeToken({ name, tenant, agent, scopes, expiresAt }: TokenWish, clock: Clock): MadeToken {
  if (name.trim() === '' || name.length > nameUnitsMax) throw refuse(`"name" is to have 1 to ${nameUnitsMax} characters`);
  if (scopes.length === 0) throw refuse('"scopes" is empty: ingest, read or admin');
  if (tenant !== '*' && !namePattern.test(tenant)) throw refuse('"tenant" is to have 1 to 64 letters, digits or . _ -');
  // Names with an underscore before them are the collector's own: `_collector` is the tenant of its own log.
  if (tenant.startsWith('_')) throw refuse('"tenant" begins with _, as only the collector\'s own do');
  if (agent !== undefined && !namePattern.test(agent)) throw refuse('"agent" is to have 1 to 64 letters, digits or . _ -');
  const isAdmin = scopes.includes('admin');
  if (tenant === '*' && !isAdmin) throw refuse('"tenant" * is for admin tokens; give ingest and read tokens one tenant each');
  if (agent !== undefined && isAdmin) throw refuse('"agent" binds a token to one agent, which an admin token cannot be');
  if (expiresAt !== undefined && !(expiresAt.getTime() > clock.now())) throw refuse('"expires_at" is no time in the future');
  const secret = newSecret(scopes);
  const record: TokenRecord = {
    tokenId: newTokenId(),
    name,
    tenant,
    scopes: [...new Set(scopes)],
    secretSha256: sha256Of(secret),
    createdAtMs: clock.now(),
    ...(agent === undefined ? {} : { agent }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
  return { secret, record };
}

function refuse(why: string): Refusal {
  return new Refusal('REQUEST_MALFORMED', why);
}
