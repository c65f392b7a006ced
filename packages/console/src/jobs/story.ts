// What a job's events tell, as rows of a picture: a bar for what began and ended, a point for everything else.
//
//   an operation    its two ends name themselves (`operation`), and share a span
//   a pair          X_started … X_completed | X_failed | X_timeout, and resource_throttle … resource_resume, of one log, the last first
//   a point         everything else; what follows itself is counted
//
// What several agents did for one job is told one agent after the other, on one scale of time.
import type { ReadEvent } from '@agent-audit/log';

/** Where an event stands: what the proof of it is asked by. */
export interface EventRef {
  readonly log: string;
  readonly seq: number;
}

/** How a row ended. `open`: its end is not among the events. */
export type RowState = 'done' | 'failed' | 'open' | 'point';

/** Something within a row. */
export interface Mark {
  readonly atMs: number;
  readonly isError: boolean;
  readonly text: string;
}

/** One line of the picture. */
export interface StoryRow {
  readonly label: string;
  readonly fromMs: number;
  /** Missing for points, and for what did not end. */
  readonly toMs?: number;
  readonly state: RowState;
  readonly isError: boolean;
  /** How deep it stands below other operations. */
  readonly depth: number;
  /** How often it stands there in a row. */
  readonly times: number;
  readonly message: string;
  readonly error?: string;
  readonly marks: readonly Mark[];
  /** The event that it began with. */
  readonly firstSeq: number;
  /** The event that it ended with, or the last that is known of it. */
  readonly ref: EventRef;
}

/** The seqs of a row: `#12`, or `#12–#15`. */
export function seqsOf({ firstSeq, ref }: StoryRow): string {
  return firstSeq === ref.seq ? `#${ref.seq}` : `#${firstSeq}–#${ref.seq}`;
}

/** What one log tells of a job, in order. */
export interface StoryPart {
  readonly log: string;
  readonly agent: string;
  readonly tenant: string;
  readonly rows: readonly StoryRow[];
}

/** A job's picture: [fromMs, toMs], and what each log tells. */
export interface Story {
  readonly fromMs: number;
  readonly toMs: number;
  readonly parts: readonly StoryPart[];
}

interface Fact extends EventRef {
  readonly atMs: number;
  readonly type: string;
  readonly severity: string;
  readonly message: string;
  readonly error: string | undefined;
  readonly durationMs: number | undefined;
  readonly spanId: string | undefined;
  readonly parentSpanId: string | undefined;
  readonly end: 'start' | 'end' | undefined;
}

/** `spanId`: the operation that the row is; undefined where it only stands within one. */
type Row = { -readonly [K in keyof StoryRow]: StoryRow[K] } & { readonly marks: Mark[]; readonly spanId: string | undefined };

const endPattern = /^(.+)_(completed|failed|timeout|stopped)$/;

/** The picture of these events, oldest first. A line that is no event is a point of its own. */
export function storyOf(events: readonly ReadEvent[]): Story {
  const logs = new Map<string, ReadEvent[]>();
  for (const event of events) {
    const ofLog = logs.get(event.log);
    if (ofLog === undefined) logs.set(event.log, [event]);
    else ofLog.push(event);
  }
  let [fromMs, toMs] = [Infinity, -Infinity];
  const parts = [...logs.values()].map((ofLog) => {
    const facts = ofLog.map(factOf);
    const rows = rowsOf(facts);
    for (const { atMs } of facts) toMs = Math.max(toMs, atMs);
    for (const row of rows) fromMs = Math.min(fromMs, row.fromMs);
    const { log = '', agent = '', tenant = '' } = ofLog[0] ?? {};
    return { log, agent, tenant, rows };
  });
  return parts.length === 0 ? { fromMs: 0, toMs: 0, parts } : { fromMs, toMs, parts };
}

function rowsOf(facts: readonly Fact[]): readonly StoryRow[] {
  const rows: Row[] = [];
  const open: Row[] = [];
  for (const fact of facts) {
    if (ends(fact, open)) continue;
    const label = beginning(fact);
    if (label !== undefined) {
      const row = rowOf(fact, label, 'open', rows);
      rows.push(row);
      open.push(row);
      continue;
    }
    addPoint(fact, rows, open);
  }
  return rows;
}

