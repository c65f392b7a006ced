// Operations of a writer that is killed, again and again, also while it recovers: each that was open has one log.orphan, no other has.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseLine, type RecordedEvent } from '@agent-audit/log';
import { lines, verifyLogFile } from 'agent-audit/files';
import { runOperationWriter } from './operation-crash-support.ts';
import { Random } from './random.ts';

const seed = Number(process.env['CRASH_SEED'] ?? 7);
const kills = 25;

async function readLog(logFile: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const { line } of lines(logFile)) events.push(parseLine(line));
  return events;
}

test(`${kills} kills within operations: each open one is told of once, and no other`, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-operations-'));
  const logFile = join(folder, 'audit.log');
  const random = new Random(seed);
  for (let run = 0; run <= kills; run++) await runOperationWriter(logFile, run, random, run < kills);

  const events = await readLog(logFile);
  const seqsOf = (end: 'start' | 'end'): Map<string, number> =>
    new Map(events.flatMap(({ operation, spanId = '', seq }) => (operation === end ? [[spanId, seq] as const] : [])));
  const starts = seqsOf('start');
  const ends = seqsOf('end');
  const expected = [...starts].flatMap(([span, seq]) => (ends.has(span) ? [] : [`${seq} ${span}`]));
  const orphans = events.flatMap(({ type, details }) =>
    type === 'log.orphan' ? [`${Number(details?.['seq'])} ${String(details?.['span_id'])}`] : [],
  );
  const where = `CRASH_SEED=${seed}; the log is kept in ${folder}`;
  assert.deepEqual(orphans.toSorted(), expected.toSorted(), where);
  assert.ok(expected.length > kills, `${expected.length} were open: the kills fall within work; ${where}`);
  for (const span of ends.keys()) assert.ok(starts.has(span), `an end has its start; ${where}`);

  const report = await verifyLogFile(logFile);
  assert.deepEqual([report.problems, report.records.orphans.length], [[], orphans.length], where);
  assert.ok(report.segments > 10, `rotation was within; ${where}`);
  rmSync(folder, { recursive: true, force: true });
});
