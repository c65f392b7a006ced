// What the reading routes are given. Each part is a port: only the collector's composition knows what stands behind it.
import type { ReadToken } from '@agent-audit/log';
import type { Authorise, TokenWatch } from '../auth/authorise.ts';
import type { Clock } from '../clock.ts';
import type { Live } from '../live/live.ts';
import type { LogDirectory } from '../live/other-collectors.ts';
import type { Journal } from '../own-log/journal.ts';
import type { Principal } from '../principal.ts';
import type { EventStore, IngestStore } from '../store/store.ts';
import type { ReadLimits } from './read-gate.ts';

/** Proves lines. */
export interface LineProver {
  /**
   * Whether the asker may see the log is for the caller to know.
   * @throws Refusal LOG_UNKNOWN, NOT_FOUND, UNAVAILABLE, INTERNAL
   */
  proof(logId: string, seq: number): Promise<{ readonly line: Uint8Array; readonly proof: string; readonly vkey: string }>;
}

/** What the collector says of itself. */
export interface CollectorFacts {
  /** Of its package. */
  readonly version: string;
  readonly store: 'embedded' | 'clickhouse';
  /** The asker's token, as GET /v1/tokens shows it. */
  readonly tokenOf: (principal: Principal) => ReadToken;
  /** Whether this collector writes a log itself, for agents of other languages. */
  readonly isRelay: (logId: string) => boolean;
}

/** All of it. */
export interface ReadParts {
  readonly store: EventStore & Pick<IngestStore, 'alarms' | 'alarmCounts' | 'cosigners'>;
  readonly logs: LogDirectory;
  readonly prover: LineProver;
  readonly authorise: Authorise;
  readonly tokenWatch: TokenWatch;
  readonly journal: Journal;
  readonly clock: Clock;
  readonly live: Live;
  readonly facts: CollectorFacts;
  readonly limits?: Partial<ReadLimits>;
}
