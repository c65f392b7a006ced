// Operations of a writer that is killed, again and again, also while it recovers: each that was open has one log.orphan, no other has.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseLine, type RecordedEvent } from '@agent-audit/log';
import { lines, verifyLogFile } from 'agent-audit/files';
import { start } from './program.ts';
import { Random } from './random.ts';

const seed = Number(process.env['CRASH_SEED'] ?? 7);

/** Starts a writer on the log and kills it, or lets it stop. */
async function runOperationWriter(logFile: string, run: number, random: Random, kill: boolean): Promise<void> {
  const given = [logFile, String(run), String(random.between(0, 0x7fff_ffff)), ...(kill ? [] : ['stop'])];
  const writer = start('operation-program', ...given);
  if (kill) {
    // One in three dies while it starts and recovers, wherever that is; the others within their work.
    if (random.oneIn(3)) await Promise.race([writer.line('work'), writer.ended, sleep(random.between(0, 150))]);
    else for (let works = random.between(1, 60); works > 0; works--) await writer.line('work');
    writer.child.kill('SIGKILL');
  }
  const { code, signal, stderr } = await writer.ended;
  assert.equal(stderr, '', `run ${run}`);
  assert.deepEqual([code, signal], kill ? [null, 'SIGKILL'] : [0, null], `run ${run}`);
}

async function readLog(logFile: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const { line } of lines(logFile)) events.push(parseLine(line));
  return events;
}

/** Kills it so many times, lets it stop, and looks at what it tells of operations. */
export async function killWithinOperations(kills: number): Promise<void> {
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
}
