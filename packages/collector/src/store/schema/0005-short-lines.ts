// Keeps of a line only what no column has (docs/decisions/0013).
//
// agent-audit's encoder begins each line with the fields that the columns hold: seq, timestamp, type, severity, agent, tenant, job.
// Where a line begins, byte for byte, with what its columns make of that (its *head*), only the bytes behind it are stored, in `rest`, and
// `line` is empty. The view compares the two as the line comes in: a line for which the smallest thing differs is stored whole in `line`,
// and `rest` is empty. Rows of before are stored whole, too.
//
//   whole     the line, byte for byte
//   document  JSON that has at least those of the line's fields that no column has; shorter to make and to read than `whole`
import { eventsOf } from './0001-events.ts';
import { regularNow } from './0003-ingest.ts';
import type { Migration } from './migration.ts';

/** Of a regular line `time` is what it says; to the millisecond, as the encoder writes it, or the head is another one. */
const timestamp = `replaceOne(toString(toDateTime64(time, 3, 'UTC')), ' ', 'T')`;
const optional = (name: string, column: string): string => `if(${column} = '', '', concat('","${name}":"', ${column}))`;

/**
 * What the columns say that the line begins with. It is part of how lines are kept: it never changes. Each function here costs an insert
 * a third of a millisecond: what nearly every line has is not asked for, and a seldom field (report_id) stays in `rest`.
 */
const head = `concat('{"seq":', toString(seq), ',"timestamp":"', ${timestamp}, 'Z","type":"', type, '","severity":"', severity,
    '","agent_id":"', agent_id, ${optional('tenant_id', 'tenant_id')}, ${optional('job_id', `if(by_span, '', job)`)}, '"')`;

const kept = [
  'tenant, log_id, origin, agent, seq, received, time, regular, plain, job, by_span, marks, type, severity, agent_id, tenant_id',
  'report_id, error, trace_id, outcome, operation, duration_ms',
].join(', ');

/** The fifth step: short lines. */
export const shortLines: Migration = {
  version: 5,
  name: 'short lines',
  statements: [
    `ALTER TABLE events
      ADD COLUMN IF NOT EXISTS rest String CODEC(ZSTD),
      ADD COLUMN IF NOT EXISTS whole String ALIAS if(rest = '', line, concat(${head}, rest)),
      ADD COLUMN IF NOT EXISTS document String ALIAS if(rest = '', line, concat('{"seq":0', rest))`,
    `ALTER TABLE events_of_incoming MODIFY QUERY
      WITH ${head} AS head, regular AND startsWith(made.line, head) AS is_short
      SELECT ${kept},
        if(is_short, '', made.line) AS line,
        if(is_short, substring(made.line, length(head) + 1), '') AS rest
      FROM (${eventsOf(regularNow)}) AS made`,
  ],
};
