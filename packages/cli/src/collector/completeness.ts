// How far an answer can be trusted to be all: said after it, on stderr, so that an empty result can be believed too.
import type { Completeness, LaggingLog } from '@agent-audit/log';
import type { Invocation } from '../command.ts';
import { inert, jsonLine, wrap } from '../text.ts';
import { localTime } from '../time.ts';
import { count, counted } from '../units.ts';
import type { Collector } from './client.ts';

/** How many agents, and gaps, are named. */
const namedMax = 3;

/** Says it, for a person or for a program. */
export async function tellCompleteness(
  collector: Collector,
  completeness: Completeness,
  { io, errorStyle, json, utc }: Invocation,
): Promise<void> {
  if (json) {
    await io.stderr.write(jsonLine({ collector: collector.access.url, completeness }, io.stderr));
    return;
  }
  const { text, isWhole } = completenessText(completeness, { nowMs: io.now(), utc });
  const line = `${inert(collector.name)} · ${text}`;
  const lines = io.stderr.isTerminal ? wrap(line, io.stderr.columns - 2) : [line];
  const paint = isWhole ? errorStyle.dim : errorStyle.yellow;
  await io.stderr.write(lines.map((part, index) => `${index === 0 ? '' : '  '}${paint(part)}\n`).join(''));
}

/** `complete to 14:03:22 · 2 of 40 agents behind (scanner-7, scanner-9)`; whole where nothing is known to be missing. */
export function completenessText(
  { complete_to: to, heard_to: heardTo, logs, behind, silent, forked, gaps, gaps_total: gapsTotal }: Completeness,
  view: { readonly nowMs: number; readonly utc: boolean },
): { readonly text: string; readonly isWhole: boolean } {
  const total = logs.live + logs.behind + logs.stopped + logs.silent + logs.forked;
  if (total === 0) return { text: 'no agent has sent anything yet', isWhole: false };
  const since = (log: LaggingLog): string => ` since ${clock(log.seen_at, view)}`;
  const missing = [
    ...(logs.behind === 0 ? [] : [`${count(logs.behind)} of ${counted(total, 'agent')} behind${names(behind, logs.behind)}`]),
    ...(logs.silent === 0 ? [] : [`${count(logs.silent)} silent${names(silent, logs.silent, since)}`]),
    ...(logs.forked === 0 ? [] : [`${count(logs.forked)} FORKED${names(forked, logs.forked)}`]),
    ...(gapsTotal === 0 ? [] : [gapsText(gaps, gapsTotal)]),
  ];
  const heard = heardTo === undefined || heardTo === to ? '' : `${clock(heardTo, view)} without the silent`;
  const known = to === undefined ? 'how far it is complete is not known' : `complete to ${clock(to, view)}`;
  const until = heard === '' ? known : `${known} (${to === undefined ? 'to ' : ''}${heard})`;
  const whole = logs.behind + logs.silent + logs.forked === 0 ? [`${counted(total, 'agent')}, none behind`] : [];
  return { text: [until, ...whole, ...missing].join(' · '), isWhole: missing.length === 0 && to !== undefined };
}

function names(logs: readonly LaggingLog[], total: number, more: (log: LaggingLog) => string = () => ''): string {
  const shown = logs.slice(0, namedMax).map((log) => `${inert(log.agent)}${more(log)}`);
  if (shown.length === 0) return '';
  return ` (${[...shown, ...(total > shown.length ? ['…'] : [])].join(', ')})`;
}

function gapsText(gaps: Completeness['gaps'], total: number): string {
  const shown = gaps.slice(0, namedMax).map(({ agent, from, to }) => {
    return `${inert(agent)} ${to - from === 1 ? `line ${count(from)}` : `lines ${count(from)}–${count(to - 1)}`}`;
  });
  return `${counted(total, 'gap')} for ever (${[...shown, ...(total > shown.length ? ['…'] : [])].join(', ')})`;
}

/** A time of today by its clock alone. */
function clock(timestamp: string, { nowMs, utc }: { readonly nowMs: number; readonly utc: boolean }): string {
  const timeMs = Date.parse(timestamp);
  if (Number.isNaN(timeMs)) return inert(timestamp);
  const { day, clock: time } = localTime(timeMs, utc);
  return day === localTime(nowMs, utc).day ? time.slice(0, 8) : `${day.slice(0, 10)} ${time.slice(0, 8)}`;
}
