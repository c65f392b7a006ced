import { parseEvent, type WireEvent } from '@agent-audit/search';
import { inert } from './text.ts';
import { duration } from './units.ts';
import { isObject } from './wire-values.ts';

/** One line of a log in the parts that a person reads, all of them inert; what is not there is ''. */
export interface EventView {
  readonly seq: string;
  /** As on the line. */
  readonly timestamp: string;
  readonly type: string;
  readonly severity: string;
  readonly job: string;
  readonly message: string;
  /** `name=value`, set apart by blanks. */
  readonly facts: string;
  readonly error: readonly string[];
}

/** How long one value among the facts may be. */
const valueUnitsMax = 80;
/** How many lines of an error are shown. */
const errorLinesMax = 8;

/** What a line says. A damaged one is shown as it is. */
export function viewOf(line: string): EventView {
  const event = parseEvent(line);
  if (event === undefined) {
    const message = `not JSON: ${inert(line.slice(0, 200))}`;
    return { seq: '', timestamp: '', type: 'damaged line', severity: '', job: '', message, facts: '', error: [] };
  }
  return {
    seq: textOf(event['seq']),
    timestamp: textOf(event['timestamp']),
    type: textOf(event['type']),
    severity: textOf(event['severity']),
    job: textOf(event['job_id']),
    message: textOf(event['message']),
    facts: factsOf(event)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    error: errorOf(event['error']),
  };
}

/** A value that should be a text or a number, inert. */
export function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  return inert(typeof value === 'string' ? value : JSON.stringify(value));
}

function factsOf(event: WireEvent): [name: string, value: string][] {
  const facts: [string, unknown][] = [
    ['outcome', event['outcome']],
    ['took', typeof event['duration_ms'] === 'number' ? duration(event['duration_ms']).replace(' ', '') : event['duration_ms']],
    ['report', event['report_id']],
    ['actor', party(event['actor'])],
    ['on', party(event['target'])],
    ...Object.entries(isObject(event['details']) ? event['details'] : {}),
    ['invalid', event['invalid']],
    ['leaf', event['leaf']],
    ['truncated', isObject(event['truncated']) ? event['truncated']['bytes'] : undefined],
  ];
  return facts.flatMap(([name, value]) => (value === undefined ? [] : [[inert(name), factText(value)]]));
}

/** `user:alice`: who or what, short. */
function party(value: unknown): unknown {
  if (!isObject(value)) return value;
  const { type, id, name } = value;
  return typeof type === 'string' && typeof id === 'string' ? `${type}:${typeof name === 'string' ? name : id}` : value;
}

function factText(value: unknown): string {
  const text = typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  const shown = text.length > valueUnitsMax ? `${text.slice(0, valueUnitsMax - 1)}…` : text;
  return inert(shown);
}

function errorOf(value: unknown): readonly string[] {
  if (value === undefined) return [];
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const lines = text.split(/\r?\n/);
  const shown = lines.slice(0, errorLinesMax).map(inert);
  return lines.length > errorLinesMax ? [...shown, `… ${lines.length - errorLinesMax} more lines; --json shows them`] : shown;
}
