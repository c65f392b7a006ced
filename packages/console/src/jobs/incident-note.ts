// A job as a note for whoever writes the incident up: Markdown, in which nothing that an event says can become markup.
import type { ReadJob } from '@agent-audit/log';
import { utcTime } from '../time.ts';
import { length } from './length.ts';
import { outcomeLabel } from './outcome.ts';
import { seqsOf, type StoryRow, tookMsOf } from './row.ts';
import type { Story } from './story.ts';

/** Characters of one text at most. */
const textLengthMax = 300;

/** How whoever doubts a line can have it proven. */
const proving = 'Each line can be proven: in the console, or by its seq in a copy of the log, `agent-audit prove SEQ --log FILE`.';

/** The note. Times are UTC; each line ends with the seqs that prove it. */
export function incidentNote(jobId: string, runs: readonly ReadJob[], story: Story): string {
  const lines = [`## Job ${inert(jobId)}`, ''];
  for (const run of runs) lines.push(`- ${summary(run)}`);
  for (const { agent, log, rows } of story.parts) {
    lines.push('', `### ${inert(agent)}, log \`${log}\``, '', '| UTC | after | what | how | seq |', '|---|---|---|---|---|');
    for (const row of rows) lines.push(rowLine(row, story.fromMs));
  }
  lines.push('', proving, '');
  return lines.join('\n');
}

function summary({ agent, outcome, started_at, took_ms, events, errors, findings }: ReadJob): string {
  const took = took_ms === undefined ? '' : ` after ${length(took_ms)}`;
  const found = findings === undefined ? '' : `, ${findings} findings`;
  const began = utcTime(Date.parse(started_at));
  return `${inert(agent)}: **${outcomeLabel[outcome]}**${took}, began ${began}; ${events} events, ${errors} errors${found}`;
}

function rowLine(row: StoryRow, beganMs: number): string {
  const { label, about, fromMs, waitMs, state, times, ending, message, error, findings } = row;
  const tookMs = tookMsOf(row);
  const took = tookMs === undefined ? (state === 'open' ? 'no end seen' : '') : length(tookMs);
  const waits = waitMs === undefined ? '' : `waits ${length(waitMs)}`;
  const said = error === undefined ? message : `${message}: ${error}`;
  const ended = ending === undefined ? '' : `**${ending}**`;
  const found = findings === undefined ? '' : `${findings} findings`;
  const what = [label, ...(about === undefined ? [] : [about]), ...(times === 1 ? [] : [`×${times}`])].map(inert).join(' ');
  const how = [ended, inert(said), found, took, waits].filter((part) => part !== '').join('; ');
  const cells = [utcTime(fromMs), `+${length(fromMs - beganMs)}`, what, how, seqsOf(row)];
  return `| ${cells.join(' | ')} |`;
}

/** A text that is only text in Markdown, on one line. */
function inert(text: string): string {
  const short = text.length > textLengthMax ? `${text.slice(0, textLengthMax)}…` : text;
  // Control characters, and those that turn the direction of text.
  const plain = short.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '\u{fffd}');
  return plain.replace(/[\\`*_{}[\]()#+!|<>~&]/gu, (character) => `\\${character}`);
}
