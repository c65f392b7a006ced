// How much of the wall clock's time nobody can vouch for. Age is told by the wall clock, which anybody may set wrong: a clock that
// jumps a year ahead makes every segment old at once. Time that the wall clock claims, and that no running process has seen pass,
// counts towards age only after 24 hours of running.
import { readSidecar } from '@agent-audit/log';
import type { Clock } from '../clock.ts';
import { readWhole } from '../disk.ts';
import { type Folder, listFiles } from '../folder.ts';

const hourMs = 3_600_000;
const dayMs = 86_400_000;
const sampleEveryMs = 60_000;

/** Where a run begins, as its log tells. */
export interface ClockStart {
  /** Wall time of the newest checkpoint, ms since the epoch. */
  readonly checkpointMs: number;
  /** A silence longer than this before the start is told as a jump. */
  readonly silenceMsMax: number;
  /** What nobody can vouch for in the wall clock's time before this one: asked once, and only where it matters. */
  readonly doubtMs: (nowMs: number) => number;
}

/** A shift of the wall clock against the monotonic one. */
export interface ClockJump {
  readonly byMs: number;
  /** Seen at the start, against the newest checkpoint: the process may have been off for as long. */
  readonly atStart: boolean;
}

/** Compares the wall clock with the monotonic one, as long as a process runs. */
export class ClockGuard {
  readonly #clock: Clock;
  readonly #start: ClockStart;
  readonly #startMs: number;
  readonly #startedAtMs: number;
  #doubtAtStartMs: number | undefined;
  /** Wall minus monotonic over the last 24 hours; only what may yet be the least of them, so that both grow. */
  #offsets: { readonly seenMs: number; readonly offsetMs: number }[] = [];
  #lastOffsetMs: number;
  #jump: (ClockJump & { readonly seenMs: number }) | undefined;

  constructor(clock: Clock, start: ClockStart) {
    this.#clock = clock;
    this.#start = start;
    this.#startMs = clock.monotonicMs();
    this.#startedAtMs = clock.now();
    this.#lastOffsetMs = this.#startedAtMs - this.#startMs;
    const byMs = this.#startedAtMs - start.checkpointMs;
    if (byMs > start.silenceMsMax || byMs < -hourMs) this.#jump = { byMs, atStart: true, seenMs: this.#startMs };
    this.observe();
  }

  /** Looks at both clocks: every minute, or more often. */
  observe(): void {
    const seenMs = this.#clock.monotonicMs();
    const offsetMs = this.#clock.now() - seenMs;
    const byMs = offsetMs - this.#lastOffsetMs;
    this.#lastOffsetMs = offsetMs;
    if (Math.abs(byMs) > hourMs) this.#jump = { byMs, atStart: false, seenMs };
    while ((this.#offsets[0]?.seenMs ?? seenMs) < seenMs - dayMs) this.#offsets.shift();
    while ((this.#offsets.at(-1)?.offsetMs ?? -Infinity) >= offsetMs) this.#offsets.pop();
    const last = this.#offsets.at(-1);
    if (last === undefined || seenMs - last.seenMs >= sampleEveryMs) this.#offsets.push({ seenMs, offsetMs });
  }

  /** The last jump of more than an hour, for 24 hours of running. */
  get jump(): ClockJump | undefined {
    return this.#jump !== undefined && this.#clock.monotonicMs() - this.#jump.seenMs < dayMs ? this.#jump : undefined;
  }

  /** The wall clock's time, ms since the epoch, less what nobody can vouch for. */
  vouchedNow(): number {
    this.observe();
    const doubtMs = this.#lastOffsetMs - Math.min(this.#lastOffsetMs, this.#offsets[0]?.offsetMs ?? this.#lastOffsetMs);
    return this.#clock.now() - doubtMs - this.#doubtBeforeMs();
  }

  #doubtBeforeMs(): number {
    if (this.#clock.monotonicMs() - this.#startMs >= dayMs) return 0;
    this.#doubtAtStartMs ??= this.#start.doubtMs(this.#startedAtMs);
    return this.#doubtAtStartMs;
  }
}

/**
 * The time within the last 24 hours of a log, and up to `nowMs`, in which more than an hour passed without a checkpoint: the process
 * was off, or idle, or the clock was set. Only checkpoints up to this size of the tree count: later ones are of this run.
 */
export function silentMs(folder: Folder, sizeMax: number, nowMs: number): number {
  let laterMs = nowMs;
  let silence = 0;
  for (const timeMs of checkpointTimes(folder, sizeMax)) {
    const gapMs = laterMs - timeMs;
    if (Math.abs(gapMs) > hourMs) silence += gapMs;
    laterMs = timeMs;
    if (timeMs <= nowMs - dayMs) break;
  }
  return Math.max(0, silence);
}

/** Times of a log's checkpoints, the newest first. */
function* checkpointTimes(folder: Folder, sizeMax: number): Generator<number, void, undefined> {
  const sidecars = listFiles(folder).flatMap(({ path, file }) => (file.kind === 'checkpoints' ? [{ path, first: file.first }] : []));
  for (const { path } of sidecars.toSorted((a, b) => b.first - a.first)) {
    const bytes = readWhole(folder.disk, path);
    if (bytes === undefined) continue;
    const { records } = readSidecar(bytes);
    for (const { size, ts } of records.toReversed()) if (size <= sizeMax) yield Date.parse(ts);
  }
}
