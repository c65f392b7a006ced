// How complete an answer is, in the same words wherever it is said. Behind and silent are two things: of a log that is behind it is known
// that lines are on their way; of a silent one nothing is known any more.
import type { Completeness } from '@agent-audit/log';
import { count, dayTime, minuteTime } from '../time.ts';

/** What keeps everything from being here, a few words each: `1 of 7 agents silent`, `1 forked`, `1 gap`. */
export function lackingWords({ logs, gaps_total: gaps }: Completeness): readonly string[] {
  const open = logs.live + logs.behind + logs.silent + logs.forked;
  const kinds: readonly (readonly [number, string])[] = [
    [logs.behind, 'behind'],
    [logs.silent, 'silent'],
    [logs.forked, 'forked'],
  ];
  // The first of them says of how many.
  const words = kinds
    .filter(([some]) => some > 0)
    .map(([some, how], index) => `${count(some)}${index === 0 ? ` of ${count(open)} ${open === 1 ? 'agent' : 'agents'}` : ''} ${how}`);
  return [...words, ...(gaps > 0 ? [`${count(gaps)} ${gaps === 1 ? 'gap' : 'gaps'}`] : [])];
}

/** How complete everything is, in one line. */
export function completenessText(completeness: Completeness, nowMs: number): string {
  const { complete_to: to } = completeness;
  const known = to === undefined ? 'not known how complete' : `complete to ${shortTime(Date.parse(to), nowMs)}`;
  return [known, ...lackingWords(completeness)].join(' · ');
}

/** How many characters are a good length for it, and how many it may have at most. */
export interface TextRoom {
  readonly good: number;
  readonly most: number;
}

/** The same in so much room, as whole as that lets it be; where no form of it fits, how much there is to look at. */
export function completenessIn({ good, most }: TextRoom, completeness: Completeness, nowMs: number): string {
  const whole = completenessText(completeness, nowMs);
  const withoutSign = whole.replace(/^complete to /, '');
  const short = completenessInShort(completeness, nowMs);
  const forms = [whole, withoutSign, withoutSign.replace(/ agents? /, ' ')];
  return forms.find(({ length }) => length <= good) ?? forms.find(({ length }) => length <= most) ?? short;
}

function completenessInShort(completeness: Completeness, nowMs: number): string {
  const { complete_to: to, logs, gaps_total: gaps } = completeness;
  const lacking = logs.behind + logs.silent + logs.forked + gaps;
  const known = to === undefined ? 'not known' : shortTime(Date.parse(to), nowMs);
  return lacking === 0 ? known : `${count(lacking)} lacking · ${known}`;
}

/** The time of the day; with the day where that is not today. */
function shortTime(ms: number, nowMs: number): string {
  const isToday = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  return isToday ? minuteTime(ms) : `${dayTime(ms, nowMs)}, ${minuteTime(ms)}`;
}
