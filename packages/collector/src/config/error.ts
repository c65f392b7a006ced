/** Stable codes of what keeps a collector from starting. */
export type CollectorErrorCode =
  | 'CONFIG_UNREADABLE'
  | 'CONFIG_UNKNOWN_KEY'
  | 'CONFIG_INVALID'
  | 'DATA_FOLDER_UNUSABLE'
  | 'DATA_IN_USE'
  | 'NOT_LOOPBACK'
  | 'TLS_UNUSABLE'
  | 'ADDRESS_IN_USE'
  | 'ADDRESS_UNUSABLE';

export interface CollectorErrorOptions extends ErrorOptions {
  /** What was probably meant. */
  readonly suggestion?: string | undefined;
}

/** Why a collector does not start: what, where, and what to do next. */
export class CollectorError extends Error {
  override readonly name = 'CollectorError';
  readonly code: CollectorErrorCode;
  readonly suggestion: string | undefined;

  constructor(code: CollectorErrorCode, message: string, { suggestion, ...options }: CollectorErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.suggestion = suggestion;
  }
}

/** What a thrown value says. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
