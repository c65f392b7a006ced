// What one line of the collector's own log tells: who did what, to what, and where that is to be seen.
import type { ReadEvent } from '@agent-audit/log';
import { type Members, membersOf, numberOf, parseMembers, textOf } from '../members.ts';
import { isDeedsSearch } from './deed-kind.ts';

/** What somebody did at the collector. */
export interface Deed {
  readonly log: string;
  readonly seq: number;
  readonly at: string;
  readonly type: string;
  readonly who: string;
  /** Whose events the token may see: `default`, `default, agent live-1`, `every tenant`. */
  readonly sees: string | undefined;
  readonly did: string;
  /** Something that somebody should look at: a refusal, or an export that broke off. */
  readonly isBad: boolean;
  readonly what: What;
  /** The same, told more closely: address, format, size. */
  readonly how: string;
  readonly range: Range | undefined;
  readonly rows: number | undefined;
}

/** RFC 3339; without `until` up to the deed itself. */
export interface Range {
  readonly since?: string;
  readonly until?: string;
}

/** What it was done to. */
export type What =
  | { readonly kind: 'events'; readonly q: string }
  | { readonly kind: 'jobs'; readonly q: string; readonly outcome: string | undefined }
  | { readonly kind: 'job'; readonly jobId: string }
  | { readonly kind: 'line'; readonly log: string; readonly agent: string | undefined; readonly seq: number }
  | { readonly kind: 'lines'; readonly log: string; readonly agent: string | undefined; readonly from: number; readonly to: number }
  | { readonly kind: 'log'; readonly log: string; readonly agent: string | undefined; readonly size: number | undefined }
  | { readonly kind: 'agents'; readonly word: 'agents' | 'alarms' }
  | { readonly kind: 'deeds' }
  | { readonly kind: 'text'; readonly text: string };

/** By what the collector calls it: one type has several. */
const didByMessage: ReadonlyMap<string, string> = new Map([
  ['Events searched', 'searched events'],
  ['Events counted', 'counted events'],
  ['Events counted over time', 'counted events over time'],
  ['Values of fields read', 'counted values'],
  ['Statistics of events read', 'read statistics'],
  ['Jobs listed', 'listed jobs'],
  ['Job read', 'read a job'],
  ['Agents listed', 'listed agents'],
  ['Alarms listed', 'listed alarms'],
  ['Rates of logs read', 'read rates of agents'],
  ['Line proven', 'proved a line'],
  ['Checkpoint read', 'read a checkpoint'],
  ['Lines read', 'read lines'],
  ['Tail began', 'began to follow'],
  ['Tail ended', 'followed'],
  ['Export began', 'began an export'],
  ['Events exported', 'exported events'],
  ['Export cut off', 'exported a part'],
]);
const didByType: ReadonlyMap<string, string> = new Map([
  ['signed_in', 'signed in'],
  ['signed_out', 'signed out'],
  ['auth_failed', 'was refused'],
  ['token_created', 'made a token'],
  ['token_revoked', 'revoked a token'],
  ['retention_changed', 'changed retention'],
]);

/** Reads a line. */
export function deedOf({ log, seq, line, received_at }: ReadEvent): Deed {
  const event = parseMembers(line);
  const [details, actor] = [membersOf(event['details']), membersOf(event['actor'])];
  const [type, message] = [textOf(event['type']) ?? '', textOf(event['message']) ?? ''];
  const usesToken = type === 'signed_in' && message.startsWith('Token in use');
  return {
    log,
    seq,
    at: textOf(event['timestamp']) ?? received_at,
    type,
    who: textOf(actor['name']) ?? textOf(actor['id']) ?? 'nobody known',
    sees: seesOf(details),
    did: usesToken ? 'used a token' : (didByMessage.get(message) ?? didByType.get(type) ?? message),
    isBad: type === 'auth_failed' || message === 'Export cut off',
    what: whatOf(type, message, details, membersOf(event['target'])),
    how: howOf(type, details),
    range: rangeOf(type, details),
    // What only begins has none yet.
    rows: message.endsWith(' began') ? undefined : numberOf(details['rows']),
  };
}

