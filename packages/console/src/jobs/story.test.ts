import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadEvent, ReadJob } from '@agent-audit/log';
import { incidentNote } from './incident-note.ts';
import type { StoryRow } from './row.ts';
import { storyOf } from './story.ts';

const log = 'a'.repeat(32);
const startMs = Date.parse('2026-11-24T14:00:00.000Z');

function event(seq: number, atMs: number, type: string, rest: Record<string, unknown> = {}): ReadEvent {
  const timestamp = new Date(startMs + atMs).toISOString();
  const line = JSON.stringify({ seq, timestamp, type, severity: 'INFO', message: `${type} ${seq}`, ...rest });
  return { log, origin: `a/${log}`, tenant: 't', agent: 'a', seq, received_at: timestamp, line, marks: [] };
}

const rowsOf = (events: readonly ReadEvent[]): readonly StoryRow[] => storyOf(events).parts.flatMap(({ rows }) => rows);

test('operations and pairs become bars, everything else points, and what repeats is counted', () => {
  const { parts, fromMs, toMs } = storyOf([
    event(1, 0, 'job_started', { span_id: 's1', operation: 'start' }),
    event(2, 10, 'scan_started', { span_id: 's2', parent_span_id: 's1', operation: 'start' }),
    event(3, 20, 'tool_called', { span_id: 's2' }),
    event(4, 30, 'tool_called', { span_id: 's2' }),
    event(5, 40, 'scan_failed', { span_id: 's2', operation: 'end', severity: 'ERROR', error: 'boom' }),
    event(6, 50, 'resource_throttle'),
    event(7, 70, 'resource_resume'),
    event(8, 90, 'job_failed', { span_id: 's1', operation: 'end', severity: 'ERROR' }),
  ]);
  const rows = parts[0]?.rows ?? [];
  assert.deepEqual([parts.length, fromMs - startMs, toMs - startMs], [1, 0, 90]);
  const endOf = (end: number | undefined): number | string => (end === undefined ? '' : end - startMs);
  const told = rows.map((row) => [row.label, row.state, row.depth, row.times, row.fromMs - startMs, endOf(row.toMs)]);
  assert.deepEqual(told, [
    ['job', 'failed', 0, 1, 0, 90],
    ['scan', 'failed', 1, 1, 10, 40],
    ['tool_called', 'point', 2, 2, 20, ''],
    ['throttle', 'done', 1, 1, 50, 70],
  ]);
  assert.equal(rows[1]?.error, 'boom');
  assert.deepEqual(rows[1]?.ref, { log, seq: 5 });
  assert.equal(rows[1]?.marks.length, 2);
});

test('an operation ends itself, and not what began within it and did not end', () => {
  const rows = rowsOf([
    event(1, 0, 'job_started', { span_id: 's1', operation: 'start' }),
    event(2, 10, 'resource_throttle', { span_id: 's1' }),
    event(3, 20, 'upload_started', { span_id: 's2', parent_span_id: 's1', operation: 'start' }),
    event(4, 30, 'upload_completed', { span_id: 's2', parent_span_id: 's1', operation: 'end' }),
    event(5, 40, 'job_completed', { span_id: 's1', operation: 'end' }),
  ]);
  const told = rows.map(({ label, state, depth, ref }) => [label, state, depth, ref.seq]);
  assert.deepEqual(told, [['job', 'done', 0, 5], ['throttle', 'open', 1, 2], ['upload', 'done', 1, 4]]);
});

test('what has no end stays open, an end without a beginning is a point, and two logs do not end each other', () => {
  const other = { ...event(9, 30, 'scan_completed'), log: 'b'.repeat(32), agent: 'b' };
  const { parts } = storyOf([event(1, 0, 'scan_started'), other, event(2, 40, 'tool_called')]);
  const told = parts.map(({ agent, rows }) => [agent, ...rows.map(({ label, state }) => `${label} ${state}`)]);
  assert.deepEqual(told, [['a', 'scan open', 'tool_called point'], ['b', 'scan_completed point']]);
});

test('a line that is no event is a point with what it holds, and no events are no story', () => {
  const rows = rowsOf([{ ...event(1, 0, 'x'), line: 'not json <script>' }]);
  assert.deepEqual(rows.map(({ label, message }) => [label, message]), [['not an event', 'not json <script>']]);
  assert.deepEqual(storyOf([]), { fromMs: 0, toMs: 0, lastMs: 0, parts: [] });
});

