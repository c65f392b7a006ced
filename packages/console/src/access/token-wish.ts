// What somebody asks for who makes a token, and why there cannot be such a one: said before the collector is asked.
import type { TokenRequest, TokenScope } from '@agent-audit/log';

/** The form as it was filled in. */
export interface TokenWish {
  readonly name: string;
  readonly scope: TokenScope;
  readonly tenant: string;
  readonly agent: string;
  /** 0: until it is revoked. */
  readonly days: number;
}

/** A field of the form that something is wrong with. */
export type WishField = 'name' | 'tenant' | 'agent';

/** What is wrong, and where; without a field where nobody knows. */
export interface Wrong {
  readonly field?: WishField;
  readonly message: string;
}

const dayMs = 86_400_000;
const idPattern = /^[A-Za-z0-9._-]{1,64}$/;

/** Why there can be no such token. `ofTenant`: the maker's, `*` for every one. */
export function wrongOf({ scope, tenant, agent }: TokenWish, ofTenant: string): Wrong | undefined {
  const isAdmin = scope === 'admin';
  if (ofTenant === '*' && !isAdmin && (tenant === '' || tenant === '*')) {
    return { field: 'tenant', message: `A token that may ${scope} is of one tenant. Say which.` };
  }
  if (tenant !== '' && tenant !== '*' && !idPattern.test(tenant)) {
    return { field: 'tenant', message: 'A tenant has 1 to 64 letters, digits or . _ -' };
  }
  if (agent !== '' && !isAdmin && !idPattern.test(agent)) {
    return { field: 'agent', message: 'An agent has 1 to 64 letters, digits or . _ -' };
  }
  return undefined;
}

/** What the collector said of a wish, at the field that it names. */
export function refusedOf(message: string): Wrong {
  const [, field] = /^"(name|tenant|agent)" /.exec(message) ?? [];
  return field === 'name' || field === 'tenant' || field === 'agent' ? { field, message } : { message };
}

/** The wish as the collector is asked. An admin token is bound to no agent. */
export function requestOf({ name, scope, tenant, agent, days }: TokenWish, nowMs: number): TokenRequest {
  return {
    name,
    scopes: [scope],
    ...(tenant === '' ? {} : { tenant }),
    ...(agent === '' || scope === 'admin' ? {} : { agent }),
    ...(days > 0 ? { expires_at: new Date(nowMs + days * dayMs).toISOString() } : {}),
  };
}
