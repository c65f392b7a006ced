// What was found, in one sentence: it stands first, and is all that most people read.
import { formatVerifierKey } from '@agent-audit/log';
import type { Inspection, Part, PartName } from './inspect.ts';
import { isPinned, type Pin } from './trust.ts';

const words = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** `two keys`, `11 keys` */
export function countOf(value: number, one: string, many: string = `${one}s`): string {
  return `${words[value] ?? String(value)} ${value === 1 ? one : many}`;
}

/** What a part is called. */
export const partTitles: Readonly<Record<PartName, string>> = {
  line: 'The line',
  path: 'Its path to the root',
  proof: 'The proof',
  signature: 'The log’s signature',
  cosignature: 'A witness’s cosignature',
  key: 'The log’s key',
};

/** `The log’s signature`; of a cosignature, by whom. */
export function partTitle({ name, by }: Part): string {
  return by === undefined ? partTitles[name] : `The cosignature by ${by}`;
}

/** The parts that do not hold. */
export function failuresOf({ parts }: Inspection): readonly Part[] {
  return parts.filter(({ state }) => state === 'fails');
}

/**
 * `In the log by 14:02:58; two keys say so; you pinned one.`
 * @param timeText how a time in milliseconds is told
 */
export function sentenceOf(inspection: Inspection, pins: readonly Pin[], timeText: (ms: number) => string): string {
  const failures = failuresOf(inspection);
  if (failures.length > 0) {
    const names = listOf(failures.map((part) => lower(partTitle(part))));
    return `Not proven: ${names} ${failures.length === 1 ? 'does' : 'do'} not hold.`;
  }
  const { holds, log, witnesses } = inspection;
  if (!holds || log === undefined) return 'Not proven: what was given is not enough to tell.';
  const keys = [log, ...new Set(witnesses.map(({ key }) => key))];
  const pinned = keys.filter((key) => isPinned(pins, formatVerifierKey(key))).length;
  if (witnesses.length === 0) {
    const trusted = pinned === 0 ? 'you did not pin it' : 'you pinned it';
    return `In the log; its own key alone says so, and nobody says since when; ${trusted}.`;
  }
  const sinceMs = Math.min(...witnesses.map(({ timeSeconds }) => timeSeconds)) * 1000;
  const trusted = pinned === 0 ? 'none of them' : pinned === keys.length ? 'all of them' : (words[pinned] ?? String(pinned));
  return `In the log by ${timeText(sinceMs)}; ${countOf(keys.length, 'key')} say so; you pinned ${trusted}.`;
}

function listOf(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

function lower(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
