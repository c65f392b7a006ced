// The states of a log, in words, and for their colour.
import type { LogState, ReadAgent } from '@agent-audit/log';
import { count } from '../time.ts';
import type { Tone } from '../ui/badge.tsx';

/** Those that somebody must look at first. */
export const logStates: readonly LogState[] = ['forked', 'silent', 'behind', 'live', 'stopped'];

/** What people call it. */
export const stateLabel: Readonly<Record<LogState, string>> = {
  forked: 'FORK',
  silent: 'silent',
  behind: 'behind',
  live: 'live',
  stopped: 'stopped',
};

/** How good or bad it is. */
export const stateTone: Readonly<Record<LogState, Tone>> = {
  forked: 'bad',
  silent: 'warn',
  behind: 'warn',
  live: 'good',
  stopped: 'plain',
};

/** What it means, in a sentence. */
export const stateMeaning: Readonly<Record<LogState, string>> = {
  forked: 'Two histories were seen under one name. Both checkpoints are kept; somebody copied the log, or rewrote it.',
  silent: 'Nothing was heard of it for longer than its heartbeat allows. Its process may be gone, or the network in between.',
  behind: 'It was heard of lately, and has lines that are not here yet.',
  live: 'All lines that it told of are here, and it was heard of lately.',
  stopped: 'Its writer ended by its own will, and everything is here.',
};

/** How many lines it told of that are not here. */
export function behindText({ lag_events: lag }: ReadAgent): string {
  return lag === undefined ? 'not known' : lag === 0 ? '–' : count(lag);
}

/** Whether a value of the address is a state. */
export function isLogState(value: unknown): value is LogState {
  return logStates.some((state) => state === value);
}
