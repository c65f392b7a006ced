// What a collector answers to whoever reads it: events, and what is known of how complete they are. Every answer is a JSON object with
// snake_case members; times are RFC 3339 in UTC; what is not known is left out.
//
// A request says what it wants by parameters: `q` (a search; see @agent-audit/search), `since` and `until` (RFC 3339: [since, until), by
// the event's own time), and what belongs to its path. A cursor is opaque: it holds place and direction, and goes with the parameters of
// the request that it came from.
import { code, count, list, logId, message, type Message, optional, record, type Shape, text, time } from './shape.ts';

/** Events of one answer, at most: parameter `limit` of `GET /v1/events`. */
export const readEventsMax = 1_000;

/** Events of one answer where no `limit` is given. */
export const readEventsByDefault = 100;

/** Bytes of one answer, at most; a page of events ends earlier, with a `next`, rather than be longer. Exports and tails have no end. */
export const readAnswerBytesMax: number = 16 * 1024 * 1024;

/** Lines of one answer, at most: `to` less `from` of `GET /v1/logs/{id}/lines`. */
export const logLinesMax = 256;

/** Logs that a completeness lists by kind, at most; its counts are of all. */
export const completenessLogsMax = 100;

/** The media types of an export, by its parameter `format`. NDJSON has the raw lines, each with its LF. */
export const exportMediaTypes = { ndjson: 'application/x-ndjson', csv: 'text/csv', parquet: 'application/vnd.apache.parquet' } as const;

/** A stored event. */
export interface ReadEvent {
  /** The log's id. */
  readonly log: string;
  readonly origin: string;
  /** By the token that brought it, whatever the line says. */
  readonly tenant: string;
  readonly agent: string;
  readonly seq: number;
  /** By the collector's clock. */
  readonly received_at: string;
  /** The raw line without its LF, as text (invalid UTF-8 becomes U+FFFD; the proof has the bytes). */
  readonly line: string;
  /** What is to be known of it: NOT_JSON, OTHER_TENANT, OTHER_AGENT, RELAYED, ERASED; later versions may have more. */
  readonly marks: readonly string[];
}

/** How many logs are in which state. */
export interface LogCounts {
  /** All lines that their writers told of are here, and they were heard of lately. */
  readonly live: number;
  /** Heard of lately, with lines that are not here yet. */
  readonly behind: number;
  /** Ended by their writers' will, whole. */
  readonly stopped: number;
  /** Not heard of for longer than a heartbeat allows. */
  readonly silent: number;
  /** Two histories under one origin were seen. */
  readonly forked: number;
}

/** A log that is not complete here. */
export interface LaggingLog {
  readonly log: string;
  readonly agent: string;
  /** Lines that it told of and that are not here; missing where nobody knows. */
  readonly lag_events?: number;
  /** When it was last heard of. */
  readonly seen_at: string;
}

/** Lines [from, to) that nobody will ever have here. */
export interface LogGap {
  readonly log: string;
  readonly agent: string;
  readonly from: number;
  readonly to: number;
  /** The time of line `from` - 1, as searches see it: the event's own, or when it came where it has none. Missing where it is not here. */
  readonly from_time?: string;
  /** The same of line `to`. */
  readonly to_time?: string;
}

/** Of the logs that the reader may see (those of the search's agent, where it names one): how far an answer can be trusted to be all. */
export interface Completeness {
  /**
   * All events before this time are here, but for what the forked logs and the gaps lack. A silent log may still hold events, so it holds
   * this back. Missing where nobody can know: there is no log, or nothing of one has come.
   */
  readonly complete_to?: string;
  /** The same without waiting for the silent logs. */
  readonly heard_to?: string;
  readonly logs: LogCounts;
  /** Each list has at most `completenessLogsMax`, those that lag most first. */
  readonly behind: readonly LaggingLog[];
  readonly silent: readonly LaggingLog[];
  readonly forked: readonly LaggingLog[];
  readonly gaps: readonly LogGap[];
  /** Gaps in all; more than are listed, at times. */
  readonly gaps_total: number;
}

