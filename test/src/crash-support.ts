// The promises of a log whose writer is killed, again and again, at any moment: what was flushed is there, once and with its seq; what an
// earlier tick logged is there, once; all in order, with no hole; the log verifies, and says of each kill that it was recovered.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseLine } from '@agent-audit/log';
import { lines, verifyLogFile } from 'agent-audit/files';
import { start } from './program.ts';
import { Random } from './random.ts';

/** What a run of the writer wrote down before it was killed. */
interface Run {
  /** Events below this one were logged in earlier ticks. */
  readonly ticked: number;
  /** Events below this one are flushed. */
  readonly flushed: number;
  /** Seqs that flush() has made final, by event. */
  readonly seqs: ReadonlyMap<number, number>;
  readonly errors: readonly string[];
  readonly origin: string | undefined;
}

/** How far a log came. */
export interface CrashSummary {
  readonly events: number;
  readonly segments: number;
  readonly packed: number;
  /** Lines below this one were deleted. */
  readonly pruned: number;
  readonly recovered: number;
  /** Kills before the writer had opened its log. */
  readonly early: number;
}

/**
 * Kills a writer so many times on one log, then lets it stop, and holds the log to its promises. A log that broke one stays for a look:
 * the error names its folder. Above `totalMB` the log deletes its oldest segments.
 */
export async function crashManyTimes(kills: number, seed: number, totalMB: number = Infinity): Promise<CrashSummary> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-crash-'));
  try {
    const random = new Random(seed);
    const runs: Run[] = [];
    for (let number = 0; number <= kills; number++) runs.push(await runWriter({ folder, number, random, totalMB, kill: number < kills }));
    const summary = await holdToPromises(folder, runs);
    rmSync(folder, { recursive: true, force: true });
    return summary;
  } catch (cause) {
    const what = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`CRASH_SEED=${seed}: ${what} (the log is kept in ${folder})`, { cause });
  }
}

interface RunOptions {
  readonly folder: string;
  readonly number: number;
  readonly random: Random;
  readonly totalMB: number;
  readonly kill: boolean;
}

async function runWriter({ folder, number, random, totalMB, kill }: RunOptions): Promise<Run> {
  const sideFile = join(folder, `side-${number}`);
  const given = [join(folder, 'audit.log'), sideFile, String(number), String(random.between(0, 0x7fff_ffff)), String(totalMB)];
  const writer = start('crash-writer', ...given, ...(kill ? [] : ['stop']));
  if (kill) {
    // One in four dies while it starts: while it locks, recovers and opens. The others when they have come some way, on any machine.
    const flushes = random.oneIn(4) ? 0 : random.between(1, 12);
    for (let flush = 0; flush < flushes; flush++) await writer.line('flushed');
    await sleep(random.between(0, flushes === 0 ? 250 : 25));
    writer.child.kill('SIGKILL');
  }
  const { code, signal, stderr } = await writer.ended;
  assert.equal(stderr, '', `run ${number} wrote to stderr`);
  if (kill) assert.equal(signal, 'SIGKILL', `run ${number} ended by itself, with ${code}`);
  else assert.equal(code, 0, `the last run ended with ${code ?? signal}`);
  return readSide(sideFile);
}

/** A last line without its end was being written. */
function readSide(path: string): Run {
  const said = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
  const words = said.map((line) => line.split(' '));
  const last = (what: string): number => Number(words.findLast(([word]) => word === what)?.[1] ?? 0);
  const flushes = words.filter(([word, , seq]) => word === 'flush' && seq !== '-1');
  return {
    ticked: last('tick'),
    flushed: flushedBelow(words),
    seqs: new Map(flushes.map(([, events, seq]) => [Number(events) - 1, Number(seq)])),
    errors: said.filter((line) => line.startsWith('error ')),
    origin: words.find(([word]) => word === 'origin')?.[1],
  };
}

function flushedBelow(words: readonly (readonly string[])[]): number {
  return words.reduce((most, [word, events]) => (word === 'flush' ? Math.max(most, Number(events)) : most), 0);
}