function whatOf(type: string, message: string, details: Members, target: Members): What {
  const [id, name] = [textOf(target['id']), textOf(target['name'])];
  const q = textOf(details['q']);
  if (target['type'] === 'log' && id !== undefined) return logOf(id, name, details);
  if (target['type'] === 'job' && id !== undefined) return { kind: 'job', jobId: id };
  if (message === 'Jobs listed') return { kind: 'jobs', q: q ?? '', outcome: textOf(details['outcome']) };
  if (q !== undefined) return isDeedsSearch(q) ? { kind: 'deeds' } : { kind: 'events', q };
  if (type === 'events_searched') return { kind: 'agents', word: message.startsWith('Alarms') ? 'alarms' : 'agents' };
  if (type === 'auth_failed') return { kind: 'text', text: `${plain(details['method'])} ${plain(details['route'])}`.trim() };
  if (type === 'signed_in' || type === 'signed_out') return { kind: 'text', text: '' };
  return { kind: 'text', text: name ?? id ?? message };
}

function logOf(log: string, agent: string | undefined, details: Members): What {
  const [seq, from, to] = ['seq', 'from', 'to'].map((member) => numberOf(details[member]));
  if (seq !== undefined) return { kind: 'line', log, agent, seq };
  if (from !== undefined && to !== undefined) return { kind: 'lines', log, agent, from, to };
  return { kind: 'log', log, agent, size: numberOf(details['size']) };
}

/** Members of details that say how, as they are told. */
const told: readonly (readonly [string, (value: string) => string])[] = [
  ['outcome', (outcome) => `only those with the outcome ${outcome}`],
  ['fields', (fields) => `of ${fields}`],
  ['format', (format) => `as ${format}`],
  ['scopes', (scopes) => `may ${scopes}`],
  ['agent', (agent) => `agent ${agent}`],
  ['expires_at', (at) => `good to ${at.replace('T', ' ').replace(/\.\d+Z$|Z$/, ' UTC')}`],
  ['max_age_days', (days) => `kept for ${days} days`],
  ['why', (why) => why],
  ['count', (count) => `${count} times`],
  ['address', (address) => `from ${address}`],
  ['user_agent', (agent) => agent],
];

function howOf(type: string, details: Members): string {
  const parts = told.flatMap(([name, tell]) => {
    const value = details[name];
    const text = Array.isArray(value) ? value.filter((one) => typeof one === 'string').join(', ') : plain(value);
    return text === '' ? [] : [tell(text)];
  });
  const tenant = type.startsWith('token_') ? plain(details['tenant']) : '';
  const bytes = numberOf(details['bytes']);
  return [
    ...(tenant === '' ? [] : [tenant === '*' ? 'every tenant' : `tenant ${tenant}`]),
    ...parts,
    ...(bytes === undefined || bytes === 0 ? [] : [sizeText(bytes)]),
  ].join(' · ');
}

function plain(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  return bytes < 1_000_000 ? `${(bytes / 1_000).toFixed(1)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

function seesOf(details: Members): string | undefined {
  const [tenant, agent] = [textOf(details['token_tenant']), textOf(details['token_agent'])];
  if (tenant === undefined) return undefined;
  return `${tenant === '*' ? 'every tenant' : tenant}${agent === undefined ? '' : `, agent ${agent}`}`;
}

function rangeOf(type: string, details: Members): Range | undefined {
  const [since, until] = [textOf(details['since']), textOf(details['until'])];
  const hasRange = type === 'events_exported' || (type === 'events_searched' && textOf(details['q']) !== undefined);
  if (!hasRange && since === undefined && until === undefined) return undefined;
  return { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
}
