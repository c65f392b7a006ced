// Events: the raw line, and columns that the database extracts from it. The line is the truth: every column can be made again from it.
//
// Lines arrive as rows of `incoming`, which keeps nothing; the view makes the columns. `seq` is the line's place in its log, `tenant` and
// `agent` are those of its token: nothing of that is believed from the line. (A batch as one row, split by the view, costs three times as
// much: the view is then run for each line.)
//
// A line is *regular* where its columns say exactly what a search asks of it: one JSON object of valid UTF-8, each name once, each known
// field of its own kind and not empty, no name twice in its details, no list that holds lists or objects. Of others (`regular = 0`)
// searches read the line itself. `plain`: the line has no escape that begins with \\u, so that what is looked for stands on it as it is.
// What has no column (message, spans, details, actors) is read out of the line, where a search asks for it.
//
// `job` is the job_id; of an operation of type job without one it is the span, and `by_span` says so.
import { durable, type Migration } from './migration.ts';

/** Fields that are texts, with the column that keeps them; '' where there is none. */
const texts: Readonly<Record<string, string>> = {
  timestamp: '',
  type: 'type',
  severity: 'severity',
  agent_id: 'agent_id',
  tenant_id: 'tenant_id',
  job_id: '',
  report_id: 'report_id',
  message: '',
  error: 'error',
  trace_id: 'trace_id',
  span_id: '',
  parent_span_id: '',
  outcome: 'outcome',
  operation: 'operation',
};

const numbers = ['duration_ms Nullable(Float64)', 'seq Nullable(Int64)'];
const extracted = ['timestamp', 'job_id', 'span_id', ...Object.keys(texts).filter((name) => texts[name] !== '')];
const fieldsType = `Tuple(${[...extracted.map((name) => `${name} String`), ...numbers].join(', ')})`;
const list = (names: readonly string[]): string => `[${names.map((name) => `'${name}'`).join(', ')}]`;

const rfc3339 = String.raw`^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]+)?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})$`;
/** What the column `time` holds exactly, from 1970 on; that the day exists is asked of the parsed time. */
const exactTime = String.raw`^(?:19[7-9]|20[0-9]|21[0-9])[0-9]-[0-9]{2}-[0-9]{2}T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,9})?Z$`;
/** A list that holds a list or an object. In a text it looks the same, which does no harm. */
const nestedList = String.raw`[\\[,][ \\t\\r]*[\\[{]`;

const isRegularPair = `multiIf(
    pair.1 = 'seq' OR pair.1 = 'duration_ms', match(pair.2, '^-?[0-9]'),
    has(${list([...Object.keys(texts), 'recorded_at', 'leaf'])}, pair.1), startsWith(pair.2, '"') AND pair.2 != '""',
    has(${list(['details', 'actor', 'target', 'imported', 'truncated'])}, pair.1), startsWith(pair.2, '{'),
    pair.1 = 'invalid', startsWith(pair.2, '["'),
    1)`;

const columns = `
  tenant LowCardinality(String) CODEC(ZSTD),
  log_id LowCardinality(String) CODEC(ZSTD),
  origin LowCardinality(String) CODEC(ZSTD),
  agent LowCardinality(String) CODEC(ZSTD),
  seq UInt64 CODEC(Delta, ZSTD),
  received DateTime64(3, 'UTC') CODEC(Delta, ZSTD),
  time DateTime64(9, 'UTC') CODEC(Delta, ZSTD),
  regular UInt8,
  plain UInt8,
  marks Array(LowCardinality(String)),
  type LowCardinality(String) CODEC(ZSTD),
  severity LowCardinality(String) CODEC(ZSTD),
  agent_id LowCardinality(String) CODEC(ZSTD),
  tenant_id LowCardinality(String) CODEC(ZSTD),
  job String CODEC(ZSTD),
  by_span UInt8,
  report_id String CODEC(ZSTD),
  error String CODEC(ZSTD),
  duration_ms Nullable(Float64) CODEC(ZSTD),
  trace_id String CODEC(ZSTD),
  outcome LowCardinality(String),
  operation LowCardinality(String),
  line String CODEC(ZSTD),
  INDEX job_words job TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX report_id_words report_id TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX trace_id_words trace_id TYPE bloom_filter(0.01) GRANULARITY 4,
  INDEX agent_set agent TYPE set(64) GRANULARITY 4,
  INDEX regular_range regular TYPE minmax GRANULARITY 4,
  PROJECTION by_log (SELECT _part_offset ORDER BY log_id, seq)`;

