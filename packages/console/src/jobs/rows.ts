// The rows of what one log tells of a job: a tree of what began within what, read from above.
import { type Fact, isErrorOf } from './fact.ts';
import type { Mark, RowKind, RowState, StoryRow } from './row.ts';

/** `spanId`: the operation that the row is; undefined where it only stands within one. */
interface Row extends Changing<Omit<StoryRow, 'depth' | 'marks'>> {
  readonly marks: Mark[];
  readonly spanId: string | undefined;
  readonly parent: Row | undefined;
  readonly within: Row[];
}

type Changing<T> = { -readonly [K in keyof T]: T[K] };

const endPattern = /^(.+)_(completed|failed|timeout|stopped)$/;

/** The rows of one log's facts, oldest first: each followed by what happened within it. */
export function rowsOf(facts: readonly Fact[]): readonly StoryRow[] {
  const top: Row[] = [];
  const spans = new Map<string, Row>();
  const open: Row[] = [];
  for (const fact of facts) {
    if (ends(fact, open)) continue;
    const label = beginning(fact);
    const parent = parentOf(fact, spans, open, label !== undefined);
    const siblings = parent?.within ?? top;
    if (label === undefined) {
      addPoint(fact, parent, siblings);
      continue;
    }
    const row = rowOf(fact, label, 'open', parent);
    siblings.push(row);
    open.push(row);
    if (row.spanId !== undefined) spans.set(row.spanId, row);
  }
  nameRuns(top);
  return top.flatMap((row) => told(row, 0));
}

/** A job that was tried again has several runs, which say which they are. */
function nameRuns(top: readonly Row[]): void {
  const runs = top.filter(({ kind }) => kind === 'job');
  if (runs.length > 1) for (const [index, run] of runs.entries()) run.about = `run ${index + 1}`;
}

function told(row: Row, depth: number): StoryRow[] {
  const openToMs = row.state === 'open' ? endAround(row.parent) : undefined;
  return [{ ...row, depth, ...(openToMs === undefined ? {} : { openToMs }) }, ...row.within.flatMap((inner) => told(inner, depth + 1))];
}

function endAround(parent: Row | undefined): number | undefined {
  return parent === undefined ? undefined : (parent.toMs ?? endAround(parent.parent));
}

/** What a fact begins, by name; undefined where it begins nothing. */
function beginning({ type, end }: Fact): string | undefined {
  if (type.endsWith('_started')) return type.slice(0, -'_started'.length);
  if (type === 'resource_throttle') return 'throttle';
  return end === 'start' ? type : undefined;
}

/**
 * What a fact stands within: the operation that it names. One that names none stands within the job, and a point within the one thing
 * besides that is under way: of several, nobody knows which.
 */
function parentOf(fact: Fact, spans: ReadonlyMap<string, Row>, open: readonly Row[], begins: boolean): Row | undefined {
  const spanId = fact.end === 'start' ? fact.parentSpanId : fact.spanId;
  const named = spanId === undefined ? undefined : spans.get(spanId);
  if (named !== undefined || fact.spanId !== undefined || fact.type.startsWith('job_')) return named;
  const job = open.findLast(({ kind }) => kind === 'job');
  const others = open.filter(({ kind }) => kind !== 'job' && kind !== 'wait');
  return !begins && others.length === 1 ? others[0] : job;
}

const endings: Readonly<Record<string, StoryRow['ending']>> = { denied: 'denied', timeout: 'timed out', unknown: 'unknown outcome' };

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
  // What it waited for is said at its beginning.
  row.message = row.kind === 'wait' ? `${row.message}; ${fact.message}` : fact.message;
  row.ref = { log, seq: fact.seq };
  if (row.isError) row.ending = endings[ended?.[2] === 'timeout' ? 'timeout' : (fact.outcome ?? '')] ?? 'failed';
  if (fact.error !== undefined) row.error = fact.error;
  if (fact.durationMs !== undefined) row.toldMs = fact.durationMs;
  if (fact.findings !== undefined) row.findings = fact.findings;
  return true;
}

function addPoint(fact: Fact, parent: Row | undefined, siblings: Row[]): void {
  const mark = markOf(fact);
  parent?.marks.push(mark);
  const last = siblings.at(-1);
  const isSame = last?.state === 'point' && last.label === fact.type && last.error === fact.error;
  if (isSame && last.waitMs === undefined && fact.waitMs === undefined) {
    last.times++;
    last.message = fact.message;
    last.ref = { log: fact.log, seq: fact.seq };
    last.marks.push(mark);
    return;
  }
  const row = rowOf(fact, fact.type, 'point', parent);
  row.marks.push(mark);
  siblings.push(row);
}

function markOf(fact: Fact): Mark {
  const tone = isErrorOf(fact) ? 'bad' : fact.severity === 'WARN' ? 'warn' : 'plain';
  return { atMs: fact.atMs, tone, text: `${fact.type}: ${fact.error ?? fact.message}` };
}

function rowOf(fact: Fact, label: string, state: RowState, parent: Row | undefined): Row {
  // An event that tells how long something took, and of which no beginning was seen, is a bar that ends there.
  const tookMs = state === 'point' ? fact.durationMs : undefined;
  // What stands around a point has said so already.
  const about = state === 'open' && fact.about !== aboutAround(parent) ? fact.about : undefined;
  return {
    label,
    kind: kindOf(label, fact),
    fromMs: fact.atMs - (tookMs ?? 0),
    ...(tookMs === undefined ? {} : { toMs: fact.atMs, toldMs: tookMs }),
    ...(about === undefined ? {} : { about }),
    ...(state === 'point' && fact.waitMs !== undefined ? { waitMs: fact.waitMs } : {}),
    state,
    isError: isErrorOf(fact),
    times: 1,
    message: fact.message,
    ...(fact.error === undefined ? {} : { error: fact.error }),
    ...(fact.findings === undefined ? {} : { findings: fact.findings }),
    marks: [],
    firstSeq: fact.seq,
    ref: { log: fact.log, seq: fact.seq },
    spanId: fact.end === 'start' ? fact.spanId : undefined,
    parent,
    within: [],
  };
}

/** What the nearest row around says that it is about. */
function aboutAround(parent: Row | undefined): string | undefined {
  return parent === undefined ? undefined : (parent.about ?? aboutAround(parent.parent));
}

function kindOf(label: string, { waitMs }: Fact): RowKind {
  if (label === 'job' || label === 'scan' || label === 'upload') return label;
  return label === 'throttle' || waitMs !== undefined ? 'wait' : 'other';
}
