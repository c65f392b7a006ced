// An event as a page shows it. Whatever stands in a line was written by an agent, or by whoever an agent listened to: it is text, and
// nothing but text is ever made of it.
import { isSeverity, type ReadEvent, type Severity } from '@agent-audit/log';
import { parseEvent } from '@agent-audit/search';

/** A text of an event in which what cannot be seen is spelled out, so that no line can be made to read as another. */
export { inert as visible } from '@agent-audit/log';

/** What of an event stands in a row. */
export interface EventView {
  readonly event: ReadEvent;
  /** `LOG/SEQ` */
  readonly key: string;
  /** By the event's own clock; undefined where the line tells no time. */
  readonly timeMs: number | undefined;
  readonly receivedMs: number;
  readonly severity: Severity | undefined;
  readonly type: string;
  readonly message: string;
  readonly error: string;
  /** By the line, or else by the token that brought it. */
  readonly agent: string;
  readonly job: string;
}

/** Longer than that between an event and its arrival: both times are shown. */
const apartMs = 60_000;

const views = new WeakMap<ReadEvent, EventView>();

/** The view of an event; made once. */
export function viewOf(event: ReadEvent): EventView {
  const known = views.get(event);
  if (known !== undefined) return known;
  const view = makeView(event);
  views.set(event, view);
  return view;
}

function makeView(event: ReadEvent): EventView {
  const fields = parseEvent(event.line);
  const textOf = (name: string): string => {
    const value = fields?.[name];
    return typeof value === 'string' ? value : '';
  };
  const timeMs = Date.parse(textOf('timestamp'));
  const severity = textOf('severity');
  return {
    event,
    key: keyOf(event),
    timeMs: Number.isNaN(timeMs) ? undefined : timeMs,
    receivedMs: Date.parse(event.received_at),
    severity: isSeverity(severity) ? severity : undefined,
    type: textOf('type'),
    message: fields === undefined ? event.line : textOf('message'),
    error: textOf('error'),
    agent: textOf('agent_id') === '' ? event.agent : textOf('agent_id'),
    job: textOf('job_id'),
  };
}

/** `LOG/SEQ`, as it stands in addresses. */
export function keyOf({ log, seq }: Pick<ReadEvent, 'log' | 'seq'>): string {
  return `${log}/${seq}`;
}

/** The log and seq of a key. */
export function placeOf(key: string): { readonly log: string; readonly seq: number } {
  const [log = '', seq = ''] = key.split('/');
  return { log, seq: Number(seq) };
}

/** Whether an event's own time and that of its arrival are so far apart that both must be shown. */
export function isApart({ timeMs, receivedMs }: EventView): boolean {
  return timeMs === undefined || Math.abs(receivedMs - timeMs) > apartMs;
}
