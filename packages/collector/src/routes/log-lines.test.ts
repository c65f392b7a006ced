// Lines by their place, and gaps with the times around them, on the embedded store.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { logLinesMax } from '@agent-audit/log';
import { cannotEmbed } from '../store/store.test.support.ts';
import { completenessIn, type Fleet, messagesIn, openFleet, startMs, type TestAgent } from './fleet.test.support.ts';

const skip = cannotEmbed;
const hourMs = 3_600_000;
const iso = (ms: number): string => new Date(ms).toISOString();
let fleet: Fleet;
let scanner: TestAgent;
let acme: string;

const linesPath = (from: number, to: number, log: string = scanner.log.logId): string => `/v1/logs/${log}/lines?from=${from}&to=${to}`;
const seqsIn = (answer: Record<string, unknown>): readonly number[] => (answer['events'] as { seq: number }[]).map(({ seq }) => seq);

/** Lines 0–2 an hour ago, the newest of them first by its time; 3–6 were deleted unsent; 7–8 now; 9–11 deleted as well; 12 now. */
before(async () => {
  if (skip !== false) return;
  fleet = await openFleet();
  acme = await fleet.token({ tenant: 'acme', scopes: ['read'] });
  scanner = await fleet.agent('acme', 'scanner');
  scanner.write({ atMs: startMs - hourMs }, { atMs: startMs - 2 * hourMs }, { atMs: startMs - hourMs + 5 });
  await scanner.ship();
  scanner.write({}, {}, {}, {}, { atMs: startMs - 7 }, {});
  await scanner.shipFrom(7);
  scanner.write({}, {}, {}).writeRaw('no event');
  await scanner.shipFrom(12);
});
after(async () => {
  if (skip === false) await fleet.close();
});

const firstGap = { from: 3, to: 7, from_time: iso(startMs - hourMs + 5), to_time: iso(startMs - 7) };
/** A line without a time counts as from when it came. */
const secondGap = { from: 9, to: 12, from_time: iso(startMs), to_time: iso(startMs) };

test('a completeness says between which times its gaps lie', { skip }, async () => {
  const { gaps, gaps_total: total } = completenessIn(await fleet.get('/v1/events', acme));
  const { logId: log } = scanner.log;
  assert.equal(total, 2);
  assert.deepEqual(
    gaps,
    [firstGap, secondGap].map((gap) => ({ log, agent: 'scanner', ...gap })),
  );
});

test('a log that begins with a gap has no time before it', { skip }, async () => {
  const late = await fleet.agent('acme', 'late');
  late.write({}, {});
  await late.ship();
  const logId = await beginBehind('later');
  const { gaps } = completenessIn(await fleet.get('/v1/events?q=agent_id:later', acme));
  assert.deepEqual(gaps, [{ log: logId, agent: 'later', from: 0, to: 2, to_time: iso(startMs - 3) }]);
  assert.deepEqual(completenessIn(await fleet.get('/v1/events?q=agent_id:late', acme)).gaps, []);
});

/** A log whose first two lines are gone before it is known here. */
async function beginBehind(name: string): Promise<string> {
  const agent = await fleet.agent('acme', name);
  agent.write({}, {}, { atMs: startMs - 3 });
  await agent.enrol();
  await agent.shipFrom(2);
  return agent.log.logId;
}

test('lines come by their place, each as a search shows it, with what is missing between them', { skip }, async () => {
  const answer = await fleet.get(linesPath(1, 9), acme);
  assert.deepEqual(seqsIn(answer), [1, 2, 7, 8]);
  assert.deepEqual([answer['size'], answer['next']], [13, undefined]);
  assert.deepEqual(answer['gaps'], [{ log: scanner.log.logId, agent: 'scanner', ...firstGap }]);
  const found = await fleet.get('/v1/events?order=asc', acme);
  const shown = (found['events'] as { log: string; seq: number }[]).filter(({ log }) => log === scanner.log.logId);
  const bySeq = shown.toSorted((a, b) => a.seq - b.seq);
  assert.deepEqual(answer['events'], bySeq.filter(({ seq }) => seq >= 1 && seq < 9));
  assert.deepEqual(seqsIn(await fleet.get(linesPath(12, 12 + logLinesMax), acme)), [12]);
  assert.deepEqual((await fleet.get(linesPath(4, 5), acme))['events'], []);
  assert.deepEqual((await fleet.get(linesPath(500, 501), acme))['events'], []);
  const last = fleet.journal('log_read').findLast(({ message }) => message === 'Lines read');
  assert.deepEqual(last?.['details'], { from: 500, to: 501, rows: 0, token_tenant: 'acme' });
  assert.deepEqual(last?.['target'], { type: 'log', id: scanner.log.logId, name: 'scanner' });
});

test('an answer of lines that would be too long says where to go on', { skip }, async () => {
  const chatty = await fleet.agent('acme', 'chatty');
  // Each takes twice its length in the answer.
  const message = '"'.repeat(32_000);
  for (let line = 0; line < 150; line++) {
    chatty.writeRaw(JSON.stringify({ seq: line, type: 'x', message }));
    if (line % 50 === 49) await chatty.ship();
  }
  let answers = 0;
  const seen: number[] = [];
  for (let next: unknown = 0; typeof next === 'number';) {
    const answer = await fleet.get(linesPath(next, 150, chatty.log.logId), acme);
    seen.push(...seqsIn(answer));
    next = answer['next'];
    answers++;
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 150 }, (_, index) => index),
  );
  assert.equal(answers, 2);
});

test('a range that cannot be answered is refused with what to do, and another tenant hears of no log', { skip }, async () => {
  const bound = await fleet.token({ tenant: 'acme', agent: 'late', scopes: ['read'] });
  const globex = await fleet.token({ tenant: 'globex', scopes: ['read'] });
  for (const [from, to] of [
    [3, 3],
    [3, 2],
    [0, logLinesMax + 1],
  ] as const) {
    const { code, text } = await fleet.ask(linesPath(from, to), { token: acme });
    assert.equal(code, 'REQUEST_MALFORMED');
    assert.ok(text.includes(`from ${from + 1} to ${from + logLinesMax}`), text);
  }
  for (const query of ['', '?from=1', '?to=1', '?from=-1&to=2', '?from=a&to=2', '?from=0&to=2&q=x']) {
    const { code } = await fleet.ask(`/v1/logs/${scanner.log.logId}/lines${query}`, { token: acme });
    assert.equal(code, 'REQUEST_MALFORMED', query);
  }
  for (const token of [bound, globex]) assert.equal((await fleet.ask(linesPath(0, 3), { token })).code, 'LOG_UNKNOWN');
  assert.equal((await fleet.ask(linesPath(0, 3, '0'.repeat(32)), { token: acme })).code, 'LOG_UNKNOWN');
  assert.deepEqual(messagesIn(await fleet.get(linesPath(0, 1), acme)), ['line 0']);
});
