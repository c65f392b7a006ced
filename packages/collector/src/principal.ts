// Who asks: what a token stands for. Isolation follows from it, never from what a line or a request says of itself.

/** What a token may do. `admin` may do everything, in its tenant. */
export type Scope = 'ingest' | 'read' | 'admin';

/** The bearer of a token, as found in the store a moment ago. */
export interface Principal {
  readonly tokenId: string;
  /** What people call the token. */
  readonly name: string;
  /** `*`: every tenant, which only an admin token of the collector's owner has. */
  readonly tenant: string;
  /** Bound to one agent: it sees and writes nothing of another. */
  readonly agent?: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: Date;
  /** The browser's session that stood for the token; none where the token itself was shown. It opens nothing. */
  readonly session?: string;
}

/** The rows that somebody may see: a filter that every statement about events carries. */
export interface Visible {
  /** undefined: every tenant. */
  readonly tenant?: string;
  readonly agent?: string;
}

/** What the bearer may see. */
export function visibleTo({ tenant, agent }: Principal): Visible {
  return { ...(tenant === '*' ? {} : { tenant }), ...(agent === undefined ? {} : { agent }) };
}
