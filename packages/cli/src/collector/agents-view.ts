// The agents of a collector, as a table.
import type { LogState, ReadAgent } from '@agent-audit/log';
import type { Invocation } from '../command.ts';
import type { Style } from '../style.ts';
import { cutTo, inert, padTo, widthOf } from '../text.ts';
import { count, counted, duration } from '../units.ts';

const gap = '  ';
const agentWidthMax = 32;
const titles = ['agent', 'state', 'lines', 'heard', 'behind', 'not to be had', 'log'];
const numeric: ReadonlySet<number> = new Set([2]);

/** One row for each log. */
export function showAgents(agents: readonly ReadAgent[], { io, style }: Pick<Invocation, 'io' | 'style'>): string {
  const rows = agents.map((agent) => [
    inert(io.stdout.isTerminal ? cutTo(agent.agent, agentWidthMax) : agent.agent),
    stateText(agent.state),
    count(agent.size),
    `${duration(agent.lag_ms)} ago`,
    behindText(agent),
    missingText(agent),
    agent.log,
  ]);
  const widths = titles.map((title, column) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))));
  const padded = (row: readonly string[]): string[] =>
    row.map((cell, column) => (numeric.has(column) ? cell.padStart(widths[column] ?? 0) : padTo(cell, widths[column] ?? 0)));
  const lines = rows.map((row, index) => {
    const [agent = '', state = '', ...rest] = padded(row);
    return [style.bold(agent), paintState(style, agents[index]?.state)(state), ...rest].join(gap).trimEnd();
  });
  return `${[style.dim(padded(titles).join(gap).trimEnd()), ...lines].join('\n')}\n`;
}

/** States in words; in capitals what an auditor must see. */
function stateText(state: LogState): string {
  return state === 'forked' ? 'FORKED' : state;
}

function behindText({ state, lag_events: events }: ReadAgent): string {
  if (events !== undefined && events > 0) return counted(events, 'line');
  return state === 'live' || state === 'stopped' ? 'no' : '?';
}

/** What nobody will ever have: gaps here, losses there. */
function missingText({ lost_events: lost, gaps, alarms }: ReadAgent): string {
  const missing = gaps.reduce((sum, { from, to }) => sum + to - from, 0);
  const parts = [
    ...(missing === 0 ? [] : [`${counted(missing, 'line')} in ${counted(gaps.length, 'gap')}`]),
    ...(lost === 0 ? [] : [`${counted(lost, 'event')} lost`]),
    ...(alarms === 0 ? [] : [counted(alarms, 'alarm')]),
  ];
  return parts.length === 0 ? '-' : parts.join(', ');
}

function paintState(style: Style, state: LogState | undefined): (text: string) => string {
  switch (state) {
    case 'live':
      return style.green;
    case 'behind':
    case 'silent':
      return style.yellow;
    case 'forked':
      return (text) => style.bold(style.red(text));
    case 'stopped':
    case undefined:
      return style.dim;
  }
}
