import type { OwnLines } from './own-lines.ts';
import type { PlannedCheckpoint } from './plan.ts';
import { decimal, describeLines, lineRange, type Problem, type ProblemCode } from './problem.ts';
import type { SegmentResult } from './segment.ts';

/** Lines [from, to], both inclusive, that should be there and are not. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** What follows the last good line, where no checkpoint covers it: an interrupted write. Recovery takes it out. */
export interface TornTail {
  /** The seq that the next good line will have. */
  readonly seq: number;
  readonly bytes: number;
  /** What is wrong with the first whole line of it, if it has one. */
  readonly code?: ProblemCode;
  readonly message?: string;
}

/** How the segments' lines follow each other. */
export interface Continuity {
  /** The segments that count: all, or those up to the torn tail. */
  readonly segments: readonly SegmentResult[];
  /** The seq after the last good line. */
  readonly end: number;
  readonly gaps: readonly Gap[];
  readonly torn?: TornTail;
  readonly problems: readonly Problem[];
}

/**
 * Walks over the segments in order. Where the lines break off below the newest checkpoint (`sealed` lines are covered), that is
 * a problem; beyond it, it is what a crash leaves, and recovery would cut off that point and everything after it, later files too.
 */
export function walkSegments(results: readonly SegmentResult[], sealed: number, pruned: number): Continuity {
  const gaps: Gap[] = [];
  const problems: Problem[] = [];
  let end = results[0]?.first ?? 0;
  for (const [i, result] of results.entries()) {
    const before = results[i - 1];
    if (before !== undefined && result.first > end) {
      if (end >= sealed) return { segments: results.slice(0, i), end, gaps, problems, torn: tornTail(before, results.slice(i)) };
      if (before.fault === undefined && result.first > pruned) {
        gaps.push({ from: end, to: result.first - 1 });
        problems.push(gapProblem(before, result.first));
      }
    }
    end = result.end;
    if (result.fault === undefined) continue;
    if (end >= sealed && result.fault.code !== 'SEGMENT_UNREADABLE') {
      return { segments: results.slice(0, i + 1), end, gaps, problems, torn: tornTail(result, results.slice(i + 1)) };
    }
    problems.push({ code: result.fault.code, seq: end, message: result.fault.message });
  }
  const last = results.at(-1);
  const torn = last !== undefined && last.fault === undefined && last.rest > 0 ? tornTail(last, []) : undefined;
  return { segments: results, end, gaps, problems, ...(torn && { torn }) };
}

function tornTail(segment: SegmentResult, later: readonly SegmentResult[]): TornTail {
  const bytes = later.reduce((sum, result) => sum + result.bytes + result.rest, segment.rest);
  return { seq: segment.end, bytes, ...segment.fault };
}

function gapProblem(before: SegmentResult, next: number): Problem {
  const what = describeLines(before.end, next);
  const position = lineRange(before.end, next);
  if (endsInRotation(before.own, before.end)) {
    const message = `${what}: the segment that follows the rotation at line ${decimal(before.end - 1)} is not there`;
    return { code: 'SEGMENT_MISSING', ...position, message };
  }
  const message = `${what}: the segment at ${decimal(before.first)} breaks off before the next one begins`;
  return { code: 'TRUNCATED', ...position, message };
}

/** Whether a log's lines that end before `end` end in a rotation, so that more must follow. */
export function endsInRotation(own: OwnLines, end: number): boolean {
  return own.close?.reason === 'rotate' && own.close.seq === end - 1;
}

/** The beginning: line 0, or where the newest sealed log.prune says that everything before it was deleted. */
export function headProblem(first: number, pruned: number): Problem | undefined {
  if (first <= pruned) return undefined;
  const said = pruned === 0 ? 'no sealed log.prune says so' : `the sealed log.prune says so only of what is below ${decimal(pruned)}`;
  return { code: 'HEAD_MISSING', seq: 0, to: first - 1, message: `${describeLines(0, first)}: not there; were they deleted, then ${said}` };
}

/** The end: no checkpoint may cover more than there is, and a rotation has a successor. */
export function tailProblems(continuity: Continuity, newest: PlannedCheckpoint | undefined, emptySuccessor: boolean): Problem[] {
  const { end, segments } = continuity;
  const problems: Problem[] = [];
  const last = segments.at(-1);
  if (newest !== undefined && newest.size > end && last?.fault === undefined) {
    const where = `${newest.source}, size ${decimal(newest.size)}`;
    const message = `${describeLines(end, newest.size)}: not there, though a checkpoint covers them (${where})`;
    problems.push({ code: 'TRUNCATED', ...lineRange(end, newest.size), message });
  }
  if (last !== undefined && !emptySuccessor && endsInRotation(last.own, end)) {
    const message = `line ${decimal(end)}: the segment that begins with it, after the rotation at line ${decimal(end - 1)}, is not there`;
    problems.push({ code: 'SUCCESSOR_MISSING', seq: end, message });
  }
  return problems;
}

/** Segments whose lines a checkpoint covers, but that no base ties to the tree. */
export function baseProblems(segments: readonly SegmentResult[], signed: readonly PlannedCheckpoint[]): Problem[] {
  return segments
    .filter(({ first, end, frontier }) => frontier === undefined && signed.some(({ size }) => size > first && size <= end))
    .map(({ first, end }) => ({
      code: 'BASE_MISSING',
      ...lineRange(first, end),
      message: `${describeLines(first, end)}: not tied to the signed tree, for no base record of the segment’s .checkpoints file holds`,
    }));
}