/** `GET /v1/events?q&since&until&order=asc|desc&limit&cursor` */
export interface EventsAnswer {
  /** In the order that was asked for. */
  readonly events: readonly ReadEvent[];
  /** Goes on in that order; missing where there is no more. */
  readonly next?: string;
  /** Goes back; missing at the beginning. */
  readonly previous?: string;
  readonly completeness: Completeness;
}

/** `GET /v1/events/count?q&since&until` */
export interface CountAnswer {
  readonly count: number;
  readonly completeness: Completeness;
}

/** `GET /v1/logs/{id}/lines?from&to`: lines of one log by their place, whatever their times. */
export interface LinesAnswer {
  /** Those of [from, to) that are here and that the reader may see, by seq. */
  readonly events: readonly ReadEvent[];
  /** The answer would be longer than `readAnswerBytesMax`: go on from this seq. */
  readonly next?: number;
  /** Lines of the log; missing where the reader may see only some of them. */
  readonly size?: number;
  /** The gaps that meet [from, to). A line below `size`, in no gap and not here, was deleted by the collector's retention. */
  readonly gaps: readonly LogGap[];
}

/** `GET /v1/tail?q`: what comes in from now on, or behind `Last-Event-ID` (tail.ts says how). This is the data of its event `gap`. */
export interface TailGap {
  /** For a person: the reader was too slow, or its place is no longer known. */
  readonly message: string;
  /** Events that were passed over, where that is known: `Last-Event-ID` or `GET /v1/events` still has them. */
  readonly missed?: number;
}

/** How counts of logs stand in an answer. */
export const logCountsShape: Shape<LogCounts> = record<LogCounts>({
  live: count,
  behind: count,
  stopped: count,
  silent: count,
  forked: count,
});
const laggingLog: Shape<LaggingLog> = record<LaggingLog>({ log: logId, agent: text, lag_events: optional(count), seen_at: time });
const logGap: Shape<LogGap> = record<LogGap>({
  log: logId,
  agent: text,
  from: count,
  to: count,
  from_time: optional(time),
  to_time: optional(time),
});
const laggingLogs: Shape<readonly LaggingLog[]> = list(laggingLog, completenessLogsMax);

/** How a completeness stands in an answer. */
export const completenessShape: Shape<Completeness> = record<Completeness>({
  complete_to: optional(time),
  heard_to: optional(time),
  logs: logCountsShape,
  behind: laggingLogs,
  silent: laggingLogs,
  forked: laggingLogs,
  gaps: list(logGap, completenessLogsMax),
  gaps_total: count,
});

/** How an event stands in an answer. */
export const readEventShape: Shape<ReadEvent> = record<ReadEvent>({
  log: logId,
  origin: text,
  tenant: text,
  agent: text,
  seq: count,
  received_at: time,
  line: text,
  marks: list(code),
});

/** Reads and writes a page of events. */
export const eventsAnswer: Message<EventsAnswer> = message(
  'the page of events',
  record<EventsAnswer>({
    events: list(readEventShape, readEventsMax),
    next: optional(text),
    previous: optional(text),
    completeness: completenessShape,
  }),
);

/** Reads and writes a count. */
export const countAnswer: Message<CountAnswer> = message(
  'the count of events',
  record<CountAnswer>({ count, completeness: completenessShape }),
);

/** Reads and writes lines of a log. */
export const linesAnswer: Message<LinesAnswer> = message(
  'the lines of the log',
  record<LinesAnswer>({
    events: list(readEventShape, logLinesMax),
    next: optional(count),
    size: optional(count),
    gaps: list(logGap, logLinesMax),
  }),
);

/** The data of the event `event` of a tail; its id is the cursor behind it. */
export const tailEvent: Message<ReadEvent> = message('the event of the tail', readEventShape);

/** Reads and writes the data of a tail's event `gap`. */
export const tailGap: Message<TailGap> = message('the gap of the tail', record<TailGap>({ message: text, missed: optional(count) }));
