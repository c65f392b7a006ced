import type { SearchError } from '@agent-audit/search';
import { CliError, exit } from './error.ts';
import type { Io } from './io.ts';
import type { Style } from './style.ts';
import { inert, jsonLine, widthOf } from './text.ts';

/** An error as it is told: the same for a person and for a program. */
interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly exitCode: number;
  readonly suggestion?: string | undefined;
  /** Where in a search. */
  readonly at?: { readonly search: string; readonly column: number; readonly length: number };
}

/** A search that cannot be run, with its text, so that the place can be shown. */
export class SearchRefused extends Error {
  override readonly name = 'SearchRefused';
  readonly search: string;
  readonly error: SearchError;

  constructor(search: string, error: SearchError) {
    super(error.message, { cause: error });
    this.search = search;
    this.error = error;
  }
}

/**
 * Tells an error on stderr: one line with its code, and for a search the place.
 * @returns the exit status that goes with it
 */
export async function reportError(error: unknown, io: Io, style: Style, json: boolean): Promise<number> {
  const told = tell(error);
  const { code, message, suggestion, at } = told;
  if (json) {
    await io.stderr.write(jsonLine({ error: { code, message, suggestion, column: at?.column, length: at?.length } }, io.stderr));
    return told.exitCode;
  }
  const meant = suggestion === undefined ? '' : ` (did you mean ${inert(suggestion)}?)`;
  const lines = [
    `${style.red('error:')} ${inert(message)}${meant}   ${style.dim(code)}`,
    ...(at === undefined ? [] : showPlace(at, style)),
  ];
  await io.stderr.write(`${lines.join('\n')}\n`);
  return told.exitCode;
}

function tell(error: unknown): ToldError {
  if (error instanceof SearchRefused) {
    const { code, message, column, length, suggestion } = error.error;
    return { code, message, suggestion, at: { search: error.search, column, length }, exitCode: exit.usage };
  }
  if (error instanceof CliError) return error;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string' && isOurs(error)) {
    // A LogError is about what was given: a key, a policy, a proof.
    const isUsage = error.name === 'LogError' || error.code.startsWith('CONFIG_') || error.code === 'NOT_LOOPBACK';
    const suggestion = 'suggestion' in error && typeof error.suggestion === 'string' ? error.suggestion : undefined;
    return { code: error.code, message: error.message, suggestion, exitCode: isUsage ? exit.usage : exit.failed };
  }
  if (error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string') {
    return { code: error.code, message: `the system refused: ${error.message}`, exitCode: exit.failed };
  }
  const cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'INTERNAL', message: `a fault in agent-audit itself, please report it: ${cause}`, exitCode: exit.failed };
}

function isOurs(error: Error): boolean {
  return ['LogError', 'FilesError', 'AuditError', 'CollectorError', 'DatabaseError'].includes(error.name);
}

/** How much of a long search is shown, before and after the place. */
const contextUnits = 60;

function showPlace({ search, column, length }: NonNullable<ToldError['at']>, style: Style): string[] {
  const start = column - 1;
  const from = Math.max(0, start - contextUnits);
  const before = (from > 0 ? '…' : '') + inert(search.slice(from, start));
  const wrong = inert(search.slice(start, start + Math.min(length, contextUnits)));
  const rest = search.slice(start + length);
  const after = inert(rest.slice(0, contextUnits)) + (rest.length > contextUnits ? '…' : '');
  return [`  ${before}${wrong}${after}`, `  ${' '.repeat(widthOf(before))}${style.red('^'.repeat(Math.max(1, widthOf(wrong))))}`];
}
