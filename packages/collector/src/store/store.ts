// What the collector keeps, and asks of it: every statement of SQL is behind this. Ingest writes through `commit`, the read API
// asks through the rest.
import type { Hash } from '@agent-audit/log';
import type { Query } from '@agent-audit/search';
import type { Principal, Visible } from '../principal.ts';

/** A log, as this collector process has witnessed it. Exempt from retention. */
export interface LogRecord {
  /** The 32 hex digits of the origin. */
  readonly logId: string;
  readonly origin: string;
  readonly vkey: string;
  readonly tenant: string;
  /** The agent that the log's rows are stored under: the token's where that is bound, else the origin's. */
  readonly agent: string;
  readonly enrolledAtMs: number;
  /** The first seq that is stored: 0, or behind a gap that cannot be closed. */
  readonly first: number;
  readonly size: number;
  /** Lines that its writer last said it has: those beyond `size` are still to come. undefined where nobody knows. */
  readonly toldSize: number | undefined;
  /** The tree over [0, size), largest subtree first. */
  readonly frontier: readonly Hash[];
  /** The newest checkpoint with this collector's cosignature; '' before the first. */
  readonly note: string;
  /** The last request that held, a heartbeat too. */
  readonly seenAtMs: number;
  /** The last request that brought lines; the same as seenAtMs where no heartbeat came since. */
  readonly grownAtMs: number;
  /** The newest event's own time, as its line says. */
  readonly newestEventMs: number;
  /** How the log ends: `stop` is a writer that ended by its will. */
  readonly end: 'open' | 'stop';
  readonly state: 'sound' | 'forked';
  /** Lines that the log has erased, and that are not stubs in the store yet: part of the commit point, so that no crash forgets them. */
  readonly erasing: readonly number[];
}

/** Lines of one log, verified, to be stored. */
export interface LineBatch {
  readonly logId: string;
  readonly origin: string;
  readonly tenant: string;
  readonly agent: string;
  /** The seq of the first line; it is the line's place, whatever the line says. */
  readonly from: number;
  /** Whole lines, each with its LF. Any bytes: a line that is no event is stored raw, and marked. */
  readonly bytes: Uint8Array;
  readonly lines: number;
  readonly receivedAtMs: number;
  /** The collector wrote these lines, for an agent of another language. */
  readonly relayed?: boolean;
}

/** The root of the whole subtree of 2^level leaves that begins at leaf index * 2^level. */
export interface TreeNode {
  readonly logId: string;
  readonly level: number;
  readonly index: number;
  readonly hash: Hash;
}

export type AlarmKind = 'FORK' | 'ROLLBACK' | 'ROOT_MISMATCH' | 'DATA_LOST' | 'GAP' | 'FOREIGN_IDENTITY';

/** Something that an auditor must hear of. Never deleted. The id follows from what it says, so that the same alarm twice is one. */
export interface Alarm {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly logId: string;
  readonly origin: string;
  readonly kind: AlarmKind;
  readonly atMs: number;
  readonly message: string;
  /** Signed notes, the collector's and the agent's: the evidence. GAP: the last note before the gap, then the one behind it. */
  readonly notes: readonly string[];
  /** GAP: lines [from, to) that nobody will ever have. */
  readonly from?: number;
  readonly to?: number;
}

/** All that one round of ingest makes durable: lines, nodes and alarms, and after them the records: these are the commit point. */
export interface Commit {
  readonly batches: readonly LineBatch[];
  readonly nodes: readonly TreeNode[];
  readonly alarms: readonly Alarm[];
  readonly records: readonly LogRecord[];
}

/** A token, without its secret. */
export interface TokenRecord extends Principal {
  /** SHA-256 of the secret, hex. The secret has 256 bits of chance, so that no slow hash is needed. */
  readonly secretSha256: string;
  readonly createdAtMs: number;
  readonly revokedAtMs?: number;
}

/**
 * What is to be known of a stored line. NOT_JSON: no event can be read in it · OTHER_TENANT, OTHER_AGENT: the line names another than
 * its token · RELAYED: written by the collector, for an agent of another language · ERASED: a stub, by the log's own erasure.
 */
