// What ClickHouse says of a failure, as the codes that the collector knows. The numbers are ClickHouse's own (ErrorCodes.cpp).
import { DatabaseError, type DatabaseErrorCode } from './database.ts';

const codes: ReadonlyMap<number, DatabaseErrorCode> = new Map<number, DatabaseErrorCode>([
  [158, 'DB_LIMIT'], // TOO_MANY_ROWS
  [159, 'DB_TIMEOUT'], // TIMEOUT_EXCEEDED
  [160, 'DB_TIMEOUT'], // TOO_SLOW
  [191, 'DB_LIMIT'], // SET_SIZE_LIMIT_EXCEEDED
  [202, 'DB_UNAVAILABLE'], // TOO_MANY_SIMULTANEOUS_QUERIES
  [203, 'DB_UNAVAILABLE'], // NO_FREE_CONNECTION
  [209, 'DB_TIMEOUT'], // SOCKET_TIMEOUT
  [210, 'DB_UNAVAILABLE'], // NETWORK_ERROR
  [236, 'DB_UNAVAILABLE'], // ABORTED
  [241, 'DB_LIMIT'], // MEMORY_LIMIT_EXCEEDED
  [242, 'DB_UNAVAILABLE'], // TABLE_IS_READ_ONLY
  [243, 'DB_FULL'], // NOT_ENOUGH_SPACE
  [252, 'DB_UNAVAILABLE'], // TOO_MANY_PARTS
  [307, 'DB_LIMIT'], // TOO_MANY_BYTES
  [319, 'DB_UNAVAILABLE'], // UNKNOWN_STATUS_OF_INSERT
  [394, 'DB_TIMEOUT'], // QUERY_WAS_CANCELLED
  [396, 'DB_LIMIT'], // TOO_MANY_ROWS_OR_BYTES
  [425, 'DB_UNAVAILABLE'], // SYSTEM_ERROR
  [999, 'DB_UNAVAILABLE'], // KEEPER_EXCEPTION
]);

const credentials = 'correct clickhouse.username and clickhouse.password (or passwordFile, or CLICKHOUSE_URL), and restart the collector';
const readOnly = "let the collector's user write: its profile says readonly, or the database is mounted read-only";
const tables = "the collector's database or its tables are gone: restore a backup, or restart the collector to begin with none";

/** What only the operator of the database can mend, and how. */
const remedies: ReadonlyMap<number, string> = new Map([
  [60, tables], // UNKNOWN_TABLE
  [81, tables], // UNKNOWN_DATABASE
  [164, readOnly], // READONLY
  [192, credentials], // UNKNOWN_USER
  [193, credentials], // WRONG_PASSWORD
  [194, credentials], // REQUIRED_PASSWORD
  [195, credentials], // IP_ADDRESS_NOT_ALLOWED
  [497, "grant the collector's user SELECT, INSERT, ALTER, CREATE and KILL QUERY on its database"], // ACCESS_DENIED
  [516, credentials], // AUTHENTICATION_FAILED
]);

const readOnlyDisk = /Read-only file system|errno: 30\b/;
const noRoom = /No space left on device|Disk quota exceeded|NOT_ENOUGH_SPACE|errno: (?:28|122)\b/;
const messageCharsMax = 600;

/** The code that stands for ClickHouse's own; what is not known was refused. */
export function codeOfFailure(number: number | undefined, message: string): DatabaseErrorCode {
  if (noRoom.test(message)) return 'DB_FULL';
  if (remedyOf(number, message) !== undefined) return 'DB_DENIED';
  return number === undefined ? 'DB_UNAVAILABLE' : (codes.get(number) ?? 'DB_REFUSED');
}

function remedyOf(number: number | undefined, message: string): string | undefined {
  if (readOnlyDisk.test(message)) return 'the file system of the database is mounted read-only: mount it for writing';
  return number === undefined ? undefined : remedies.get(number);
}

/** A failure of ClickHouse, told by the text of its exception. */
export function failureOf(cause: unknown, where: string): DatabaseError {
  if (cause instanceof DatabaseError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const told = numberOf(cause) ?? Number(/^Code: (\d+)\b/.exec(message)?.[1] ?? NaN);
  const number = Number.isNaN(told) ? undefined : told;
  const code = codeOfFailure(number, message);
  const remedy = code === 'DB_DENIED' ? remedyOf(number, message) : undefined;
  return new DatabaseError(code, `${where}: ${remedy ?? advice[code]} (${brief(message)})`, { cause, remedy });
}

const advice: Readonly<Record<DatabaseErrorCode, string>> = {
  DB_UNAVAILABLE: 'the database cannot be asked now; it is asked again',
  DB_FULL: 'the disk of the database is full; make room, or keep less (retention). Nothing that was acknowledged is lost',
  DB_TIMEOUT: 'the statement took too long; narrow the time range or the search',
  DB_LIMIT: 'the statement needs more rows or memory than it may; narrow the time range or the search',
  DB_REFUSED: 'the database refused the statement',
  DB_DENIED: 'the database does not let the collector work',
  DB_MISSING: 'the database is not installed',
  DB_IN_USE: 'another process uses the database',
  DB_SHORT_WRITE: 'the database wrote other than it was given',
};

/** Both clients put ClickHouse's number on their errors, under names of their own. */
function numberOf(cause: unknown): number | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined;
  const told = 'clickhouseCode' in cause ? cause.clickhouseCode : 'code' in cause ? cause.code : undefined;
  const number = typeof told === 'number' ? told : typeof told === 'string' && /^\d+$/.test(told) ? Number(told) : NaN;
  return Number.isSafeInteger(number) ? number : undefined;
}

function brief(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim();
  return line.length > messageCharsMax ? `${line.slice(0, messageCharsMax)}…` : line;
}

/** An insert that wrote other than all of its rows. */
export function shortWrite(where: string, table: string, meant: number, written: number): DatabaseError {
  return new DatabaseError(
    'DB_SHORT_WRITE',
    `${where}: of ${meant} rows for ${table} the database wrote ${written}; what is missing is written again`,
  );
}