function factOf({ log, seq, line, received_at }: ReadEvent): Fact {
  const event = parseObject(line);
  const text = (name: string): string | undefined => {
    const value = event[name];
    return typeof value === 'string' ? value : undefined;
  };
  const atMs = Date.parse(text('timestamp') ?? received_at);
  const end = text('operation');
  const durationMs = event['duration_ms'];
  return {
    log,
    seq,
    atMs: Number.isNaN(atMs) ? Date.parse(received_at) : atMs,
    type: text('type') ?? 'not an event',
    severity: text('severity') ?? '',
    message: text('message') ?? line.slice(0, 200),
    error: text('error'),
    durationMs: typeof durationMs === 'number' ? durationMs : undefined,
    spanId: text('span_id'),
    parentSpanId: text('parent_span_id'),
    end: end === 'start' || end === 'end' ? end : undefined,
  };
}

function parseObject(line: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : {};
  } catch {
    return {};
  }
}

const isErrorOf = ({ severity }: Fact): boolean => severity === 'ERROR' || severity === 'CRITICAL';

/** What a fact begins, by name; undefined where it begins nothing. */
function beginning({ type, end }: Fact): string | undefined {
  if (type.endsWith('_started')) return type.slice(0, -'_started'.length);
  if (type === 'resource_throttle') return 'throttle';
  return end === 'start' ? type : undefined;
}

/** Closes the row that this fact ends, if there is one. */
function ends(fact: Fact, open: Row[]): boolean {
  const { type, end, spanId, log } = fact;
  const ended = endPattern.exec(type);
  const label = type === 'resource_resume' ? 'throttle' : ended?.[1];
  const at = open.findLastIndex((row) => {
    // An operation ends itself, never what only stands within it.
    if (end === 'end' && spanId !== undefined) return row.spanId === spanId;
    return row.label === label && (row.spanId === undefined || spanId === undefined || row.spanId === spanId);
  });
  const row = open[at];
  if (row === undefined) return false;
  open.splice(at, 1);
  row.toMs = Math.max(row.fromMs, fact.atMs);
  row.isError = isErrorOf(fact) || ended?.[2] === 'failed' || ended?.[2] === 'timeout';
  row.state = row.isError ? 'failed' : 'done';
  row.message = fact.message;
  row.ref = { log, seq: fact.seq };
  if (fact.error !== undefined) row.error = fact.error;
  return true;
}

function addPoint(fact: Fact, rows: Row[], open: readonly Row[]): void {
  const around = open.findLast((row) => row.spanId !== undefined && row.spanId === fact.spanId);
  const text = fact.error === undefined ? `${fact.type}: ${fact.message}` : `${fact.type}: ${fact.error}`;
  around?.marks.push({ atMs: fact.atMs, isError: isErrorOf(fact), text });
  const last = rows.at(-1);
  if (last?.state === 'point' && last.label === fact.type && last.error === fact.error) {
    last.times++;
    last.message = fact.message;
    last.ref = { log: fact.log, seq: fact.seq };
    last.marks.push({ atMs: fact.atMs, isError: isErrorOf(fact), text });
    return;
  }
  const row = rowOf(fact, fact.type, 'point', rows);
  row.marks.push({ atMs: fact.atMs, isError: isErrorOf(fact), text });
  rows.push(row);
}

function rowOf(fact: Fact, label: string, state: RowState, rows: readonly Row[]): Row {
  const isOperation = fact.end === 'start';
  const parentId = isOperation ? fact.parentSpanId : fact.spanId;
  const parent = rows.find(({ spanId }) => spanId !== undefined && spanId === parentId);
  // An event that tells how long something took, and of which no beginning was seen, is a bar that ends there.
  const tookMs = state === 'point' ? fact.durationMs : undefined;
  return {
    label,
    fromMs: fact.atMs - (tookMs ?? 0),
    ...(tookMs === undefined ? {} : { toMs: fact.atMs }),
    state,
    isError: isErrorOf(fact),
    depth: parent === undefined ? 0 : parent.depth + 1,
    times: 1,
    message: fact.message,
    ...(fact.error === undefined ? {} : { error: fact.error }),
    marks: [],
    firstSeq: fact.seq,
    ref: { log: fact.log, seq: fact.seq },
    spanId: isOperation ? fact.spanId : undefined,
  };
}
