import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventsAnswer, eventsPath, tailPath } from '@agent-audit/log';
import { runCli } from '../run.test.support.ts';
import { answer, goodToken, refuse, stored, TestCollector, whole } from './collector.test.support.ts';

/** Runs tail -f until what it printed satisfies; each step is taken when the output holds its text. */
async function follow(
  collector: TestCollector,
  steps: readonly (readonly [when: string, then: () => void])[],
  { argv = [], onWait }: { readonly argv?: readonly string[]; readonly onWait?: (ms: number) => void } = {},
): Promise<{ readonly status: number; readonly out: string; readonly err: string; readonly waits: readonly number[] }> {
  const end = new AbortController();
  const waits: number[] = [];
  const left = [...steps, ['the end', () => end.abort()] as const];
  let seen = '';
  const result = await runCli(['tail', '-f', '--json', '--collector', collector.url, ...argv], {
    env: { AGENT_AUDIT_TOKEN: goodToken },
    signal: end.signal,
    onOutput: (text) => {
      seen += text;
      while (left[0] !== undefined && seen.includes(left[0][0])) left.shift()?.[1]();
    },
    onWait: (ms) => {
      waits.push(ms);
      onWait?.(ms);
    },
  });
  return { ...result, waits };
}

function messages(out: string): (string | undefined)[] {
  return out
    .trimEnd()
    .split('\n')
    .map((line) => /"message":"([^"]*)"/.exec(line)?.[1]);
}

const event = (seq: number, message: string): ReturnType<typeof stored> => stored('scanner-7', seq, { message });

describe('tail -f --collector', () => {
  it('shows what is there, and each event once as it comes in', async (context) => {
    const collector = await TestCollector.start(context);
    collector.events = [event(1, 'old'), event(2, 'newer')];
    const { status, out, err } = await follow(
      collector,
      [
        // The same again, as where it came in between the tail and the first page.
        ['newer', () => (collector.add(collector.events[1] ?? event(2, 'newer')), collector.add(event(0, 'late')))],
        ['late', () => collector.add(event(3, 'the end'))],
      ],
      { argv: ['-n', '1'] },
    );
    assert.deepEqual(messages(out), ['newer', 'late', 'the end']);
    assert.equal(status, 130);
    assert.match(err, /^\{"collector":/);
  });

  it('goes on behind the last event after a cut, and says so', async (context) => {
    const collector = await TestCollector.start(context);
    collector.events = [event(1, 'first')];
    const steps = [
      ['first', () => collector.add(event(2, 'second'))],
      ['second', () => collector.cut()],
    ] as const;
    const onWait = (): void => {
      collector.add(event(3, 'meanwhile'));
      collector.add(event(4, 'the end'));
    };
    const { out, err, waits } = await follow(collector, steps, { onWait });
    assert.deepEqual(messages(out), ['first', 'second', 'meanwhile', 'the end']);
    assert.match(err, /warning: .* the answer broke off: the connection was closed \(ECONNRESET\).*; connecting again in 1\.0 s\n/);
    assert.match(err, /\nconnected again: going on behind the last event\n$/);
    assert.deepEqual(waits, [1_000]);
    assert.equal(collector.headers.at(-1)?.['last-event-id'], '2');
  });

  it('misses nothing where it was cut off before any event', async (context) => {
    const collector = await TestCollector.start(context);
    collector.answers.set(eventsPath, (_, response) => {
      collector.cut();
      collector.answers.clear();
      collector.events.push(event(1, 'between'));
      answer(response, eventsAnswer, { events: [], completeness: whole });
    });
    const { out } = await follow(collector, [], { onWait: () => collector.add(event(2, 'the end')) });
    assert.deepEqual(messages(out), ['between', 'the end']);
  });

  it('waits longer and longer for a collector that is away', async (context) => {
    const collector = await TestCollector.start(context);
    const steps = [
      [
        'first',
        () => {
          collector.answers.set(tailPath, (_, response) => response.destroy());
          collector.cut();
        },
      ],
    ] as const;
    let tries = 0;
    const onWait = (): void => {
      if (++tries < 8) return;
      collector.answers.clear();
      collector.add(event(2, 'the end'));
    };
    collector.events = [event(1, 'first')];
    const { waits } = await follow(collector, steps, { onWait });
    assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it('goes on from now, and says so, where the collector no longer knows its place', async (context) => {
    const collector = await TestCollector.start(context);
    const steps = [
      [
        'first',
        () => {
          collector.answers.set(tailPath, (_, response) => {
            collector.answers.clear();
            refuse(response, 'CURSOR_MALFORMED', 'this place is not known here');
          });
          collector.whenFollowed(() => collector.add(event(3, 'the end')));
          collector.cut();
        },
      ],
    ] as const;
    collector.events = [event(1, 'first')];
    const { out, err } = await follow(collector, steps);
    assert.deepEqual(messages(out), ['first', 'the end']);
    assert.match(err, /this place is not known here; connecting again/);
    assert.match(err, /connected again: what came in meanwhile is not shown; query finds it\n$/);
  });

  it('ends where the token was revoked meanwhile', async (context) => {
    const collector = await TestCollector.start(context);
    collector.events = [event(1, 'first')];
    const steps = [
      [
        'first',
        () => {
          collector.answers.set(tailPath, (_, response) => refuse(response, 'TOKEN_INVALID', 'revoked'));
          collector.cut();
        },
      ],
    ] as const;
    const { status, err } = await follow(collector, steps);
    assert.equal(status, 4);
    assert.match(err, /"code":"TOKEN_INVALID"/);
  });

  it('reads again what was passed over because it was too slow', async (context) => {
    const collector = await TestCollector.start(context);
    collector.events = [event(1, 'first')];
    const steps = [
      ['first', () => collector.add(event(2, 'second'))],
      [
        'second',
        () => {
          collector.events.push(event(3, 'passed over'), event(4, 'the end'));
          collector.gap(2);
        },
      ],
    ] as const;
    const { out, err } = await follow(collector, steps);
    assert.deepEqual(messages(out), ['first', 'second', 'passed over', 'the end']);
    assert.match(err, /warning: 2 events were passed over: too slow; connecting again/);
  });

  it('says so where what was passed over cannot be had by reading again', async (context) => {
    const collector = await TestCollector.start(context);
    collector.events = [event(1, 'first')];
    const steps = [
      [
        'first',
        () => {
          collector.gap(1);
          collector.add(event(5, 'the end'));
        },
      ],
    ] as const;
    const { err, waits } = await follow(collector, steps);
    assert.match(err, /warning: 1 event was passed over: too slow; agent-audit query finds it\n/);
    assert.deepEqual(waits, []);
  });
});
