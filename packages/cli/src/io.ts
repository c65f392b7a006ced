/** Where a command's output goes. */
export interface Output {
  /** Whether a person looks at it. */
  readonly isTerminal: boolean;
  /** Width of the terminal, in columns. */
  readonly columns: number;
  /** Whether whoever read it has gone (EPIPE). What is written then is dropped, without an error: a command may stop early. */
  readonly isClosed: boolean;
  /** Resolves when more may be written. The bytes are the caller's again then. */
  write(data: string | Uint8Array): Promise<void>;
}

/** Everything that a command touches besides files: so that a test can run one within its own process. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Wall time, milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds, or when `signal` aborts. */
  wait(milliseconds: number): Promise<void>;
  /** Aborts when the person or the system wants the command to end. */
  readonly signal: AbortSignal;
}
