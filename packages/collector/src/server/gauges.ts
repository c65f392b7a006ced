import type { TokenBook } from '../auth/token-book.ts';
import type { Ingest } from '../ingest/index.ts';
import type { OwnLog } from '../own-log/own-log.ts';
import type { Connections } from './connections.ts';
import type { Metrics } from './metrics.ts';
import type { Upkeep } from './upkeep.ts';

interface Measured {
  readonly ingest: Ingest;
  readonly ownLog: OwnLog;
  readonly connections: Connections;
  readonly tokens: TokenBook;
  readonly upkeep: Upkeep;
}

/** What is worth an alert or a chart: taken from the parts at each scrape. */
export function addGauges(metrics: Metrics, { ingest, ownLog, connections, tokens, upkeep }: Measured): void {
  const lines = metrics.counter('agent_audit_lines_stored_total', 'Lines that became durable since the start.');
  const bytes = metrics.counter('agent_audit_line_bytes_stored_total', 'Their bytes.');
  ingest.onStored((batches) => {
    for (const batch of batches) {
      lines.add({}, batch.lines);
      bytes.add({}, batch.bytes.length);
    }
  });
  metrics.gauge('agent_audit_logs', 'Logs that are enrolled.', () => ingest.logs({}).length);
  metrics.gauge('agent_audit_logs_forked', 'Logs of which two histories were seen.', () => ingest.logs({}).filter(isForked).length);
  metrics.gauge('agent_audit_connections', 'Connections that are open.', () => connections.count);
  metrics.gauge('agent_audit_store_silent_seconds', 'Since the store answered last.', () => tokens.silentMs / 1000);
  metrics.gauge('agent_audit_store_bytes', 'What the store takes on its disk.', () => upkeep.usage.bytes);
  metrics.gauge('agent_audit_store_free_bytes', 'What its disk has left.', () => upkeep.usage.freeBytes);
  metrics.gauge('agent_audit_own_log_lost_events', "Events of the collector's own log that could not be kept.", () => {
    return ownLog.logger.health().lost.events;
  });
}

function isForked({ state }: { readonly state: string }): boolean {
  return state === 'forked';
}
