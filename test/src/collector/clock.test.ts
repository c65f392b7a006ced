// Agents whose clocks are hours off: each event keeps the time that its agent said and the one at which it came, and what an answer says
// of its completeness is not led astray by either.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLine } from '@agent-audit/log';
import { cannotCollect } from './collector.ts';
import { assertStoredOnce } from './promises.ts';
import { Site } from './site.ts';

const hourMs = 3_600_000;
/** What may pass between an event and its arrival on a busy machine, and is small against what the clocks are off. */
const slackMs = 0.5 * hourMs;

test('clocks that are three hours off: both times are kept, and completeness is not fooled', { skip: cannotCollect }, async (t) => {
  const site = await Site.open(t);
  for (const skew of [3, 0, -3]) {
    const agent = await site.agent(`clock${skew}`, { skewMs: skew * hourMs });
    await agent.log(50);
    await agent.shipped();
    await assertStoredOnce(site, agent);

    const { events, completeness } = await site.reader.events(`agent_id:clock${skew}`);
    const nowMs = Date.now();
    for (const { seq, line, received_at: receivedAt } of events) {
      const offMs = Date.parse(parseLine(Buffer.from(line)).timestamp) - Date.parse(receivedAt);
      assert.ok(Math.abs(offMs - skew * hourMs) < slackMs, `line ${seq} is ${offMs} ms off`);
      assert.ok(Math.abs(Date.parse(receivedAt) - nowMs) < slackMs, 'the collector tells its own time');
    }
    const toMs = Date.parse(completeness.complete_to ?? '');
    assert.ok(toMs <= nowMs, 'nothing is promised of a time that has not come');
    // Of an agent that is late only what its own clock has passed can be promised.
    if (skew < 0) assert.ok(toMs < nowMs + skew * hourMs + slackMs);
    const log = (await site.reader.agents()).find((known) => known.agent === `clock${skew}`);
    assert.ok(Math.abs(Date.parse(log?.seen_at ?? '') - nowMs) < slackMs, 'it was heard of now, whatever it says');
    assert.ok((log?.lag_ms ?? NaN) < slackMs);
    assert.deepEqual([log?.state, log?.lag_events], ['live', 0], 'a slow clock is no backlog');
  }
  const { completeness } = await site.reader.count('');
  assert.ok(Date.parse(completeness.complete_to ?? '') < Date.now() - 3 * hourMs + slackMs, 'the slowest clock counts for all');
});
