import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@agent-audit/search';
import { agentsOf, completenessOf, type LogFacts } from './completeness.ts';

const hourMs = 3_600_000;
const now = Date.UTC(2026, 10, 24, 14, 0, 0);
const iso = (ms: number): string => new Date(ms).toISOString();
let made = 0;

/** A log that was heard of a second ago, and whose newest event came then, two seconds old. */
function log(changed: Partial<LogFacts> = {}): LogFacts {
  const logId = (made++).toString(16).padStart(32, '0');
  const times = { enrolledAtMs: now - 24 * hourMs, seenAtMs: now - 1_000, grownAtMs: now - 1_000, newestEventMs: now - 3_000 };
  return { logId, agent: `a${made}`, first: 0, size: 10, toldSize: 10, end: 'open', state: 'sound', ...times, ...changed };
}
const of = (...logs: readonly LogFacts[]) => completenessOf(logs, { total: 0, listed: [] }, now);

test('the slowest of the logs that live says how far all is here', () => {
  const slow = log({ newestEventMs: now - 20_000 });
  const { complete_to: to, heard_to: heard, logs } = of(log(), slow, log());
  assert.equal(to, iso(now - 20_000));
  assert.equal(heard, to);
  assert.deepEqual(logs, { live: 3, behind: 0, stopped: 0, silent: 0, forked: 0 });
});

test('a log that is idle delivers with its heartbeats', () => {
  const idle = log({ grownAtMs: now - 10 * hourMs, newestEventMs: now - 10 * hourMs - 2_000, seenAtMs: now - 30_000 });
  assert.equal(of(idle).complete_to, iso(now - 32_000));
});

test('a log with a backlog holds it back and is named', () => {
  const backlog = log({ newestEventMs: now - 2 * hourMs, toldSize: 52 });
  const answer = of(log(), backlog);
  assert.equal(answer.complete_to, iso(now - 2 * hourMs));
  assert.deepEqual(answer.behind, [{ log: backlog.logId, agent: backlog.agent, lag_events: 42, seen_at: iso(now - 1_000) }]);
});

test('a log that stopped by its will does not hold it back', () => {
  const stopped = log({ end: 'stop', seenAtMs: now - 9 * hourMs, grownAtMs: now - 9 * hourMs, newestEventMs: now - 9 * hourMs });
  const answer = of(log(), stopped);
  assert.equal(answer.complete_to, iso(now - 3_000));
  assert.equal(answer.logs.stopped, 1);
  assert.equal(of(stopped).complete_to, iso(now));
});

test('a silent log holds it back and is named; heard_to does not wait for it', () => {
  const silent = log({ seenAtMs: now - hourMs, grownAtMs: now - hourMs, newestEventMs: now - hourMs - 500 });
  const answer = of(log(), silent);
  assert.equal(answer.complete_to, iso(now - hourMs - 500));
  assert.equal(answer.heard_to, iso(now - 3_000));
  assert.deepEqual(answer.silent, [{ log: silent.logId, agent: silent.agent, lag_events: 0, seen_at: iso(now - hourMs) }]);
});

test('a forked log takes nothing more, so it is named and waited for by nobody', () => {
  const forked = log({ state: 'forked', seenAtMs: now - 5 * hourMs, newestEventMs: now - 5 * hourMs });
  const answer = of(log(), forked);
  assert.equal(answer.complete_to, iso(now - 3_000));
  assert.deepEqual(answer.forked, [{ log: forked.logId, agent: forked.agent, lag_events: 0, seen_at: iso(now - 5 * hourMs) }]);
});

test('a clock that is 3 h behind: its events of the next 3 h are still to come, by their own time', () => {
  const slowClock = log({ newestEventMs: now - 3 * hourMs - 2_000, grownAtMs: now - 60_000, seenAtMs: now });
  assert.equal(of(log(), slowClock).logs.live, 2, 'it is no backlog');
  assert.equal(of(log(), slowClock).complete_to, iso(now - 3 * hourMs + 58_000));
});

test('a clock that is 3 h ahead promises nothing of the time that has not come', () => {
  const fastClock = log({ newestEventMs: now + 3 * hourMs });
  assert.equal(of(fastClock).complete_to, iso(now - 1_000));
});

test('of a log of which nothing came nobody knows anything, and where there is no log there is no time', () => {
  const enrolled = log({ size: 0, newestEventMs: 0 });
  const answer = of(log(), enrolled);
  assert.equal(answer.complete_to, undefined);
  assert.equal(answer.heard_to, undefined);
  assert.deepEqual(
    answer.behind.map(({ agent }) => agent),
    [enrolled.agent],
  );
  assert.equal(of().complete_to, undefined);
});

test('the lists hold a hundred, those that lag most first; the counts are of all', () => {
  const many = Array.from({ length: 150 }, (_, index) => log({ seenAtMs: now - hourMs - index * 1_000, grownAtMs: now - 2 * hourMs }));
  const answer = of(...many);
  assert.equal(answer.logs.silent, 150);
  assert.equal(answer.silent.length, 100);
  assert.equal(answer.silent[0]?.seen_at, iso(now - hourMs - 149_000));
});

test('a search for one agent is about the logs of that agent', () => {
  const agents = (q: string): string[] | undefined => {
    const found = agentsOf(parse(q));
    return found === undefined ? undefined : [...found];
  };
  assert.deepEqual(agents('agent_id:a1 severity:>=WARN'), ['a1']);
  assert.deepEqual(agents('agent_id:(a1 OR a2)'), ['a1', 'a2']);
  assert.equal(agents('agent_id:a*'), undefined);
  assert.equal(agents('-agent_id:a1'), undefined);
  assert.equal(agents('agent_id:a1 OR type:x'), undefined);
  assert.equal(agents(''), undefined);
});
