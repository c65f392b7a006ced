import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogState } from '@agent-audit/log';
import fc from 'fast-check';
import { recordOf } from '../store/lines.test.support.ts';
import type { LogRecord } from '../store/store.ts';
import { agentsPage, type AgentsWanted, agentsRequest, formatAgentsCursor, parseAgentsCursor } from './agents-page.ts';
import type { JudgedLog } from './completeness.ts';

const states: readonly LogState[] = ['live', 'behind', 'stopped', 'silent', 'forked'];
let made = 0;
function log(agent: string, state: LogState): JudgedLog<LogRecord> {
  const logId = (made++).toString(16).padStart(32, '0');
  return { record: { ...recordOf(logId, 1), agent }, state };
}
const namesOf = (logs: readonly JudgedLog[]): string[] => logs.map(({ record }) => record.agent);
const all: Pick<AgentsWanted, 'order' | 'limit'> = { order: 'agent', limit: 10 };

test('by agent; those that somebody must look at first, where that is asked for', () => {
  const logs = [log('e', 'stopped'), log('d', 'live'), log('c', 'forked'), log('b', 'behind'), log('a', 'silent'), log('a2', 'forked')];
  assert.deepEqual(namesOf(agentsPage(logs, all).shown), ['a', 'a2', 'b', 'c', 'd', 'e']);
  assert.deepEqual(namesOf(agentsPage(logs, { ...all, order: 'state' }).shown), ['a2', 'c', 'a', 'b', 'd', 'e']);
});

test('counts are of all that a name finds, whatever state and page are shown', () => {
  const logs = [log('Scanner-1', 'live'), log('scanner-2', 'silent'), log('crawler', 'silent'), log('scanner-3', 'live')];
  const { shown, counts, before, next } = agentsPage(logs, { ...all, name: 'SCAN', state: 'live', limit: 1 });
  assert.deepEqual(namesOf(shown), ['Scanner-1']);
  assert.deepEqual([counts, before], [{ live: 2, behind: 0, stopped: 0, silent: 1, forked: 0 }, 0]);
  assert.ok(next !== undefined);
  assert.deepEqual(namesOf(agentsPage(logs, { ...all, log: logs[2]?.record.logId ?? '' }).shown), ['crawler']);
});

test('a page that is gone leads back to what there is', () => {
  const logs = [log('a', 'live'), log('b', 'live')];
  const place = { rank: 0, agent: 'z', logId: 'f'.repeat(32), back: false };
  const { shown, before, previous } = agentsPage(logs, { ...all, place });
  assert.deepEqual([shown.length, before], [0, 2]);
  assert.deepEqual(namesOf(agentsPage(logs, { ...all, ...(previous === undefined ? {} : { place: previous }) }).shown), ['a', 'b']);
});

test('pages go on over all, each once, and back over the same', () => {
  const logs = fc.array(fc.record({ agent: fc.constantFrom('a', 'b', 'ü', 'b\n'), state: fc.constantFrom(...states) }), { maxLength: 40 });
  fc.assert(
    fc.property(logs, fc.integer({ min: 1, max: 7 }), fc.constantFrom('agent', 'state'), (wishes, limit, order) => {
      const known = wishes.map(({ agent, state }) => log(agent, state));
      const request = agentsRequest({ order });
      const pageFrom = (place: AgentsWanted['place']) => agentsPage(known, { order, limit, ...(place === undefined ? {} : { place }) });
      const whole = agentsPage(known, { order, limit: 1_000 }).shown;
      const seen: JudgedLog[] = [];
      let page = pageFrom(undefined);
      for (;;) {
        assert.equal(page.before, seen.length);
        seen.push(...page.shown);
        if (page.next === undefined) break;
        page = pageFrom(parseAgentsCursor(formatAgentsCursor(page.next, request), request));
      }
      assert.deepEqual(seen, whole);
      let left = whole.length - page.shown.length;
      while (page.previous !== undefined) {
        page = pageFrom(parseAgentsCursor(formatAgentsCursor(page.previous, request), request));
        assert.deepEqual(page.shown, whole.slice(Math.max(0, left - limit), Math.max(0, left - limit) + limit));
        left = page.before;
      }
      assert.equal(left, 0);
    }),
  );
});
