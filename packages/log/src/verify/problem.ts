/** What verification can find wrong, as a closed set: scripts match on the codes, docs/format.md lists them. */
export const problemMeanings = {
  LINE_TOO_LONG: 'a line is longer than 65,535 bytes',
  LINE_NOT_UTF8: 'a line is not UTF-8',
  LINE_NOT_JSON: 'a line is not one JSON object; a hole of NUL bytes is the usual form of it',
  LINE_SEQ: 'a line does not carry the seq of its place: lines were removed, added, moved, or written by two writers',
  ROOT_MISMATCH: 'lines are not those that were sealed: their tree has another root than the checkpoint',
  TRUNCATED: 'a checkpoint covers more lines than there are',
  SIDECAR_MALFORMED: 'a record of a .checkpoints file cannot be read',
  CHECKPOINT_MALFORMED: 'a note, from .cosigned or a witness, is not a checkpoint',
  CHECKPOINT_SIGNATURE: 'a checkpoint is not signed by the log’s key, or not with this text',
  CHECKPOINT_ORIGIN: 'a checkpoint belongs to another log',
  CHECKPOINT_ORDER: 'the checkpoints of a segment go back in size',
  CHECKPOINT_FORK: 'the key signed two different trees of the same size',
  FRONTIER_MISMATCH: 'the frontier beside a checkpoint does not lead to the root that was signed',
  BASE_MISSING: 'a .checkpoints file does not begin with the checkpoint at its segment’s first line',
  HEAD_MISSING: 'the log’s beginning is not there, and no sealed log.prune says that it was deleted',
  SEGMENT_MISSING: 'lines between two segments are not there',
  SUCCESSOR_MISSING: 'the last segment ends in a rotation, and the segment after it is not there',
  SEGMENT_UNREADABLE: 'a segment’s data cannot be read to its end (a damaged .gz)',
  ERASURE_UNNAMED: 'a line was erased, and no sealed log.erasure names it',
  OPEN_OTHER_ORIGIN: 'a log.open line names another origin or key than the rest of the log',
  LOG_LINE_MALFORMED: 'one of the log’s own lines (log.*) cannot be read',
  KEY_UNKNOWN: 'no log.open line names the log’s key, and none was given',
  KEY_UNCERTIFIED: 'the key in log.open is not the one that the origin certifies',
  KEY_MISMATCH: 'the log is not of the key, or the origin, that was given',
  COSIGNATURE_INVALID: 'a cosignature in the name of a known cosigner does not hold',
  POLICY_NOT_SATISFIED: 'the newest checkpoint does not carry the signatures that the policy asks for',
} as const;

/** A key of `problemMeanings`. */
export type ProblemCode = keyof typeof problemMeanings;

/** One thing that is wrong. Positions are line numbers (seq). */
export interface Problem {
  readonly code: ProblemCode;
  /** The first line concerned, where the problem lies with lines. */
  readonly seq?: number;
  /** The last line concerned, inclusive, where it is a range. */
  readonly to?: number;
  readonly message: string;
}

/** The lines [from, before) as a problem's position: none of it where the range is empty. */
export function lineRange(from: number, before: number): { seq: number; to?: number } {
  return before - from > 1 ? { seq: from, to: before - 1 } : { seq: from };
}

/** `line 9,001`, `lines 9,001–9,216`: the lines [from, before) in words. */
export function describeLines(from: number, before: number): string {
  return before - from > 1 ? `lines ${decimal(from)}–${decimal(before - 1)}` : `line ${decimal(from)}`;
}

/** A whole number with its thousands apart, the same in every locale. */
export function decimal(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** By position; what has none comes first, and equals keep their order. */
export function sortProblems(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => (a.seq ?? -1) - (b.seq ?? -1));
}

/** How many problems of one code a report lists. */
export const problemsPerCodeMax = 16;

/** All problems, but of each code at most `problemsPerCodeMax`; the last one kept says how many more there are. */
export function boundProblems(problems: readonly Problem[]): Problem[] {
  const counts = new Map<ProblemCode, number>();
  for (const { code } of problems) counts.set(code, (counts.get(code) ?? 0) + 1);
  const kept = new Map<ProblemCode, number>();
  return problems.flatMap((problem) => {
    const number = (kept.get(problem.code) ?? 0) + 1;
    kept.set(problem.code, number);
    if (number > problemsPerCodeMax) return [];
    const more = (counts.get(problem.code) ?? 0) - number;
    if (number < problemsPerCodeMax || more === 0) return [problem];
    return [{ ...problem, message: `${problem.message} (and ${decimal(more)} more like it)` }];
  });
}
