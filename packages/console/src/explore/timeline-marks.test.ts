import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogGap, ReadEvent } from '@agent-audit/log';
import { gapMarks, lossMarks, missingWords, silenceMarks } from './timeline-marks.ts';

const log = '0123456789abcdef0123456789abcdef';
const at = (second: number): string => new Date(Date.UTC(2026, 10, 24, 14, 0, second)).toISOString();

function lossLine(seq: number, details: unknown): ReadEvent {
  const line = { seq, timestamp: at(9), type: 'log.loss', severity: 'WARN', agent_id: 'a', message: 'Events could not be kept', details };
  return { log, origin: 'a/x', tenant: 't', agent: 'a', seq, received_at: at(10), line: JSON.stringify(line), marks: [] };
}

test('a loss lies where its line says, and where that cannot be read at the time of the line', () => {
  const read = lossLine(4, { events: 7, first_at: at(1), last_at: at(3), counts: [], other: 7, why: 'disk' });
  const unread = lossLine(5, { events: 'many' });
  const marks = lossMarks([read, unread]);
  assert.deepEqual(marks.map(({ fromMs, toMs, missing, key }) => [fromMs, toMs, missing, key]), [
    [Date.parse(at(1)), Date.parse(at(3)), 7, `${log}/4`],
    [Date.parse(at(9)), Date.parse(at(9)), undefined, `${log}/5`],
  ]);
  assert.deepEqual(missingWords(marks).map(({ text }) => text), ['at least 7 events lost']);
  assert.deepEqual(missingWords(marks.slice(0, 1)).map(({ agent, text }) => [agent, text]), [['a', '7 events lost']]);
});

test('a gap lies between its neighbours, at the one that is here, or nowhere', () => {
  const gap: LogGap = { log, agent: 'a', from: 3, to: 9 };
  const gaps = [
    { ...gap, from_time: at(1), to_time: at(5) },
    { ...gap, from_time: at(8), to_time: at(6) },
    { ...gap, from: 0, to_time: at(2) },
    { ...gap, from_time: at(4) },
    gap,
  ];
  const marks = gapMarks({ gaps });
  assert.deepEqual(marks.map(({ fromMs, toMs, key }) => [new Date(fromMs).getSeconds(), new Date(toMs).getSeconds(), key]), [
    [1, 5, `${log}/9`],
    [6, 8, `${log}/9`],
    [2, 2, `${log}/9`],
    [4, 4, `${log}/2`],
  ]);
  assert.deepEqual(missingWords(marks).map(({ text }) => text), ['27 lines missing for ever']);
});

test('a silent log is silent until now', () => {
  const marks = silenceMarks({ silent: [{ log, agent: 'a', seen_at: at(0) }] }, Date.parse(at(30)));
  assert.deepEqual(marks.map(({ fromMs, toMs, text }) => [toMs - fromMs, text]), [[30_000, 'not heard of for 30 s']]);
});
