// A ClickHouse server or cluster, over HTTP.
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { type ClickHouseClient, ClickHouseLogLevel, type ClickHouseSettings, createClient } from '@clickhouse/client';
import { failureOf, shortWrite } from './database-failure.ts';
import { type Database, DatabaseError, type Insert, type Row, type Statement } from './database.ts';
import { rowsOfLines } from './row-lines.ts';
import { commonSettings } from './settings.ts';

export interface RemoteOptions {
  /** `http://` or `https://`; what it holds of a name and a password counts where none are given. */
  readonly url: string;
  /** Name of the database; made where it is not there. */
  readonly database: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** PEM of an authority of one's own. */
  readonly ca?: Buffer | undefined;
  /** How long one request may take. */
  readonly timeoutMs?: number | undefined;
}

const timeoutDefaultMs = 60_000;
const connectionsMax = 8;
const identifier = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/**
 * Connects to the server, and makes the database where it is not there.
 * @throws DatabaseError DB_UNAVAILABLE, DB_DENIED, DB_REFUSED
 */
export async function openRemote(options: RemoteOptions): Promise<Database> {
  const { database } = options;
  if (!identifier.test(database)) throw new DatabaseError('DB_REFUSED', `${JSON.stringify(database)} is no name of a database`);
  const where = whereOf(options);
  // Somebody who may not make databases may use one that is there.
  const first = clientOf(options, 'default');
  try {
    await first.command({ query: `CREATE DATABASE IF NOT EXISTS ${database}` });
  } catch (error) {
    const failure = failureOf(error, where);
    if (failure.code !== 'DB_DENIED' || !(await exists(first, database).catch(() => false))) throw failure;
  } finally {
    await first.close();
  }
  return new RemoteDatabase(clientOf(options, database), where);
}

async function exists(client: ClickHouseClient, database: string): Promise<boolean> {
  const result = await client.query({
    query: 'SELECT name FROM system.databases WHERE name = {database:String}',
    query_params: { database },
    format: 'JSONEachRow',
  });
  return (await result.text()) !== '';
}

function clientOf({ url, username, password, ca, timeoutMs = timeoutDefaultMs }: RemoteOptions, database: string): ClickHouseClient {
  const address = new URL(url);
  const user = username ?? decodeURIComponent(address.username);
  const secret = password ?? decodeURIComponent(address.password);
  address.username = '';
  address.password = '';
  return createClient({
    url: address,
    ...(user === '' ? {} : { username: user }),
    ...(secret === '' ? {} : { password: secret }),
    ...(ca === undefined ? {} : { tls: { ca_cert: ca } }),
    database,
    request_timeout: timeoutMs,
    max_open_connections: connectionsMax,
    // Many values make a long address, which servers refuse.
    use_multipart_params_auto: true,
    application: 'agent-audit-collector',
    // What fails is told by who asked.
    log: { level: ClickHouseLogLevel.OFF },
    clickhouse_settings: { ...commonSettings, wait_end_of_query: 1 },
  });
}

/** The address without what is secret in it. */
function whereOf({ url, database }: RemoteOptions): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}/${database}`;
}

class RemoteDatabase implements Database {
  readonly kind = 'remote';
  readonly where: string;
  readonly #client: ClickHouseClient;
  /** Inserts of which nothing is known: they may still be under way, and must be over before anything is looked up. */
  readonly #unsettled = new Set<string>();

  constructor(client: ClickHouseClient, where: string) {
    this.#client = client;
    this.where = where;
  }

  async execute({ sql, ...rest }: Statement): Promise<void> {
    await this.#ask(rest.signal, () => this.#client.command({ query: sql, ...asked(rest) }));
  }

  async rows(statement: Statement): Promise<readonly Row[]> {
    return rowsOfLines(await this.bytes(statement, 'JSONEachRow'));
  }

  async bytes({ sql, ...rest }: Statement, format: string): Promise<Uint8Array> {
    if (!/^[A-Za-z]+$/.test(format)) throw new TypeError(`${format} is no format`);
    await this.#settle();
    return this.#ask(rest.signal, async () => {
      const query = `${sql} FORMAT ${format}`;
      const { stream } = await this.#client.exec({ query, ...asked(rest) });
      const pieces: Uint8Array[] = [];
      for await (const piece of stream) if (piece instanceof Uint8Array) pieces.push(piece);
      return Buffer.concat(pieces);
    });
  }

  async insert({ table, columns, format, body, rows }: Insert): Promise<void> {
    await this.#settle();
    const id = randomUUID();
    this.#unsettled.add(id);
    const values = Readable.from([Buffer.from(body.buffer, body.byteOffset, body.byteLength)], { objectMode: false });
    const query = `INSERT INTO ${table} (${columns.join(', ')}) FORMAT ${format}`;
    const summary = await this.#ask(undefined, async () => {
      const sent = await this.#client.exec({ query, values, query_id: id });
      for await (const _ of sent.stream);
      return sent.summary;
    }).catch((error: unknown) => {
      // What the server has said is over is over.
      if (error instanceof DatabaseError && error.code !== 'DB_UNAVAILABLE' && error.code !== 'DB_TIMEOUT') this.#unsettled.delete(id);
      throw error;
    });
    this.#unsettled.delete(id);
    const written = Number(summary?.written_rows ?? NaN);
    if (written !== rows) throw shortWrite(this.where, table, rows, written);
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  /** Ends inserts that were given up; what they wrote is seen by the statements behind it. */
  async #settle(): Promise<void> {
    if (this.#unsettled.size === 0) return;
    const ids = [...this.#unsettled];
    const query = 'KILL QUERY WHERE query_id IN {ids:Array(String)} AND user = currentUser() SYNC';
    await this.#ask(undefined, () => this.#client.command({ query, query_params: { ids } }));
    for (const id of ids) this.#unsettled.delete(id);
  }

  async #ask<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    try {
      signal?.throwIfAborted();
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(error, this.where);
    }
  }
}

/** What goes with the text of a statement. */
function asked({ parameters, settings, signal }: Omit<Statement, 'sql'>): {
  readonly query_params?: Record<string, unknown>;
  readonly clickhouse_settings?: ClickHouseSettings;
  readonly abort_signal?: AbortSignal;
} {
  return {
    ...(parameters === undefined ? {} : { query_params: parameters }),
    ...(settings === undefined ? {} : { clickhouse_settings: settings }),
    ...(signal === undefined ? {} : { abort_signal: signal }),
  };
}
