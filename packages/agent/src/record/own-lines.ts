// What the log says of itself: when a writer opens it, and of what it could not learn.
import { hostname } from 'node:os';
import { formatVersion, type LogOpenDetails, Severity } from '@agent-audit/log';
import { isoTime } from '../clock.ts';
import type { EncodableEvent } from '../encode/index.ts';
import type { OpenedLog } from '../open/open.ts';
import { version } from '../version.ts';
import type { OpenOperations } from './open-operations.ts';
import type { Recorder } from './recorder.ts';

/** The first line of a start, and of every segment that begins at `first`. It carries nothing that must be computed from the log. */
export function openEvent(
  { identity, previous }: Pick<OpenedLog, 'identity' | 'previous'>,
  first: number,
  operations: OpenOperations,
  lostOperations: number = 0,
): EncodableEvent {
  const details: LogOpenDetails = {
    format: formatVersion,
    origin: identity.origin,
    vkey: identity.vkey,
    host: hostname(),
    pid: process.pid,
    node: process.versions.node,
    version,
    first,
    ...(previous === undefined ? {} : { previous: { origin: previous.origin, why: previous.why } }),
    ...operations.details(lostOperations),
  };
  return { type: 'log.open', severity: Severity.Info, message: 'Log opened', details };
}

/** The lines of a start, written at once: that it is one, what recovery did, which operations the writer before has left. */
export function tellOpening(recorder: Recorder, opened: OpenedLog, operations: OpenOperations, timeMs: number): void {
  operations.restore(opened.left.operations);
  recorder.recordEvent(timeMs, openEvent(opened, opened.first, operations, opened.left.omitted));
  if (opened.recovered !== undefined) recorder.recordOwn('log.recovered', 'Log recovered after an unclean end', opened.recovered);
  tellOrphans(recorder, operations);
  recorder.drain();
}

/** One log.orphan for each operation that is open: nothing in this log will say how it ended. */
export function tellOrphans(recorder: Recorder, operations: OpenOperations): void {
  for (const operation of operations.all()) {
    const mark = { kind: 'orphan', spanId: operation.span_id } as const;
    recorder.recordOwn('log.orphan', 'The outcome of an operation is unknown', operation, mark);
  }
}

/** A line without its beginning, for an event that the stack had no room left to encode. */
export function unencodedTail(timeMs: number): Buffer {
  const head = `,"timestamp":"${isoTime(timeMs)}","type":"unknown","severity":"ERROR"`;
  return Buffer.from(`${head},"message":"","invalid":["the stack was used up"]}\n`, 'latin1');
}