async function holdToPromises(folder: string, runs: readonly Run[]): Promise<CrashSummary> {
  for (const [number, { errors }] of runs.entries()) assert.deepEqual(errors, [], `run ${number} was told of troubles`);
  const origins = new Set(runs.flatMap(({ origin }) => origin ?? []));
  assert.equal(origins.size, 1, 'the log kept its origin');

  const logFile = join(folder, 'audit.log');
  const reading = await readLog(logFile);
  const oldestRun = Math.min(...reading.events.keys());
  // Runs before the oldest were deleted with their segments.
  for (const [number, run] of runs.entries()) if (number >= oldestRun || reading.first === 0) holdRun(number, run, reading);

  const [origin = ''] = origins;
  const report = await verifyLogFile(logFile, { origin });
  assert.deepEqual(report.problems, []);
  const { ok, anchored, unsigned, losses, torn } = report;
  assert.deepEqual({ ok, anchored, unsigned, losses, torn }, { ok: true, anchored: true, unsigned: 0, losses: 0, torn: undefined });
  assert.equal(report.recovered, reading.recovered);
  assert.ok(report.first <= report.pruned, 'what is not there was deleted by the log itself');
  const names = readdirSync(folder);
  const left = names.filter((name) => /\.tmp$|\.lock-|\.refused-/.test(name));
  assert.deepEqual(left, [], 'a log that stopped leaves nothing behind');
  const packed = names.filter((name) => name.endsWith('.gz')).length;
  const events = [...reading.events.values()].reduce((sum, seqs) => sum + seqs.filter(() => true).length, 0);
  const early = runs.filter((run) => run.origin === undefined).length;
  return { events, segments: report.segments, packed, pruned: report.pruned, recovered: report.recovered, early };
}

function holdRun(number: number, run: Run, { first, events, unsealedFrom }: LogReading): void {
  const seqs = events.get(number) ?? [];
  assert.ok(seqs.length >= run.ticked, `run ${number}: ${run.ticked} events were logged in earlier ticks, ${seqs.length} are there`);
  assert.ok(seqs.length >= run.flushed, `run ${number}: ${run.flushed} events were flushed, ${seqs.length} are there`);
  const unsealed = unsealedFrom.get(number) ?? Infinity;
  for (const [event, seq] of run.seqs) {
    if (seq < first) continue;
    assert.equal(seqs[event], seq, `run ${number}: event ${event} was flushed as line ${seq}`);
    assert.ok(seq < unsealed, `run ${number}: line ${seq} was flushed, and recovery found no checkpoint for the lines from ${unsealed} on`);
  }
}

interface LogReading {
  /** Seq of the first line. */
  readonly first: number;
  /** Of each run's events the seqs; those that were deleted have none. */
  readonly events: ReadonlyMap<number, readonly number[]>;
  /** How often the log says that it was recovered. */
  readonly recovered: number;
  /** The first line of a run that recovery found without a checkpoint. */
  readonly unsealedFrom: ReadonlyMap<number, number>;
}

/** The lines, which must be in order without a hole. */
async function readLog(logFile: string): Promise<LogReading> {
  const events = new Map<number, number[]>();
  const unsealedFrom = new Map<number, number>();
  let first: number | undefined;
  let next = 0;
  let recovered = 0;
  let newestRun = 0;
  let before: ReturnType<typeof parseLine> | undefined;
  let pid: unknown;
  for await (const { line } of lines(logFile)) {
    const event = parseLine(line);
    next = first === undefined ? event.seq : next;
    first ??= event.seq;
    assert.equal(event.seq, next++, 'seqs are contiguous');
    if (event.type === 'log.recovered') {
      recovered++;
      const from = event.details?.['sealed_from'];
      // Another recovery after it, with no event in between, is of another run.
      if (typeof from === 'number' && !unsealedFrom.has(newestRun)) unsealedFrom.set(newestRun, from);
    }
    // The first line of a start: of another process than the line before.
    if (before?.type === 'log.open' && before.details?.['pid'] !== pid) {
      if (pid !== undefined) assert.equal(event.type, 'log.recovered', `the start at line ${before.seq} came after a kill, and says so`);
      pid = before.details?.['pid'];
    }
    if (event.type === 'scan_completed') {
      const [run = NaN, n] = event.message.split('/').map(Number);
      assert.ok(run >= newestRun, `line ${event.seq} is of run ${run}, after run ${newestRun}`);
      newestRun = run;
      const seqs = events.get(run) ?? [];
      const isFirst = first > 0 && events.size === 0;
      if (!isFirst) assert.equal(n, seqs.length, `line ${event.seq}: the events of run ${run} are in order, each once`);
      seqs[n ?? NaN] = event.seq;
      events.set(run, seqs);
    }
    before = event;
  }
  return { first: first ?? 0, events, recovered, unsealedFrom };
}
