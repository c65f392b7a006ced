export type { Gap, TornTail } from './continuity.ts';
export type { OuterNote, PlanInput, PlannedCheckpoint, SegmentPlan, VerifyPlan } from './plan.ts';
export { planVerification } from './plan.ts';
export { type Problem, type ProblemCode, problemMeanings, problemsPerCodeMax } from './problem.ts';
export { type Anchors, assembleReport, type LogRecords, type ReportInput, type VerifyReport } from './report.ts';
export { type SegmentFault, type SegmentResult, SegmentVerifier } from './segment.ts';
export { type Verdict, verdictOf } from './verdict.ts';
export type { Witnessed, Witnessing } from './witnesses.ts';