test('without spans a scan stands within its job, and a point within what alone is under way', () => {
  const rows = rowsOf([
    event(1, 0, 'job_received'),
    event(2, 10, 'job_started', { details: { target: 'web-01' } }),
    event(3, 20, 'scan_started', { details: { tool: 'nuclei', target: 'web-01' } }),
    event(4, 30, 'host_done'),
    event(5, 40, 'scan_started', { details: { tool: 'trivy' } }),
    event(6, 50, 'host_done'),
    event(7, 60, 'scan_completed', { details: { findings_count: 3 } }),
    event(8, 70, 'job_completed'),
  ]);
  const told = rows.map(({ label, about, depth, state, findings }) => [label, about, depth, state, findings]);
  assert.deepEqual(told, [
    ['job_received', undefined, 0, 'point', undefined],
    ['job', 'web-01', 0, 'done', undefined],
    ['scan', 'nuclei', 1, 'open', undefined],
    ['host_done', undefined, 2, 'point', undefined],
    ['scan', 'trivy', 1, 'done', 3],
    ['host_done', undefined, 1, 'point', undefined],
  ]);
  // What the job left open is drawn to the end of the job.
  assert.equal(rows[2]?.openToMs, startMs + 70);
});

test('what two operations at a time did stands below each of them', () => {
  const rows = rowsOf([
    event(1, 0, 'job_started', { span_id: 's1', operation: 'start' }),
    event(2, 10, 'scan_started', { span_id: 's2', parent_span_id: 's1', operation: 'start' }),
    event(3, 20, 'scan_started', { span_id: 's3', parent_span_id: 's1', operation: 'start' }),
    event(4, 30, 'host_done', { span_id: 's2' }),
    event(5, 40, 'host_done', { span_id: 's3' }),
    event(6, 50, 'host_done', { span_id: 's2' }),
  ]);
  const told = rows.map(({ label, depth, times, ref }) => [label, depth, times, ref.seq]);
  assert.deepEqual(told, [['job', 0, 1, 1], ['scan', 1, 1, 2], ['host_done', 2, 2, 6], ['scan', 1, 1, 3], ['host_done', 2, 1, 5]]);
});

test('waits are as long as they say, endings have their names, and runs their numbers', () => {
  const operation = { span_id: 's1', operation: 'end', severity: 'ERROR' };
  const rows = rowsOf([
    event(1, 0, 'job_started', { span_id: 's1', operation: 'start' }),
    event(2, 10, 'rate_limited', { span_id: 's1', details: { retry_after_ms: 5_000 } }),
    event(3, 20, 'upload_retry', { span_id: 's1', details: { wait_ms: 1e12 } }),
    event(4, 30, 'job_failed', { ...operation, outcome: 'denied', duration_ms: 4 }),
    event(5, 40, 'job_started', { span_id: 's9', operation: 'start' }),
    event(6, 50, 'job_timeout', { ...operation, span_id: 's9', outcome: 'timeout' }),
  ]);
  const told = rows.map(({ label, about, kind, waitMs, ending, toldMs }) => [label, about, kind, waitMs, ending, toldMs]);
  assert.deepEqual(told, [
    ['job', 'run 1', 'job', undefined, 'denied', 4],
    ['rate_limited', undefined, 'wait', 5_000, undefined, undefined],
    ['upload_retry', undefined, 'other', undefined, undefined, undefined],
    ['job', 'run 2', 'job', undefined, 'timed out', undefined],
  ]);
  assert.equal(storyOf([event(1, 0, 'job_started')], startMs + 9_000).toMs, startMs + 9_000);
});

test('a duration that an event tells of is drawn before it', () => {
  const rows = rowsOf([event(1, 5_000, 'upload', { duration_ms: 4_000 })]);
  assert.deepEqual([rows[0]?.fromMs, rows[0]?.toMs], [startMs + 1_000, startMs + 5_000]);
});

test('nothing that an event says becomes markup of the note', () => {
  const hostile = '](javascript:alert(1)) | <img src=x> `code`\n# heading \u202e';
  const began = { started_at: '2026-11-24T14:00:00Z', outcome: 'failed', events: 1, errors: 1 } as const;
  const run: ReadJob = { job_id: hostile, tenant: 't', agent: hostile, ...began };
  const note = incidentNote(hostile, [run], storyOf([event(1, 0, 'x', { message: hostile, error: hostile })]));
  for (const line of note.split('\n').filter((text) => text.includes('alert'))) {
    assert.doesNotMatch(line, /(?<!\\)[<>`[\]]|\u202e/);
  }
  assert.equal(note.split('\n').filter((line) => line.startsWith('|')).length, 3, note);
  assert.match(note, /\| #1 \|$/m);
});
