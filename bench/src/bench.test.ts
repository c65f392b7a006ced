import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { agentId, eventAt, jobId } from './event.ts';
import { countKept } from './kept.ts';
import { logBursts } from './load.ts';
import { parseOptions } from './options.ts';
import { goalOf } from './section.ts';
import { median, percentile } from './statistics.ts';
import { figure, formatTable, thousands, times } from './table.ts';

test('an event is 340 bytes as a line of the format, within ten', () => {
  const lengths = Array.from({ length: 1024 }, (_, position) => {
    const { type, message, details } = eventAt(position);
    const timestamp = '2026-11-24T06:44:29.751Z';
    const line = { seq: 123_456, timestamp, type, severity: 'INFO', agent_id: agentId, job_id: jobId, message, details };
    return JSON.stringify(line).length + 1;
  });
  assert.ok(Math.abs(median(lengths) - 340) <= 10, `the median is ${median(lengths)}`);
});

test('the ring of events repeats, and neighbours differ', () => {
  assert.equal(eventAt(0), eventAt(1024));
  assert.notDeepEqual(eventAt(0), eventAt(1));
});

test('median and percentile', () => {
  assert.equal(median([3, 1, 2]), 2);
  assert.equal(median([4, 1, 2, 3]), 2.5);
  assert.ok(Number.isNaN(median([])));
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  assert.equal(percentile(hundred, 0.5), 50);
  assert.equal(percentile(hundred, 0.99), 99);
  assert.equal(percentile(hundred, 1), 100);
  assert.equal(percentile([7], 0), 7);
});

test('bursts cover every position once, and end when told to', async () => {
  const seen: string[] = [];
  const sink = {
    log: ({ message }: { message: string }): void => void seen.push(message),
    finish: async (): Promise<void> => {},
    close: async (): Promise<void> => {},
  };
  assert.equal(await logBursts(sink, { from: 5, to: 50, burst: 20 }), 50);
  assert.deepEqual(seen, Array.from({ length: 45 }, (_, index) => eventAt(5 + index).message));
  assert.equal(await logBursts(sink, { from: 0, to: 50, burst: 20 }, (position) => position < 40), 40);
  assert.equal(await logBursts(sink, { from: 0, to: 50, burst: 0 }), 50);
});

test('what was kept is counted in plain and compressed files, and foreign lines are not', () => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-bench-test-'));
  try {
    const line = `{"job_id":"${jobId}"}\n`;
    writeFileSync(join(folder, 'a.log'), `{"type":"log.open"}\n${line.repeat(3)}`);
    writeFileSync(join(folder, 'a-000000000000000.log.gz'), gzipSync(line.repeat(4)));
    writeFileSync(join(folder, 'a.checkpoints'), line);
    assert.equal(countKept(folder).events, 7);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('figures read as a person writes them', () => {
  assert.equal(thousands(1_071_234), '1,071k');
  assert.equal(thousands(2345), '2.3k');
  assert.equal(thousands(Number.NaN), '–');
  assert.equal(figure(0.7777, 2, 'µs'), '0.78 µs');
  assert.equal(times(4.04), '4.0×');
});

test('a table is Markdown, aligned', () => {
  const rows = [
    ['raw', '444k'],
    ['pino, async', '100k'],
  ];
  assert.equal(
    formatTable(['', 'events/s'], rows),
    ['|             | events/s |', '| ----------- | -------: |', '| raw         |     444k |', '| pino, async |     100k |'].join('\n'),
  );
});

test('a goal is met from below or from above, and not measured is neither', () => {
  assert.deepEqual(goalOf('a', 4.1, { atLeast: 4 }, times), { what: 'a', goal: '≥ 4.0×', measured: '4.1×', met: true });
  assert.equal(goalOf('a', 3.9, { atLeast: 4 }, times).met, false);
  assert.equal(goalOf('a', 2, { atMost: 2 }, times).met, true);
  assert.equal(goalOf('a', Number.NaN, { atMost: 2 }, times).met, undefined);
});

test('the command line knows its options only', () => {
  assert.deepEqual(parseOptions(['--quick', '--only', 'costs', '--dir', 'x']), {
    quick: true,
    large: false,
    json: undefined,
    only: ['costs'],
    folder: 'x',
    help: false,
  });
  assert.throws(() => parseOptions(['--qick']), { code: 'ERR_PARSE_ARGS_UNKNOWN_OPTION' });
});
