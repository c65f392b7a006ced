import { compareInstants, type Instant, parseEvent, parseInstant } from '@agent-audit/search';
import { lineText, type SourcedLine } from './printer.ts';

interface Head extends SourcedLine {
  readonly instant: Instant | undefined;
  readonly rest: AsyncIterator<Uint8Array>;
}

/**
 * The lines of several logs in one order, by the time that they say. Each log keeps its own order, whatever its times say: its lines
 * go when their turn comes, and a line without a time goes with the one before it.
 * @param direction 1: the earliest first, 1 line ahead of each log; -1: the latest first
 */
export async function* mergeByTime(
  logs: readonly { readonly source: string; readonly lines: AsyncIterable<Uint8Array> }[],
  direction: 1 | -1,
): AsyncGenerator<SourcedLine, void, undefined> {
  const heads = (await Promise.all(logs.map(({ source, lines }) => headOf(source, lines[Symbol.asyncIterator]())))).filter(
    (head) => head !== undefined,
  );
  try {
    while (heads.length > 0) {
      const index = indexOfNext(heads, direction);
      const head = heads[index];
      if (head === undefined) return;
      yield { line: head.line, source: head.source };
      const next = await headOf(head.source, head.rest, head.instant);
      if (next === undefined) heads.splice(index, 1);
      else heads[index] = next;
    }
  } finally {
    await Promise.all(heads.map(async ({ rest }) => rest.return?.()));
  }
}

async function headOf(source: string, rest: AsyncIterator<Uint8Array>, before?: Instant): Promise<Head | undefined> {
  const next = await rest.next();
  if (next.done === true) return undefined;
  const timestamp = parseEvent(lineText(next.value))?.['timestamp'];
  const instant = typeof timestamp === 'string' ? parseInstant(timestamp) : undefined;
  return { source, line: next.value, rest, instant: instant ?? before };
}

function indexOfNext(heads: readonly Head[], direction: 1 | -1): number {
  let best = 0;
  for (const [index, { instant }] of heads.entries()) {
    const least = heads[best]?.instant;
    // A line of which nothing is known waits for nothing.
    if (least !== undefined && (instant === undefined || direction * compareInstants(instant, least) < 0)) best = index;
  }
  return best;
}