export type Mark = 'NOT_JSON' | 'OTHER_TENANT' | 'OTHER_AGENT' | 'RELAYED' | 'ERASED';

/** An event, as it is stored. */
export interface StoredEvent {
  readonly logId: string;
  readonly origin: string;
  readonly tenant: string;
  readonly agent: string;
  readonly seq: number;
  /** The raw line, as text (invalid UTF-8 becomes U+FFFD; `/v1/logs/{id}/{seq}/proof` has the bytes). */
  readonly line: string;
  /** By the collector's clock. */
  readonly receivedAtMs: number;
  /** By the event's own. */
  readonly timestampMs: number;
  readonly marks: readonly Mark[];
}

/** Which events, in which order. */
export interface EventsRequest {
  readonly visible: Visible;
  readonly query: Query;
  /** By the event's own time: [since, until). */
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly order: 'asc' | 'desc';
  readonly limit: number;
  /** Events strictly behind this one, in that order. */
  readonly after?: EventKey;
  readonly signal?: AbortSignal;
}

/** The place of an event in the order of all: time, then log, then seq. */
export interface EventKey {
  readonly timestampMs: number;
  /** Nanoseconds below the millisecond. */
  readonly nanos: number;
  readonly logId: string;
  readonly seq: number;
}

/** What ingest needs. One object of this kind per collector process. */
export interface IngestStore {
  /**
   * Makes all of it durable, the records last; resolves when it is. After a rejection nothing is known, and nothing is on its way: the
   * caller reads back with `records` and `storedSize`, and goes on from there. The same commit twice stores once.
   */
  commit(commit: Commit): Promise<void>;
  /** The record of each log that this collector has, newest state; at start. */
  records(): Promise<readonly LogRecord[]>;
  record(logId: string): Promise<LogRecord | undefined>;
  /**
   * One more than the highest seq that is stored of a log from `from` on without a hole; `from` where nothing is. Lines beyond a record
   * are of a commit that was cut off.
   */
  storedSize(logId: string, from: number): Promise<number>;
  /** Raw lines [from, to), each with its LF, in order; fewer where some are gone. At most 64 MiB. */
  lines(logId: string, from: number, to: number): Promise<{ readonly bytes: Uint8Array; readonly seqs: readonly number[] }>;
  nodes(logId: string, wanted: readonly { readonly level: number; readonly index: number }[]): Promise<readonly TreeNode[]>;
  /** Replaces lines by their stubs (each with its LF), and sees to it that the old bytes go. Idempotent. */
  erase(logId: string, stubs: readonly { readonly seq: number; readonly line: Uint8Array }[]): Promise<void>;
  /** The newest first; of one log, where one is named. */
  alarms(visible: Visible, limit: number, logId?: string): Promise<readonly Alarm[]>;
  /** How many there are of each log that has any. */
  alarmCounts(visible: Visible): Promise<ReadonlyMap<string, number>>;
  /** Vkeys of all cosigners that ever ran on this store; `announce` adds one. */
  cosigners(): Promise<readonly string[]>;
  announce(vkey: string): Promise<void>;
}

/** What auth needs. */
export interface TokenStore {
  tokens(): Promise<readonly TokenRecord[]>;
  /** Adds one, or changes it (revocation, expiry). Durable when it resolves. */
  put(token: TokenRecord): Promise<void>;
}

/** A page of events, and the places to go on from in both directions. */
export interface EventsPage {
  readonly events: readonly (StoredEvent & { readonly key: EventKey })[];
  /** Whether more follow in the order of the request. */
  readonly more: boolean;
}

/** A bar of the histogram: [fromMs, fromMs + widthMs). */
export interface HistogramBar {
  readonly fromMs: number;
  readonly widthMs: number;
  /** Events by series: the severity or the type. */
  readonly counts: Readonly<Record<string, number>>;
}

/** How often a value stands in a field. */
export interface FacetValue {
  readonly value: string;
  readonly count: number;
}

/** One job, summed up. An unknown outcome is one that nobody was left to see. */
export interface JobSummary {
  readonly jobId: string;
  readonly tenant: string;
  readonly agent: string;
  readonly startedMs: number;
  readonly endedMs?: number;
  /** What its end says it took; by both times, where that says nothing. */
  readonly tookMs?: number;
  readonly outcome: 'completed' | 'failed' | 'timeout' | 'unknown' | 'running';
  readonly events: number;
  readonly errors: number;
  readonly findings?: number;
}

