// Kinds of deeds, to look at one of them only.

/** What the address says of who looked at what. */
export interface AccessSearch {
  readonly kind?: DeedKind | undefined;
}

/** One kind. */
export type DeedKind = 'reads' | 'exports' | 'sessions' | 'changes' | 'refusals';

/** All kinds, with their words. */
export const deedKinds: readonly { readonly kind: DeedKind; readonly label: string; readonly types: readonly string[] }[] = [
  { kind: 'reads', label: 'Reads', types: ['events_searched', 'events_followed', 'event_proven', 'log_read'] },
  { kind: 'exports', label: 'Exports', types: ['events_exported'] },
  { kind: 'sessions', label: 'Sign-ins', types: ['signed_in', 'signed_out'] },
  { kind: 'changes', label: 'Changes', types: ['token_created', 'token_revoked', 'retention_changed'] },
  { kind: 'refusals', label: 'Refusals', types: ['auth_failed'] },
];

/** Whether a value of the address is one. */
export function isDeedKind(value: unknown): value is DeedKind {
  return deedKinds.some(({ kind }) => kind === value);
}

const ofTheCollector = 'tenant_id:_collector agent_id:collector type:(';

/** The search for deeds of one kind, or of all. */
export function deedsSearch(chosen: DeedKind | undefined): string {
  const kinds = deedKinds.filter(({ kind }) => chosen === undefined || kind === chosen);
  return `${ofTheCollector}${kinds.flatMap(({ types }) => types).join(' OR ')})`;
}

/** Whether a search is one for deeds: to look at who looked is a deed, too. */
export function isDeedsSearch(q: string): boolean {
  return q.startsWith(ofTheCollector);
}
