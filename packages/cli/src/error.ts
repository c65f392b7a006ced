import type { WireProblemCode } from '@agent-audit/log';

/** Exit statuses of every command; 3 is verify's alone. */
export const exit = {
  done: 0,
  /** verify: tampered or missing. Others: nothing found, some refused, something to mend. */
  no: 1,
  usage: 2,
  notAnchored: 3,
  /** It could not be found out: files that are not there or cannot be read. */
  failed: 4,
  interrupted: 130,
} as const;

/** Stable codes of what the command line itself refuses. */
export type CliErrorCode =
  | 'USAGE_UNKNOWN_COMMAND'
  | 'USAGE_UNKNOWN_OPTION'
  | 'USAGE_MISSING_VALUE'
  | 'USAGE_UNWANTED_VALUE'
  | 'USAGE_MISSING_ARGUMENT'
  | 'USAGE_UNWANTED_ARGUMENT'
  | 'USAGE_BAD_VALUE'
  | 'USAGE_CONFLICT'
  | 'TOO_MUCH_TO_REVERSE'
  | 'COULD_NOT_READ'
  | 'COULD_NOT_WRITE'
  | 'ALREADY_THERE'
  | 'WITNESS_FAILED'
  | 'COLLECTOR_MISSING'
  | 'NO_HOME'
  | 'USAGE_NO_COLLECTOR'
  | 'CONFIG_MALFORMED'
  | 'COLLECTOR_UNREACHABLE'
  | 'COLLECTOR_NOT_TRUSTED'
  | 'COLLECTOR_NEWER'
  | 'COLLECTOR_ANSWER_MALFORMED'
  | 'NOT_A_COLLECTOR'
  | 'PROXY_REFUSED'
  // What a collector refuses keeps its code.
  | WireProblemCode;

/** Refusals of a collector that are about what was asked. */
const usage: ReadonlySet<CliErrorCode> = new Set<CliErrorCode>(['REQUEST_MALFORMED', 'SEARCH_MALFORMED']);

export interface CliErrorOptions extends ErrorOptions {
  /** What was probably meant. */
  readonly suggestion?: string | undefined;
}

/** What a command refuses or fails at: what, where, and what to do next, under a code for programs. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly code: CliErrorCode;
  readonly exitCode: number;
  readonly suggestion: string | undefined;

  constructor(code: CliErrorCode, message: string, { suggestion, ...options }: CliErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.exitCode = code.startsWith('USAGE_') || usage.has(code) ? exit.usage : exit.failed;
    this.suggestion = suggestion;
  }
}
