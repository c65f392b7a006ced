// What the collector writes into its own sealed log: who asked for what, and what was done about it. Routes and ingest are given a
// Journal; only the collector's composition knows that it is a log.
import type { Principal } from '../principal.ts';

/** What is worth a line. */
export type JournalType =
  | 'collector_started'
  | 'collector_stopped'
  | 'signed_in'
  | 'signed_out'
  | 'auth_failed'
  | 'csp_violation'
  | 'token_created'
  | 'token_revoked'
  | 'log_enrolled'
  | 'alarm_raised'
  | 'events_searched'
  | 'events_followed'
  | 'events_exported'
  | 'event_proven'
  | 'log_read'
  | 'retention_changed'
  | 'events_pruned'
  | 'internal_error';

/** One deed. */
export interface JournalEntry {
  readonly type: JournalType;
  /** INFO by default. */
  readonly severity?: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR' | 'CRITICAL';
  readonly message: string;
  /** Who did it. None: the collector itself, or somebody without a valid token. */
  readonly by?: Principal;
  /** To what: a log (named by its agent), a token, a tenant. */
  readonly target?: { readonly type: string; readonly id: string; readonly name?: string };
  readonly outcome?: 'success' | 'failure' | 'denied';
  readonly error?: unknown;
  /** The query, the time range, how many rows: what an auditor will ask. No secret. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Takes entries. It never throws: what cannot be kept is counted by the log behind it. */
export interface Journal {
  /** In the log's file when the current tick ends; durable soon after. */
  record(entry: JournalEntry): void;
}
