// The database, as the store sees it: ClickHouse's dialect, by whichever adapter. Both adapters pass the same contract suite.
//
//   embedded   chDB, in this process: one folder, one process
//   remote     a ClickHouse server or cluster, over HTTP

/** A value for a `{name:Type}` place in a statement. Statements are never built from values. */
export type Parameter = string | number | bigint | boolean | readonly string[] | readonly number[];

/** One statement with its values and its limits. */
export interface Statement {
  readonly sql: string;
  readonly parameters?: Readonly<Record<string, Parameter>>;
  /** Seconds, rows, bytes: settings of this statement. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly signal?: AbortSignal;
}

/** A row, as JSONEachRow gives it (64-bit integers as texts). Nothing in it is trusted. */
export type Row = Readonly<Record<string, unknown>>;

/** Rows to insert, in a format of the database. */
export interface Insert {
  readonly table: string;
  readonly columns: readonly string[];
  /** TabSeparated: any bytes, escaped by `tabSeparated`. */
  readonly format: 'TabSeparated' | 'JSONEachRow';
  readonly body: Uint8Array;
  /** How many rows must be written, those of the table's materialized views among them: compared with what was. */
  readonly rows: number;
}

export interface Database {
  readonly kind: 'embedded' | 'remote';
  /** For people: a path, or an address without credentials. */
  readonly where: string;
  /** Runs a statement that gives no rows. */
  execute(statement: Statement): Promise<void>;
  /** All rows of a statement that has a LIMIT. */
  rows(statement: Statement): Promise<readonly Row[]>;
  /** The whole result of a statement that has a LIMIT, in an output format of the database (`Parquet`, `CSV`). */
  bytes(statement: Statement, format: string): Promise<Uint8Array>;
  /** Resolves when the rows are durable; rejects where other than all of them were written. */
  insert(insert: Insert): Promise<void>;
  close(): Promise<void>;
}

/**
 * Why the database did not do what it was told.
 *
 *   DB_UNAVAILABLE  nothing is known of the statement; try again
 *   DB_FULL         its disk has no room; nothing is lost that was acknowledged
 *   DB_TIMEOUT      the statement took longer than it may
 *   DB_LIMIT        the statement read, returned or held more than it may
 *   DB_REFUSED      the database understood and said no: a mistake in a statement, a newer schema
 *   DB_DENIED       it does not let the collector work: credentials, rights, read-only, tables gone; only its operator can mend that
 *   DB_MISSING      chdb is not installed
 *   DB_IN_USE       another process has the folder
 *   DB_SHORT_WRITE  other than all rows of an insert were written
 */
export type DatabaseErrorCode =
  | 'DB_UNAVAILABLE'
  | 'DB_FULL'
  | 'DB_TIMEOUT'
  | 'DB_LIMIT'
  | 'DB_REFUSED'
  | 'DB_DENIED'
  | 'DB_MISSING'
  | 'DB_IN_USE'
  | 'DB_SHORT_WRITE';

interface DatabaseErrorOptions extends ErrorOptions {
  readonly remedy?: string | undefined;
}

/** A refusal or failure of the database. */
export class DatabaseError extends Error {
  override readonly name = 'DatabaseError';
  readonly code: DatabaseErrorCode;
  /** What the operator does about it, where nobody else can do anything. It holds nothing secret: anybody may be told. */
  readonly remedy: string | undefined;

  constructor(code: DatabaseErrorCode, message: string, { remedy, ...options }: DatabaseErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
  }
}