type Narrowed = Omit<EventsRequest, 'order' | 'limit' | 'after'>;

/** The place of an event in the order of arrival: when it was received, then log, then seq. */
export interface ArrivalKey {
  readonly receivedMs: number;
  readonly logId: string;
  readonly seq: number;
}

/** Which events, in the order in which they came in. */
export interface ArrivalsRequest {
  readonly visible: Visible;
  readonly query: Query;
  /** Received then or later, by the clock of the collector that took them. */
  readonly receivedFromMs: number;
  /** Only these lines of one log: [from, to). */
  readonly lines?: { readonly logId: string; readonly from: number; readonly to: number };
  /** Strictly behind this one. */
  readonly after?: ArrivalKey;
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** Of which logs, over which time. */
export interface RatesRequest extends Pick<Narrowed, 'visible' | 'signal'> {
  readonly logIds: readonly string[];
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly bars: number;
}

/** What the read API needs. */
export interface EventStore {
  events(request: EventsRequest): Promise<EventsPage>;
  /** What a tail goes on with where memory has nothing any more. */
  arrivals(request: ArrivalsRequest): Promise<{ readonly events: readonly StoredEvent[]; readonly more: boolean }>;
  count(request: Narrowed): Promise<number>;
  /** At most 400 bars over [sinceMs, untilMs), which must be given. */
  histogram(request: Narrowed & { readonly bars: number; readonly by: 'severity' | 'type' }): Promise<readonly HistogramBar[]>;
  /**
   * Events of each of these logs over [sinceMs, untilMs), which must be given: at most 400 bars of one width, the empty ones too. Logs
   * without events are left out.
   */
  rates(request: RatesRequest): Promise<ReadonlyMap<string, readonly number[]>>;
  facets(
    request: Narrowed & { readonly fields: readonly string[]; readonly limit: number },
  ): Promise<Readonly<Record<string, readonly FacetValue[]>>>;
  /** Counts by type, severity, agent; errors by text; durations (median, 95th) by type. */
  stats(request: Narrowed): Promise<EventStats>;
  jobs(request: Narrowed & { readonly limit: number; readonly outcome?: JobSummary['outcome'] }): Promise<readonly JobSummary[]>;
  /** Matching lines as NDJSON (the raw lines), CSV or Parquet, piece by piece, oldest first. */
  export(request: Narrowed, format: 'ndjson' | 'csv' | 'parquet'): AsyncIterable<Uint8Array>;
}

export interface EventStats {
  readonly events: number;
  readonly firstMs?: number;
  readonly lastMs?: number;
  readonly byType: readonly FacetValue[];
  readonly bySeverity: readonly FacetValue[];
  readonly byAgent: readonly FacetValue[];
  readonly topErrors: readonly FacetValue[];
  readonly durations: readonly {
    readonly type: string;
    readonly count: number;
    readonly medianMs: number;
    readonly p95Ms: number;
    readonly maxMs: number;
  }[];
}

/** Retention of the store, by tenant. */
export interface Retention {
  readonly tenant: string;
  /** 0: keep for ever. */
  readonly maxAgeDays: number;
  readonly hold: boolean;
}

/** What looks after the store. */
export interface StoreUpkeep {
  retention(): Promise<readonly Retention[]>;
  setRetention(retention: Retention): Promise<void>;
  /** Deletes what is older than its tenant keeps; tells how many lines went, by log, so that proofs and pages can say so. */
  prune(nowMs: number): Promise<readonly { readonly logId: string; readonly next: number; readonly lines: number }[]>;
  /** Rows, bytes on disk, free bytes where that can be known. */
  usage(): Promise<{ readonly events: number; readonly bytes: number; readonly freeBytes?: number }>;
}

/** What several collectors on one store know of each other. */
export interface SharedStore {
  /** The records of all collectors but this one; of a log that several have, the one that is furthest. */
  othersRecords(): Promise<readonly LogRecord[]>;
}

export type Store = IngestStore & SharedStore & TokenStore & EventStore & StoreUpkeep & { close(): Promise<void> };
