// The tokens of a collector, as a table.
import type { ReadToken } from '@agent-audit/log';
import type { Invocation } from '../command.ts';
import { inert, padTo, widthOf } from '../text.ts';
import { localTime } from '../time.ts';

const gap = '  ';
const titles = ['id', 'name', 'may', 'tenant', 'agent', 'made', 'state'];

/** One row for each token. */
export function showTokens(tokens: readonly ReadToken[], { io, style, utc }: Pick<Invocation, 'io' | 'style' | 'utc'>): string {
  const rows = tokens.map((token) => [
    inert(token.id),
    inert(token.name),
    token.scopes.join(' '),
    inert(token.tenant),
    token.agent === undefined ? 'any' : inert(token.agent),
    date(token.created_at, utc),
    stateText(token, io.now(), utc),
  ]);
  const widths = titles.map((title, column) => Math.max(widthOf(title), ...rows.map((row) => widthOf(row[column] ?? ''))));
  const show = (row: readonly string[]): string =>
    row
      .map((cell, column) => padTo(cell, widths[column] ?? 0))
      .join(gap)
      .trimEnd();
  return `${[style.dim(show(titles)), ...rows.map(show)].join('\n')}\n`;
}

function stateText({ expires_at: expires, revoked_at: revoked }: ReadToken, nowMs: number, utc: boolean): string {
  if (revoked !== undefined) return `revoked ${date(revoked, utc)}`;
  if (expires === undefined) return 'good';
  return Date.parse(expires) <= nowMs ? `expired ${date(expires, utc)}` : `good until ${date(expires, utc)}`;
}

function date(timestamp: string, utc: boolean): string {
  const timeMs = Date.parse(timestamp);
  return Number.isNaN(timeMs) ? inert(timestamp) : localTime(timeMs, utc).day.slice(0, 10);
}
