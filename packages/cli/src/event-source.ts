// What jobs and stats read by: the events of logs, parsed.
import { type Matcher, parseEvent, type WireEvent } from '@agent-audit/search';
import { listSegments } from 'agent-audit/files';
import type { Invocation } from './command.ts';
import { matchesIn } from './matches.ts';
import { mergeByTime } from './merge.ts';
import { lineText, type SourcedLine } from './printer.ts';
import { Progress } from './progress.ts';

/** An event, and the path of the log that it stands in. */
export interface SourcedEvent {
  readonly event: WireEvent;
  readonly log: string;
}

/**
 * The events that a matcher finds (all, without one); of several logs in the order of their times. Tells how far it is. A damaged line
 * is passed over.
 */
export async function* eventsOf(
  logs: readonly string[],
  matcher: Matcher | undefined,
  { io, errorStyle }: Pick<Invocation, 'io' | 'errorStyle'>,
): AsyncGenerator<SourcedEvent, void, undefined> {
  const progress = new Progress(io, errorStyle, 'reading');
  const total = plainBytes(logs);
  let done = 0;
  const onRead = (bytes: number): void => {
    done += bytes;
    progress.update({ done, unit: 'bytes', ...(total !== undefined && { total }) });
  };
  const linesOf = async function* (log: string): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const { bytes, lines } of matchesIn(log, matcher, { signal: io.signal, onRead })) {
      for (const { start, end } of lines) yield bytes.subarray(start, end);
    }
  };
  try {
    for await (const { line, source } of inOrder(logs, linesOf)) {
      const event = parseEvent(lineText(line));
      if (event !== undefined) yield { event, log: source };
    }
  } finally {
    await progress.end();
  }
}

/** Each log's next line stays valid until the one after it is asked for, which is when the merge has let it go. */
async function* inOrder(
  logs: readonly string[],
  linesOf: (log: string) => AsyncIterable<Uint8Array>,
): AsyncGenerator<SourcedLine, void, undefined> {
  const [log, ...others] = logs;
  const merged = mergeByTime(
    logs.map((source) => ({ source, lines: linesOf(source) })),
    1,
  );
  if (others.length > 0) yield* merged;
  else if (log !== undefined) for await (const line of linesOf(log)) yield { line, source: log };
}

/** Bytes that there are to read; undefined where some are packed. */
export function plainBytes(logs: readonly string[]): number | undefined {
  const segments = logs.flatMap((log) => listSegments(log));
  return segments.some(({ form }) => form === 'gzip') ? undefined : segments.reduce((sum, { bytes }) => sum + bytes, 0);
}
