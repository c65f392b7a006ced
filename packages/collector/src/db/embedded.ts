// ClickHouse in this process (chDB): one folder, one process. Every call runs off the event loop.
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type * as Chdb from 'chdb';
import { failureOf, shortWrite } from './database-failure.ts';
import { type Database, DatabaseError, type Insert, type Parameter, type Row, type Statement } from './database.ts';
import { rowsOfLines } from './row-lines.ts';
import { commonSettings, settingsClause } from './settings.ts';

export interface EmbeddedOptions {
  /** The folder of the database; made where it is not there. */
  readonly folder: string;
  /** Name of the database in it. */
  readonly database: string;
  /** What the engine may hold in memory, in bytes, beside some 250 MB for itself. */
  readonly memoryBytesMax?: number;
  /** Where `BACKUP` may write to, and `RESTORE` read from. */
  readonly backupFolder?: string;
  /** Threads of one statement; by default as many as there are processors, up to four. */
  readonly threads?: number;
}

const memoryBytesDefault = 1_000_000_000;
const threadsMax = 4;

/**
 * Opens the folder.
 * @throws DatabaseError DB_MISSING, DB_IN_USE, DB_REFUSED
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<Database> {
  const chdb = await loadChdb();
  mkdirSync(options.folder, { recursive: true, mode: 0o700 });
  // Statements of one connection wait for each other: one is for what reads, and two are for inserts side by side.
  const writer = connect(chdb, options);
  try {
    await writer.queryAsync(`CREATE DATABASE IF NOT EXISTS ${options.database}`);
    const second = connect(chdb, options);
    const reader = connect(chdb, options);
    for (const session of [writer, second, reader]) await session.queryAsync(`USE ${options.database}`);
    return new EmbeddedDatabase(chdb, options.folder, [writer, second], reader);
  } catch (error) {
    writer.close();
    throw failureOf(error, options.folder);
  }
}

async function loadChdb(): Promise<typeof Chdb> {
  try {
    return await import('chdb');
  } catch (error) {
    throw new DatabaseError(
      'DB_MISSING',
      'the embedded database (the optional package chdb) is not installed, or has no build for this platform: install it ' +
        '(npm install chdb; Linux with glibc, or macOS), or set CLICKHOUSE_URL to a ClickHouse server',
      { cause: error },
    );
  }
}

function connect(chdb: typeof Chdb, options: EmbeddedOptions): Chdb.Session {
  const { folder, memoryBytesMax = memoryBytesDefault, backupFolder, threads = Math.min(threadsMax, availableParallelism()) } = options;
  const settings: Readonly<Record<string, string | number>> = {
    ...commonSettings,
    max_server_memory_usage: memoryBytesMax,
    max_memory_usage: Math.floor(memoryBytesMax * 0.6),
    mark_cache_size: 32_000_000,
    index_mark_cache_size: 32_000_000,
    primary_index_cache_size: 64_000_000,
    uncompressed_cache_size: 0,
    max_threads: threads,
    // ClickHouse takes one thread where it has not a gibibyte free for each; the bound for a statement does that here.
    max_threads_min_free_memory_per_thread: 0,
    // Pages are read in their order; the other way to find the first rows keeps conditions from being asked before all columns are read.
    use_top_k_dynamic_filtering: 0,
    max_insert_threads: 1,
    background_pool_size: 2,
    ...(backupFolder === undefined ? {} : { 'backups.allowed_path': backupFolder }),
  };
  try {
    return new chdb.Session(folder, { connectionArgs: Object.entries(settings).map(([name, value]) => `--${name}=${value}`) });
  } catch (error) {
    const holder = holderOf(folder);
    if (holder !== undefined && holder !== process.pid) {
      throw new DatabaseError(
        'DB_IN_USE',
        `${folder} is in use by process ${holder}: a folder belongs to one collector. End that one, or give this one a folder of its own`,
        { cause: error },
      );
    }
    const why = error instanceof Error ? error.message : String(error);
    throw new DatabaseError('DB_REFUSED', `${folder} cannot be opened as a database: ${why}`, { cause: error });
  }
}

/** The process that has the folder open, as the engine's own lock file names it. */
function holderOf(folder: string): number | undefined {
  try {
    const pid = Number(/^PID: (\d+)$/m.exec(readFileSync(join(folder, 'status'), 'utf8'))?.[1] ?? NaN);
    if (Number.isNaN(pid)) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

class EmbeddedDatabase implements Database {
  readonly kind = 'embedded';
  readonly where: string;
  readonly #chdb: typeof Chdb;
  readonly #writer: Chdb.Session;
  readonly #second: Chdb.Session;
  readonly #reader: Chdb.Session;
  #writing = 0;

  constructor(chdb: typeof Chdb, where: string, [writer, second]: readonly [Chdb.Session, Chdb.Session], reader: Chdb.Session) {
    this.#chdb = chdb;
    this.where = where;
    this.#writer = writer;
    this.#second = second;
    this.#reader = reader;
  }

  async execute(statement: Statement): Promise<void> {
    await this.#run(this.#writer, statement, 'Null');
  }

  async rows(statement: Statement): Promise<readonly Row[]> {
    return rowsOfLines(await this.bytes(statement, 'JSONEachRow'));
  }

  async bytes(statement: Statement, format: string): Promise<Uint8Array> {
    return (await this.#run(this.#reader, statement, format)).bytes();
  }

  async insert({ table, columns, format, body, rows }: Insert): Promise<void> {
    const session = this.#writing++ === 0 ? this.#writer : this.#second;
    const written = await session
      .insert({ table, columns, values: body, format })
      .then(({ rowsWritten }) => rowsWritten)
      .catch((error: unknown) => {
        throw failureOf(error, this.where);
      })
      .finally(() => {
        this.#writing--;
      });
    if (written !== rows) throw shortWrite(this.where, table, rows, written);
  }

  async close(): Promise<void> {
    this.#reader.close();
    this.#second.close();
    this.#writer.close();
    await this.#chdb.drainPending();
  }

  async #run(session: Chdb.Session, { sql, parameters, settings, signal }: Statement, format: string): Promise<Chdb.ChdbResult> {
    const text = `${sql}${settingsClause(settings)}`;
    const options = { format, ...(signal === undefined ? {} : { signal }) };
    try {
      if (parameters === undefined || Object.keys(parameters).length === 0) return await session.queryAsync(text, options);
      return await session.queryBindAsync(text, bound(parameters), options);
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(error, this.where);
    }
  }
}

/** Truths are numbers to ClickHouse's older types. */
function bound(parameters: Readonly<Record<string, Parameter>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, typeof value === 'boolean' ? Number(value) : value]));
}
