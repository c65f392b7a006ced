// What the shipper, which has a thread of its own, and the logger tell each other. All of it can be cloned into another thread.
import type { AuditErrorCode } from '../error.ts';

/** Where the bearer token comes from. */
export type TokenSource =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly token: string }
  /** Read again for each request: whoever rotates it replaces the file. */
  | { readonly kind: 'file'; readonly path: string }
  /** A function of the caller's, which only its own thread can call. */
  | { readonly kind: 'asked' };

/** Where to ship, and how; what does not change while a logger lives. */
export interface RemoteJob {
  readonly endpoint: string;
  readonly token: TokenSource;
  /** vkeys that may cosign; empty: those of the first answer, which are pinned. */
  readonly cosigners: readonly string[];
  /** PEM text of the certificates that are trusted, instead of the system's. */
  readonly ca: string | undefined;
  readonly proxies: ProxyVariables;
}

/** The conventional variables, as they stand. */
export interface ProxyVariables {
  readonly https: string | undefined;
  readonly http: string | undefined;
  readonly no: string | undefined;
}

/** All that a shipper is given at its start. */
export interface ShipJob extends RemoteJob {
  /** Of the package: in a bundle the shipping thread's file may be older than the program's. */
  readonly version: string;
  readonly logFile: string;
  readonly fileMode: number;
  /** The log's key, as a vkey. */
  readonly vkey: string;
  /** The counters of the log, of which it reads how much is sealed. */
  readonly shared: SharedArrayBuffer;
}

/** A trouble of shipping that lasts until it is over. */
export type ShipTroubleCode = Extract<
  AuditErrorCode,
  'REMOTE_UNREACHABLE' | 'REMOTE_REFUSED' | 'REMOTE_UNTRUSTED' | 'REMOTE_LOST_DATA' | 'SHIPPING_FAILED'
>;

/** Why an origin can never be shipped on. */
export type FinalWhy = 'fork' | 'rollback' | 'refused';

/** What the shipper tells the logger. */
export type ShipEvent =
  /** So many lines are cosigned. `behindSinceMs`: how long the oldest sealed line without a cosignature waits, ms since the epoch. */
  | { readonly kind: 'progress'; readonly size: number; readonly behindSinceMs: number | undefined }
  | { readonly kind: 'failed'; readonly code: ShipTroubleCode; readonly message: string }
  | { readonly kind: 'well'; readonly code: ShipTroubleCode }
  | { readonly kind: 'token_wanted'; readonly id: number }
  /** Nothing more is shipped under this origin, for ever; the evidence is on disk. */
  | { readonly kind: 'final'; readonly why: FinalWhy; readonly message: string }
  /** The lines on disk are not those that were signed. */
  | { readonly kind: 'damaged'; readonly message: string }
  | { readonly kind: 'stopped' };

/** What the logger tells the shipper. */
export type ShipCommand =
  | { readonly kind: 'token'; readonly id: number; readonly token?: string; readonly failure?: string }
  /** Ship what is sealed, once more, then end. */
  | { readonly kind: 'stop' };
