import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { jobLog, startMs, temporaryFolder, TestLog } from './log.test.support.ts';
import { golden, runCli } from './run.test.support.ts';
import { timeAxis } from './stats/axis.ts';
import { horizontalBar, sparkline } from './stats/chart.ts';
import { Durations } from './stats/histogram.ts';
import { Tally } from './stats/tally.ts';
import { TimeCounts } from './stats/time-counts.ts';

describe('stats', () => {
  it('counts, and draws', async (context) => {
    const { path } = jobLog(temporaryFolder(context));
    const { out, err, status } = await runCli(['stats', '--log', path, '--utc'], { terminal: true, columns: 80 });
    assert.equal(
      out.split('\n').slice(1).join('\n'),
      golden(`
        12 events · 2026-11-24 14:03:22 to 14:03:53 UTC · 32 s · 23 a minute

        events      █     █     █     █     █     █      █     █     █     █     █     █
                          ╵14:03:25  ╵14:03:30 ╵14:03:35  ╵14:03:40 ╵14:03:45  ╵14:03:50
                    peak 1 in 0.5 s

        severity    CRITICAL  1  ██████▉                                             8 %
                    ERROR     2  █████████████▊                                     17 %
                    WARN      1  ██████▉                                             8 %
                    INFO      7  ████████████████████████████████████████████████   58 %
                    DEBUG     1  ██████▉                                             8 %

        type        job_started        2  ███████████████████████████████████████   17 %
                    log.open           2  ███████████████████████████████████████   17 %
                    auth_failed        1  ███████████████████▌                       8 %
                    job_completed      1  ███████████████████▌                       8 %
                    job_failed         1  ███████████████████▌                       8 %
                    job_received       1  ███████████████████▌                       8 %
                    log.close          1  ███████████████████▌                       8 %
                    resource_throttle  1  ███████████████████▌                       8 %
                    scan_completed     1  ███████████████████▌                       8 %
                    upload_failed      1  ███████████████████▌                       8 %

        errors      1  job_failed     Error: boom
                    1  upload_failed  ECONNRESET: socket hang up

        durations         number    p50    p95  longest
                    job        2  3.2 s   60 s     61 s
                    scan       1  2.1 s  2.1 s    2.1 s

        log         no losses · no outcome unknown
      `),
    );
    assert.match(out, /^scanner-7 · .*audit\.log\n/);
    assert.deepEqual([err, status], ['', 0]);
  });

  it('keeps to the width of a terminal', async (context) => {
    const { path } = jobLog(temporaryFolder(context));
    for (const columns of [80, 100, 120]) {
      const { out } = await runCli(['stats', '--log', path, '--utc'], { terminal: true, columns });
      for (const line of out.split('\n').slice(1)) assert.ok(line.length <= columns, `${columns}: ${line}`);
    }
  });

  it('counts what is found, and says so for a program', async (context) => {
    const { path } = jobLog(temporaryFolder(context));
    const { out } = await runCli(['stats', 'job_id:j-42', path, '--json']);
    const told = JSON.parse(out) as Record<string, unknown>;
    assert.equal(told['events'], 4);
    assert.deepEqual(told['severities'], { ERROR: 2, DEBUG: 1, INFO: 1 });
    assert.deepEqual(told['durations'], [
      { operation: 'scan', count: 1, p50_ms: 2140, p95_ms: 2140, max_ms: 2140 },
      { operation: 'job', count: 1, p50_ms: 3200, p95_ms: 3200, max_ms: 3200 },
    ]);
    const none = JSON.parse((await runCli(['stats', 'nothing_like_it', path, '--json'])).out) as Record<string, unknown>;
    assert.deepEqual([none['events'], none['first'], none['types']], [0, null, {}]);
    assert.match((await runCli(['stats', 'nothing_like_it', path])).out, /\n0 events\n/);
  });

  it('says what the log lost, and what nobody saw the end of', async (context) => {
    const details = { events: 812, counts: [], first_at: '', last_at: '', why: 'full' };
    const log = new TestLog(temporaryFolder(context))
      .event('log.loss', 'WARN', 'Events lost', { details })
      .event('log.orphan', 'INFO', 'The outcome of an operation is unknown', { details: { seq: 0, span_id: 'a' } });
    assert.match((await runCli(['stats', '--log', log.path])).out, /log {9}812 events lost · 1 operation with unknown outcome\n$/);
  });
});

describe('statistics in constant memory', () => {
  it('have percentiles to within 1 %', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 300 }), (values) => {
        const durations = new Durations();
        for (const value of values) durations.add(value);
        const sorted = values.toSorted((a, b) => a - b);
        for (const share of [0.5, 0.95, 1]) {
          const exact = sorted[Math.ceil(values.length * share) - 1] ?? NaN;
          assert.ok(Math.abs(durations.percentileMs(share) / exact - 1) <= 0.0101, `${durations.percentileMs(share)}, not ${exact}`);
        }
      }),
    );
  });

  it('count every event in some part of the time', () => {
    const manyTimes = fc.array(fc.integer({ min: 0, max: 4e12 }), { minLength: 1, maxLength: 5_000, size: 'max' });
    fc.assert(
      fc.property(manyTimes, fc.integer({ min: 1, max: 200 }), (times, n) => {
        const counts = new TimeCounts();
        for (const timeMs of times) counts.add(timeMs);
        assert.equal(
          counts.columns(n).reduce((sum, value) => sum + value, 0),
          times.length,
        );
      }),
      { numRuns: 50 },
    );
  });

  it('forget the rarest texts, and count them together', () => {
    const tally = new Tally(100);
    for (let n = 0; n < 10_000; n++) tally.add(n % 2 === 0 ? 'often' : `rare ${n}`);
    const all = tally.sorted();
    assert.deepEqual(all[0], ['often', 5_000]);
    assert.ok(all.length <= 100);
    assert.equal(all.reduce((sum, [, count]) => sum + count, tally.others), 10_000);
  });
});

describe('a chart', () => {
  it('shows what is little, and nothing where nothing is', () => {
    assert.equal(sparkline([0, 1, 400, 800]), ' ▁▄█');
    const bars = [horizontalBar(0, 8, 4), horizontalBar(1, 1_000, 4), horizontalBar(5, 8, 4), horizontalBar(8, 8, 4)];
    assert.deepEqual(bars, ['', '▏', '██▌', '████']);
  });

  it('has labels at whole times that do not run into each other', () => {
    assert.equal(timeAxis(startMs, startMs + 3_600_000, 40, true), '        ╵14:15   ╵14:30    ╵14:45');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e12 }), fc.integer({ min: 20, max: 120 }), (spanMs, columns) => {
        const axis = timeAxis(startMs, startMs + spanMs, columns, true);
        assert.ok(axis.length <= columns, axis);
        assert.doesNotMatch(axis.trimStart(), /[^ ]╵/);
      }),
    );
  });
});
