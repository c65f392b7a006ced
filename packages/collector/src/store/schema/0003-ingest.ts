// Lets events come in twice as fast (docs/decisions/0010).
//
// An insert syncs each file of its part. A wide part has over a hundred, two or more for a column; a compact part keeps all columns in one
// file. Only merges make wide parts, of what has become large enough to be worth it.
//
// Nearly every line is as agent-audit's own encoder writes it, which one pattern can tell: the fields in their order, so that none stands
// twice, each of its own kind. Only of other lines each name is looked at.
import { eventsOf, isRegular } from './0001-events.ts';
import type { Migration } from './migration.ts';

const wideFromBytes = 64 * 1024 * 1024;

// In valid JSON, which the condition asks for beside, these find just what they say.
const text = String.raw`"(?:[^"\\]|\\.)*"`;
const someText = String.raw`"(?:[^"\\]|\\.)+"`;
/** Neither lists nor objects within. */
const flatObject = String.raw`\{(?:[^"\[\]{}]|${text})*\}`;
const flatList = String.raw`\[(?:[^"\[\]{}]|${text})*\]`;
const object = String.raw`\{(?:[^"\[\]{}]|${text}|${flatList}|${flatObject})*\}`;
const value = `(?:${text}|[^"\\[\\]{},]+|${flatList}|${object})`;
const details = String.raw`\{(?:${text}:${value}(?:,${text}:${value})*)?\}`;
/** What the column `time` holds exactly. */
const exactTime = '(?:19[7-9]|20[0-9]|21[0-9])[0-9]-[0-9]{2}-[0-9]{2}T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](?:[.][0-9]{1,9})?Z';

const optional = (names: readonly string[], pattern: string): string => names.map((name) => `(?:,"${name}":${pattern})?`).join('');
const usual = [
  String.raw`^\{"seq":[0-9]+,"timestamp":"${exactTime}"`,
  optional(['type', 'severity', 'agent_id', 'tenant_id', 'job_id', 'report_id', 'message', 'error'], someText),
  optional(['duration_ms'], '-?[0-9][-+.0-9eE]*'),
  optional(['details'], details),
  optional(['trace_id', 'span_id', 'parent_span_id'], someText),
  optional(['actor', 'target'], flatObject),
  optional(['outcome', 'operation'], someText),
  String.raw`\}$`,
].join('');

const literal = (pattern: string): string => `'${pattern.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const isUsual = `is_event
      AND isValidUTF8(line)
      AND match(line, ${literal(usual)})
      AND arrayUniq(facts) = length(facts)
      AND told IS NOT NULL
      AND ifNull(fields.seq = seq, 0)`;

/** Whether a line is regular, as the view has asked it since. */
export const regularNow: string = `if(${isUsual}, 1, ${isRegular})`;

/** The third step: parts of few files, and a quick look at usual lines. */
export const ingest: Migration = {
  version: 3,
  name: 'ingest',
  statements: [
    `ALTER TABLE events MODIFY SETTING min_bytes_for_wide_part = ${wideFromBytes}`,
    `ALTER TABLE events_of_incoming MODIFY QUERY ${eventsOf(regularNow)}`,
  ],
};
