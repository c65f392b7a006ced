// Tokens. Their secrets never come here, only the hashes.
import type { Database, Row } from '../db/database.ts';
import { optionalTextOf, optionalWholeOf, textOf, textsOf, wholeOf } from './row-values.ts';
import { addRows, nextVersion } from './state-table.ts';
import type { Scope } from '../principal.ts';
import type { TokenRecord, TokenStore } from './store.ts';

const columns = ['id', 'version', 'name', 'tenant', 'agent', 'scopes', 'secret_sha256', 'created_ms', 'expires_ms', 'revoked_ms'];
const tokensMax = 1_000_000;
const scopes: readonly Scope[] = ['ingest', 'read', 'admin'];

/** The tokens of a database that has its schema. */
export class DatabaseTokenStore implements TokenStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async tokens(): Promise<readonly TokenRecord[]> {
    const rows = await this.#database.rows({
      sql: 'SELECT * FROM tokens FINAL ORDER BY created_ms, id LIMIT {most:UInt64}',
      parameters: { most: tokensMax },
    });
    return rows.map(tokenOfRow);
  }

  async put(token: TokenRecord): Promise<void> {
    const version = await nextVersion(this.#database, 'tokens');
    await addRows(this.#database, 'tokens', columns, [rowOfToken(token, version)]);
  }
}

function rowOfToken(token: TokenRecord, version: number): Row {
  return {
    id: token.tokenId,
    version,
    name: token.name,
    tenant: token.tenant,
    agent: token.agent ?? null,
    scopes: token.scopes,
    secret_sha256: token.secretSha256,
    created_ms: Math.round(token.createdAtMs),
    expires_ms: token.expiresAt?.getTime() ?? null,
    revoked_ms: token.revokedAtMs === undefined ? null : Math.round(token.revokedAtMs),
  };
}

function tokenOfRow(row: Row): TokenRecord {
  const agent = optionalTextOf(row, 'agent');
  const expiresMs = optionalWholeOf(row, 'expires_ms');
  const revokedAtMs = optionalWholeOf(row, 'revoked_ms');
  return {
    tokenId: textOf(row, 'id'),
    name: textOf(row, 'name'),
    tenant: textOf(row, 'tenant'),
    ...(agent === undefined ? {} : { agent }),
    // A scope that this version does not know grants nothing.
    scopes: textsOf(row, 'scopes').flatMap((name) => scopes.filter((scope) => scope === name)),
    secretSha256: textOf(row, 'secret_sha256'),
    createdAtMs: wholeOf(row, 'created_ms'),
    ...(expiresMs === undefined ? {} : { expiresAt: new Date(expiresMs) }),
    ...(revokedAtMs === undefined ? {} : { revokedAtMs }),
  };
}
