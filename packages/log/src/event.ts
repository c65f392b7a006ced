export * from './event-log.ts';

/** The 25 event types that every agent shares. Callers may use further types of their own, but none that begins with `log.`. */
export const EventType = {
  AgentStart: 'agent_start',
  AgentStop: 'agent_stop',
  AgentError: 'agent_error',
  JobReceived: 'job_received',
  JobStarted: 'job_started',
  JobCompleted: 'job_completed',
  JobFailed: 'job_failed',
  JobTimeout: 'job_timeout',
  ScanStarted: 'scan_started',
  ScanCompleted: 'scan_completed',
  ScanFailed: 'scan_failed',
  UploadStarted: 'upload_started',
  UploadCompleted: 'upload_completed',
  UploadFailed: 'upload_failed',
  UploadRetry: 'upload_retry',
  ChunkCreated: 'chunk_created',
  ChunkUploaded: 'chunk_uploaded',
  ChunkFailed: 'chunk_failed',
  ChunkCleanup: 'chunk_cleanup',
  ResourceThrottle: 'resource_throttle',
  ResourceResume: 'resource_resume',
  ResourceWarning: 'resource_warning',
  AuthFailed: 'auth_failed',
  RateLimited: 'rate_limited',
  ValidationError: 'validation_error',
} as const;
export type EventType = (typeof EventType)[keyof typeof EventType];

/** How bad an event is, from least to worst. */
export const Severity = {
  Debug: 'DEBUG',
  Info: 'INFO',
  Warn: 'WARN',
  Error: 'ERROR',
  Critical: 'CRITICAL',
} as const;
export type Severity = (typeof Severity)[keyof typeof Severity];

const severities: readonly string[] = Object.values(Severity);

/** 0 (DEBUG) to 4 (CRITICAL), for comparing; -1 for anything else. */
export function severityRank(severity: string): number {
  return severities.indexOf(severity);
}

/** Whether a text is one of the five severities, by its exact spelling. */
export function isSeverity(text: string): text is Severity {
  return severities.includes(text);
}

const actorTypes = ['user', 'service', 'agent', 'system'] as const;
const outcomes = ['success', 'failure', 'denied', 'timeout', 'unknown'] as const;

/** What kind of party acts. */
export type ActorType = (typeof actorTypes)[number];
/** How what an event tells of ended. `unknown`: nobody was left to see it. */
export type Outcome = (typeof outcomes)[number];

/** Which end of an operation a line is. Lines that were logged within it carry its span, and not this. */
export type OperationEnd = 'start' | 'end';

/** Whether a text is one of the kinds of actors. */
export function isActorType(text: string): text is ActorType {
  return (actorTypes as readonly string[]).includes(text);
}

/** Whether a text is one of the outcomes. */
export function isOutcome(text: string): text is Outcome {
  return (outcomes as readonly string[]).includes(text);
}

/** Who did it. */
export interface Actor {
  readonly type: ActorType;
  readonly id: string;
  readonly name?: string;
}

/** What it was done to. */
export interface Target {
  readonly type: string;
  readonly id: string;
  readonly name?: string;
}

/** Free-form facts of one event: whatever JSON can carry. */
export type Details = Readonly<Record<string, unknown>>;

/** What an event says besides its time, in camelCase; `wireNames` has the spelling on the line. */
interface EventFields {
  readonly agentId?: string;
  readonly tenantId?: string;
  readonly jobId?: string;
  readonly reportId?: string;
  readonly message: string;
  readonly error?: string;
  /** Milliseconds. */
  readonly durationMs?: number;
  readonly details?: Details;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly parentSpanId?: string;
  readonly actor?: Actor;
  readonly target?: Target;
  readonly outcome?: Outcome;
}

/** An event as a caller hands it in. What is missing (time, severity, agent, tenant) the logger fills in. */
export interface AuditEvent extends EventFields {
  readonly timestamp?: string | Date;
  readonly type: EventType | (string & {});
  readonly severity?: Severity;
}

/** Where an imported event came from: the kind of source, the file's SHA-256 in hexadecimal, the line in it (from 1). */
export interface ImportedFrom {
  readonly from: string;
  readonly fileSha256: string;
  readonly line: number;
}

/** An event as it stands on a line of a log. */
export interface RecordedEvent extends EventFields {
  /** The line's place in the log, from 0. */
  readonly seq: number;
  /** RFC 3339, UTC, with all its digits, as on the line; '' on a `log.erased` stub. */
  readonly timestamp: string;
  readonly type: string;
  /** '' on a `log.erased` stub. */
  readonly severity: Severity | '';
  /** The first or the last line of an operation, as the log itself writes them. */
  readonly operation?: OperationEnd;
  /** When the event was recorded, where its timestamp was given by the caller. */
  readonly recordedAt?: string;
  /** What the schema of its type objected to. */
  readonly invalid?: readonly string[];
  readonly imported?: ImportedFrom;
  /** How big the event was (bytes, a lower bound) before it was cut to fit a line. */
  readonly truncated?: { readonly bytes: number };
  /** Only on a `log.erased` stub, of which nothing else is left: the erased line's leaf hash, base64. */
  readonly leaf?: string;
}

/** The spelling on the line of every field that has another name in code. */
export const wireNames = {
  agentId: 'agent_id',
  tenantId: 'tenant_id',
  jobId: 'job_id',
  reportId: 'report_id',
  durationMs: 'duration_ms',
  traceId: 'trace_id',
  spanId: 'span_id',
  parentSpanId: 'parent_span_id',
  recordedAt: 'recorded_at',
} as const;
