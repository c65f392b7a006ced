import { LogError, parseLogLine } from '@agent-audit/log';
import { parse } from '@agent-audit/search';
import type { Visible } from '../principal.ts';
import type { EventKey, EventStore } from '../store/store.ts';

const lossQuery = parse('type:log.loss');
const pageEvents = 1_000;

/** How many events each log says, in its own log.loss lines, that it could not keep. Throws what the store does. */
export async function lossesOf(
  store: Pick<EventStore, 'events'>,
  visible: Visible,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const losses = new Map<string, number>();
  let after: EventKey | undefined;
  for (;;) {
    const request = { visible, signal, query: lossQuery, order: 'asc', limit: pageEvents } as const;
    const { events, more } = await store.events({ ...request, ...(after === undefined ? {} : { after }) });
    for (const { logId, line } of events) losses.set(logId, (losses.get(logId) ?? 0) + lossIn(line));
    after = events.at(-1)?.key;
    if (!more || after === undefined) return losses;
  }
}

/** A line that cannot be read as the log's own says nothing. */
function lossIn(line: string): number {
  try {
    const reading = parseLogLine(Buffer.from(line));
    return reading.kind === 'known' && reading.line.type === 'log.loss' ? reading.line.details.events : 0;
  } catch (error) {
    if (error instanceof LogError) return 0;
    throw error;
  }
}
