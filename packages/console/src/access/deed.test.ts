import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadEvent } from '@agent-audit/log';
import { deedOf } from './deed.ts';
import { groupsOf } from './deed-group.ts';
import { deedsSearch } from './deed-kind.ts';

const log = 'a'.repeat(32);
const startMs = Date.parse('2026-11-24T14:00:00.000Z');

function line(seq: number, type: string, message: string, rest: Record<string, unknown> = {}): ReadEvent {
  const timestamp = new Date(startMs + seq * 1_000).toISOString();
  const actor = { type: 'user', id: 't-1', name: 'auditor' };
  const text = JSON.stringify({ seq, timestamp, type, message, actor, ...rest });
  return { log, origin: `collector/${log}`, tenant: '_collector', agent: 'collector', seq, received_at: timestamp, line: text, marks: [] };
}

test('a deed says who did what to what, over which time', () => {
  const details = { q: 'job_id:j-1', since: '2026-11-24T13:00:00.000Z', order: 'desc', rows: 12, token_tenant: 'acme', token_agent: 'a-1' };
  const { who, sees, did, what, range, rows } = deedOf(line(1, 'events_searched', 'Events searched', { details }));
  assert.deepEqual({ who, sees, did, rows }, { who: 'auditor', sees: 'acme, agent a-1', did: 'searched events', rows: 12 });
  assert.deepEqual([what, range], [{ kind: 'events', q: 'job_id:j-1' }, { since: '2026-11-24T13:00:00.000Z' }]);
});

test('lines, checkpoints and jobs are named, by the agent where the line knows it', () => {
  const target = { type: 'log', id: 'b'.repeat(32), name: 'scanner-7' };
  const about = { log: target.id, agent: 'scanner-7' };
  const what = (type: string, message: string, rest: Record<string, unknown>): unknown => deedOf(line(1, type, message, rest)).what;
  assert.deepEqual(what('event_proven', 'Line proven', { target, details: { seq: 7, rows: 1 } }), { kind: 'line', ...about, seq: 7 });
  const lines = { kind: 'lines', log: target.id, agent: undefined, from: 0, to: 101 };
  assert.deepEqual(what('log_read', 'Lines read', { target: { type: 'log', id: target.id }, details: { from: 0, to: 101 } }), lines);
  assert.deepEqual(what('log_read', 'Checkpoint read', { target, details: { size: 9 } }), { kind: 'log', ...about, size: 9 });
  assert.deepEqual(what('events_searched', 'Job read', { target: { type: 'job', id: 'j-1' } }), { kind: 'job', jobId: 'j-1' });
  const jobs = { kind: 'jobs', q: '', outcome: 'failed' };
  assert.deepEqual(what('events_searched', 'Jobs listed', { details: { q: '', outcome: 'failed' } }), jobs);
  assert.deepEqual(what('events_searched', 'Events searched', { details: { q: deedsSearch('exports') } }), { kind: 'deeds' });
});

test('exports say what they hold, refusals why, tokens what they may', () => {
  const exported = deedOf(line(1, 'events_exported', 'Events exported', { details: { q: '', format: 'csv', rows: 5, bytes: 12_345 } }));
  assert.deepEqual([exported.how, exported.range, exported.isBad], ['as csv · 12.3 kB', {}, false]);
  assert.equal(deedOf(line(1, 'events_exported', 'Export cut off')).isBad, true);
  const refusal = { details: { method: 'GET', route: '/v1/tokens', why: 'the token lacks the scope admin', address: '::1' } };
  const refused = deedOf(line(1, 'auth_failed', 'Refused: x', refusal));
  assert.deepEqual(refused.what, { kind: 'text', text: 'GET /v1/tokens' });
  assert.deepEqual([refused.how, refused.isBad], ['the token lacks the scope admin · from ::1', true]);
  const token = { target: { type: 'token', id: 't-2', name: 'ci' }, details: { tenant: 'acme', scopes: ['read'], token_tenant: '*' } };
  const made = deedOf(line(1, 'token_created', 'Token made: ci', token));
  assert.deepEqual([made.did, made.what, made.sees], ['made a token', { kind: 'text', text: 'ci' }, 'every tenant']);
  assert.equal(made.how, 'tenant acme · may read');
});

test('a line that is no such event is told as far as it can be', () => {
  const deed = deedOf({ ...line(1, 'x', 'y'), line: 'no json' });
  assert.deepEqual([deed.who, deed.did, deed.what], ['nobody known', '', { kind: 'text', text: '' }]);
});

test('what a page asks again and again is one row; exports and refusals are not', () => {
  const search = (seq: number, since: string): ReadEvent =>
    line(seq, 'events_searched', 'Events searched', { details: { q: 'type:a', since: `2026-11-24T13:0${since}:00Z`, rows: 1 } });
  const listed = line(4, 'events_searched', 'Agents listed');
  const exported = (seq: number): ReadEvent => line(seq, 'events_exported', 'Events exported', { details: { q: '', format: 'csv' } });
  const events = [exported(9), exported(8), search(6, '3'), search(5, '2'), listed, search(3, '1')];
  const old = search(-3_600, '0');
  const told = groupsOf([...events, old].map(deedOf)).map(({ last, others }) => [last.seq, ...others.map(({ seq }) => seq)]);
  assert.deepEqual(told, [[9], [8], [6, 5, 3], [4], [-3_600]]);
});
