// What one line says that a job's picture needs. A line is somebody else's text: anything may be missing or of another kind.
import type { ReadEvent } from '@agent-audit/log';
import { type Members, membersOf, numberOf, parseMembers, textOf } from '../members.ts';

/** Where an event stands: what the proof of it is asked by. */
export interface EventRef {
  readonly log: string;
  readonly seq: number;
}

/** One event of a job. */
export interface Fact extends EventRef {
  readonly atMs: number;
  readonly type: string;
  readonly severity: string;
  readonly message: string;
  readonly error: string | undefined;
  readonly outcome: string | undefined;
  readonly durationMs: number | undefined;
  readonly spanId: string | undefined;
  readonly parentSpanId: string | undefined;
  readonly end: 'start' | 'end' | undefined;
  /** The tool, the target or the report that it is about. */
  readonly about: string | undefined;
  readonly findings: number | undefined;
  /** How long whoever says it is going to wait now. */
  readonly waitMs: number | undefined;
}

const dayMs = 86_400_000;

/** Reads a line. One that is no event has the type `not an event`. */
export function factOf({ log, seq, line, received_at }: ReadEvent): Fact {
  const event = parseMembers(line);
  const text = textsOf(event);
  const details = membersOf(event['details']);
  const target = textsOf(membersOf(event['target']));
  const atMs = Date.parse(text('timestamp') ?? received_at);
  const end = text('operation');
  const waitMs = numberOf(details['wait_ms']) ?? numberOf(details['retry_after_ms']) ?? numberOf(details['delay_ms']);
  const about = [textsOf(details)('tool'), textsOf(details)('target') ?? target('name') ?? target('id'), text('report_id')];
  return {
    log,
    seq,
    atMs: Number.isNaN(atMs) ? Date.parse(received_at) : atMs,
    type: text('type') ?? 'not an event',
    severity: text('severity') ?? '',
    message: text('message') ?? line.slice(0, 200),
    error: text('error'),
    outcome: text('outcome'),
    durationMs: numberOf(event['duration_ms']),
    spanId: text('span_id'),
    parentSpanId: text('parent_span_id'),
    end: end === 'start' || end === 'end' ? end : undefined,
    about: about.find((one) => one !== undefined && one !== ''),
    findings: numberOf(details['findings_count']),
    waitMs: waitMs !== undefined && waitMs > 0 && waitMs <= dayMs ? waitMs : undefined,
  };
}

/** Whether it says that something went wrong. */
export function isErrorOf({ severity }: Fact): boolean {
  return severity === 'ERROR' || severity === 'CRITICAL';
}

const textsOf = (members: Members) => (name: string): string | undefined => textOf(members[name]);
