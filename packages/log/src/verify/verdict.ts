import type { Problem } from './problem.ts';
import type { VerifyReport } from './report.ts';

/** A report in one word. `exitCode` is what `agent-audit verify` exits with. */
export type Verdict =
  | { readonly kind: 'sound'; readonly exitCode: 0 }
  | { readonly kind: 'tampered'; readonly exitCode: 1; readonly problems: readonly Problem[] }
  | { readonly kind: 'newer-format'; readonly exitCode: 2; readonly seq: number; readonly format: number }
  | { readonly kind: 'not-anchored'; readonly exitCode: 3 };

/**
 * Where a newer format begins, this code's rules end: problems from there on may be none. A problem before that point, or
 * with the log as a whole where there is no newer format, is tampering or loss.
 */
export function verdictOf(report: VerifyReport): Verdict {
  const { newerFormat } = report;
  const isBefore = ({ seq }: Problem): boolean => newerFormat === undefined || (seq !== undefined && seq < newerFormat.seq);
  const problems = report.problems.filter(isBefore);
  if (problems.length > 0) return { kind: 'tampered', exitCode: 1, problems };
  if (newerFormat !== undefined) return { kind: 'newer-format', exitCode: 2, ...newerFormat };
  return report.anchored ? { kind: 'sound', exitCode: 0 } : { kind: 'not-anchored', exitCode: 3 };
}
