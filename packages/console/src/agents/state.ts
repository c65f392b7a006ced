// The states of a log, in words, and for their colour.
import type { LogState, ReadAgent } from '@agent-audit/log';
import { count, duration } from '../time.ts';
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

/** What it means, in a sentence; what its log lacks for ever is told beside it. */
export const stateMeaning: Readonly<Record<LogState, string>> = {
  forked: 'Two histories were seen under one name. Both checkpoints are kept; somebody copied the log, or rewrote it.',
  silent: 'Nothing was heard of it for longer than its heartbeat allows. Its process may be gone, or the network in between.',
  behind: 'It was heard of lately, and has lines that are not here yet.',
  live: 'No line that it told of is still to come, and it was heard of lately.',
  stopped: 'Its writer ended by its own will, and nothing is still to come.',
};

/** What somebody who looks after it does next. */
export const stateNext: Readonly<Record<LogState, string>> = {
  forked: 'Keep both folders, find out who has the copy, and begin a new log: from this one nothing more is taken.',
  silent: 'Look whether its process runs, and on its machine ask “agent-audit doctor” whether the collector can be reached.',
  behind: 'Nothing, while it shrinks: the agent sends by itself. If it does not, look at the network, and at its health().',
  live: 'Nothing is to be done.',
  stopped: 'Nothing is to be done. If it should be running, start it: it goes on in this log.',
};

/** What a log of the collector's own is. */
export const relayMeaning = 'the collector’s own log: events that programs without one sent it over HTTP';

/** How many lines it told of that are not here. */
export function behindText({ lag_events: lag }: Pick<ReadAgent, 'lag_events'>): string {
  return lag === undefined ? 'not known' : lag === 0 ? '–' : count(lag);
}

/** How long ago it was heard of. */
export function heardText({ lag_ms: ms }: Pick<ReadAgent, 'lag_ms'>): string {
  return ms < 1_000 ? 'now' : `${duration(ms)} ago`;
}

/** Whether a value of the address is a state. */
export function isLogState(value: unknown): value is LogState {
  return logStates.some((state) => state === value);
}
