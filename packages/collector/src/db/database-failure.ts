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

const noRoom = /No space left on device|Disk quota exceeded|NOT_ENOUGH_SPACE|errno: (?:28|122)\b/;
const messageCharsMax = 600;

/** The code that stands for ClickHouse's own; what is not known was refused. */
export function codeOfFailure(number: number | undefined, message: string): DatabaseErrorCode {
  if (noRoom.test(message)) return 'DB_FULL';
  return number === undefined ? 'DB_UNAVAILABLE' : (codes.get(number) ?? 'DB_REFUSED');
}

/** A failure of ClickHouse, told by the text of its exception. */
export function failureOf(cause: unknown, where: string): DatabaseError {
  if (cause instanceof DatabaseError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  const number = numberOf(cause) ?? Number(/^Code: (\d+)\b/.exec(message)?.[1] ?? NaN);
  const code = codeOfFailure(Number.isNaN(number) ? undefined : number, message);
  return new DatabaseError(code, `${where}: ${advice[code]} (${brief(message)})`, { cause });
}

const advice: Readonly<Record<DatabaseErrorCode, string>> = {
  DB_UNAVAILABLE: 'the database cannot be asked now; it is asked again',
  DB_FULL: 'the disk of the database is full; make room, or keep less (retention). Nothing that was acknowledged is lost',
  DB_TIMEOUT: 'the statement took too long; narrow the time range or the search',
  DB_LIMIT: 'the statement needs more rows or memory than it may; narrow the time range or the search',
  DB_REFUSED: 'the database refused the statement',
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