/** Whether a line is regular, asked of each of its names. */
export const isRegular: string = `is_event
      AND isValidUTF8(line)
      AND startsWith(line, '{')
      AND length(arrayDistinct(names)) = length(names)
      AND arrayAll(pair -> ${isRegularPair}, pairs)
      AND NOT match(line, '${nestedList}')
      AND length(arrayDistinct(facts)) = length(facts)
      AND match(fields.timestamp, '${exactTime}')
      AND told IS NOT NULL
      AND ifNull(fields.seq = seq, 0)`;

/** What the view makes of a line. */
export const eventsOf = (regular: string): string => `
  WITH
    JSONExtract(line, '${fieldsType}') AS fields,
    JSONExtractKeysAndValuesRaw(line) AS pairs,
    arrayMap(pair -> pair.1, pairs) AS names,
    JSONExtractKeys(line, 'details') AS facts,
    fields.job_id = '' AND match(fields.type, '^job_(?:started|completed|failed|timeout)$') AS is_by_span,
    if(match(fields.timestamp, '${rfc3339}'), parseDateTime64BestEffortOrNull(fields.timestamp, 9, 'UTC'), NULL) AS told,
    JSONType(line) = 'Object' AS is_event
  SELECT
    tenant, log_id, origin, agent,
    seq,
    received,
    ifNull(told, toDateTime64(received, 9, 'UTC')) AS time,
    ${regular}
      AS regular,
    position(line, '\\\\u') = 0 AS plain,
    if(is_by_span, fields.span_id, fields.job_id) AS job,
    is_by_span AS by_span,
    arrayConcat(
      if(is_event, [], ['NOT_JSON']),
      if(fields.tenant_id NOT IN ('', tenant), ['OTHER_TENANT'], []),
      if(fields.agent_id NOT IN ('', agent), ['OTHER_AGENT'], []),
      if(relayed, ['RELAYED'], []),
      if(fields.type = 'log.erased', ['ERASED'], [])) AS marks,
    ${Object.entries(texts)
      .filter(([, column]) => column !== '')
      .map(([name, column]) => `fields.${name} AS ${column}`)
      .join(', ')},
    fields.duration_ms AS duration_ms,
    line
  FROM incoming`;

/** The first step: everything that the events need. */
export const events: Migration = {
  version: 1,
  name: 'events',
  statements: [
    `CREATE TABLE IF NOT EXISTS incoming (
      log_id LowCardinality(String), origin LowCardinality(String), tenant LowCardinality(String), agent LowCardinality(String),
      received DateTime64(3, 'UTC'), relayed UInt8, seq UInt64, line String
    ) ENGINE = Null`,
    `CREATE TABLE IF NOT EXISTS events (${columns})
    ENGINE = ReplacingMergeTree
    PARTITION BY toYYYYMM(received)
    ORDER BY (tenant, time, log_id, seq)
    SETTINGS ${durable}, deduplicate_merge_projection_mode = 'rebuild', lightweight_mutation_projection_mode = 'rebuild',
      old_parts_lifetime = 5, cleanup_delay_period = 5, max_cleanup_delay_period = 15, min_bytes_for_wide_part = 1048576`,
    `CREATE MATERIALIZED VIEW IF NOT EXISTS events_of_incoming TO events AS ${eventsOf(isRegular)}`,
  ],
};
