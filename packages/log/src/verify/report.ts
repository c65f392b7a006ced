import { ed25519KeyType, type Ed25519Verify, formatVerifierKey, requireKeyType, type VerifierKey } from '../key.ts';
import type { Policy } from '../policy.ts';
import { compareRoots, openCheckpoints } from './checkpoints.ts';
import { baseProblems, type Continuity, type Gap, headProblem, tailProblems, type TornTail, walkSegments } from './continuity.ts';
import { foreignOpens, identify } from './identity.ts';
import { mergeOwnLines, type OwnLines } from './own-lines.ts';
import type { PlannedCheckpoint, VerifyPlan } from './plan.ts';
import { boundProblems, type Problem, sortProblems } from './problem.ts';
import type { SegmentResult } from './segment.ts';
import { describeUnknown } from './unknown.ts';
import { findAccepted, findWitnessed, type Witnessed } from './witnesses.ts';

/** What the caller knows about the log from elsewhere: what makes "sound" mean "this agent's, and sound". */
export interface Anchors {
  /** The log's key, type 0x01; its name is the origin. */
  readonly key?: VerifierKey;
  readonly origin?: string;
  readonly policy?: Policy;
}

/** Everything that a report is made from. */
export interface ReportInput {
  readonly plan: VerifyPlan;
  /** One result for each of the plan's segments, in its order. */
  readonly segments: readonly SegmentResult[];
  readonly verify: Ed25519Verify;
  readonly anchors?: Anchors;
  /** Keys (type 0x04) of cosigners to trust, where no policy names them. */
  readonly cosigners?: readonly VerifierKey[];
  /** The active file is there and holds no whole line: the successor of a segment that ends in a rotation. */
  readonly emptySuccessor?: boolean;
}

/** The log's own records of what happened to it, all of them sealed. */
export interface LogRecords {
  readonly losses: OwnLines['losses'];
  readonly erasures: OwnLines['erasures'];
  readonly prunes: OwnLines['prunes'];
  readonly recoveries: OwnLines['recoveries'];
  /** Origins that were given up for this one. */
  readonly refused: readonly { readonly seq: number; readonly origin: string; readonly why: string }[];
  /** Operations whose outcome is unknown. */
  readonly orphans: OwnLines['orphans'];
}

/** What verification found: printed as it is by `verify --json`, so its names are part of the format. */
export interface VerifyReport {
  /** Nothing is wrong. Whose log it is, `anchored` says. */
  readonly ok: boolean;
  /** '' where no key or checkpoint names it. */
  readonly origin: string;
  readonly vkey?: string;
  /** The lowest seq that is there. */
  readonly first: number;
  /** How many lines are there. */
  readonly lines: number;
  readonly segments: number;
  readonly bytes: number;
  readonly gaps: readonly Gap[];
  /** How many lines, from 0, the newest checkpoint covers. */
  readonly signed: number;
  /** How many lines no checkpoint covers. */
  readonly unsigned: number;
  readonly witnessed?: Witnessed;
  /** How many lines no cosigned checkpoint covers. */
  readonly unwitnessed: number;
  /** Lines below this one are sealed, and nothing is wrong with them. */
  readonly sound: number;
  /** Whether a key, an origin, a policy or a witness that the caller gave vouches for the log. */
  readonly anchored: boolean;
  /** Events that the log says it could not keep. */
  readonly losses: number;
  /** Lines that were erased on record. */
  readonly erasures: number;
  /** Everything below this line was deleted on record; 0: nothing was. */
  readonly pruned: number;
  /** How many times the log was recovered after a crash. */
  readonly recovered: number;
  /** Operations whose outcome is unknown: a crash or a stop has left them open. */
  readonly orphans: number;
  readonly records: LogRecords;
  readonly torn?: TornTail;
  /** A line says that it, and what follows, is in a format newer than this code reads. */
  readonly newerFormat?: { readonly seq: number; readonly format: number };
  readonly problems: readonly Problem[];
  /** What verification can not know about this log, in sentences. */
  readonly unknown: readonly string[];
}

/**
 * Puts the segments' results together and judges them: whose log it is, which checkpoints are its own, whether the data is
 * what they sealed, whether all of it is there, and what the log itself says was lost, erased or deleted.
 *
 * @throws LogError KEY_WRONG_TYPE where an anchor's key is a cosigner's, or the reverse
 */
export function assembleReport(input: ReportInput): VerifyReport {
  const { plan, anchors = {}, verify } = input;
  if (anchors.key !== undefined) requireKeyType(anchors.key, ed25519KeyType);
  const everything = mergeOwnLines(input.segments.map(({ own }) => own));
  const identity = identify(everything, plan.checkpoints, anchors);
  const opened = identity.key === undefined ? { signed: [], problems: [] } : openCheckpoints(plan.checkpoints, identity.key, verify);
  const newest = newestOf(opened.signed);
  const signed = newest?.size ?? 0;
  const pruned = newestPrune(everything, signed);

  const continuity = walkSegments(input.segments, signed, pruned);
  const own = mergeOwnLines(continuity.segments.map((segment) => segment.own));
  const records = sealedRecords(own, signed);
  const agreement = compareRoots(opened.signed, continuity.segments);
  const witnesses = judgeWitnesses(input, opened.signed, identity.key);
  const first = continuity.segments[0]?.first ?? 0;
  const head = headProblem(first, pruned);
  const problems = [
    ...plan.problems,
    ...identity.problems,
    ...opened.problems,
    ...(head ? [head] : []),
    ...continuity.problems,
    ...tailProblems(continuity, newest, input.emptySuccessor ?? false),
    ...baseProblems(continuity.segments, opened.signed),
    ...agreement.problems,
    ...ownLineProblems(own, records, identity.key, signed),
    ...witnesses.problems,
  ];
  const vouched = identity.expected || witnesses.satisfied || opened.signed.some(({ kind }) => kind === 'witness');
  const report = {
    ...identityOf(identity.key, plan.checkpoints),
    first,
    ...countLines(continuity, signed, witnesses.witnessed),
    anchored: vouched && opened.signed.length > 0,
    sound: soundUpTo(agreement.agreed, problems, first),
    ...countRecords(records, pruned),
    records,
    ...(continuity.torn && { torn: continuity.torn }),
    ...(own.newerFormat && { newerFormat: own.newerFormat }),
    problems: boundProblems(sortProblems(problems)),
  };
  return { ok: problems.length === 0 && own.newerFormat === undefined, ...report, unknown: describeUnknown(report) };
}

function newestOf(checkpoints: readonly PlannedCheckpoint[]): PlannedCheckpoint | undefined {
  let newest: PlannedCheckpoint | undefined;
  for (const checkpoint of checkpoints) if (newest === undefined || checkpoint.size > newest.size) newest = checkpoint;
  return newest;
}

function newestPrune(own: OwnLines, signed: number): number {
  return own.prunes.reduce((next, prune) => (prune.seq < signed ? Math.max(next, prune.next) : next), 0);
}

/** Only what a checkpoint covers is the log's word; an unsigned line anybody could have written. */
function sealedRecords(own: OwnLines, signed: number): LogRecords {
  const sealed = <T extends { readonly seq: number }>(items: readonly T[]): T[] => items.filter(({ seq }) => seq < signed);
  return {
    losses: sealed(own.losses),
    erasures: sealed(own.erasures),
    prunes: sealed(own.prunes),
    recoveries: sealed(own.recoveries),
    refused: sealed(own.opens).flatMap(({ seq, previous }) => (previous === undefined ? [] : [{ seq, ...previous }])),
    orphans: sealed(own.orphans),
  };
}

function ownLineProblems(own: OwnLines, records: LogRecords, key: VerifierKey | undefined, signed: number): Problem[] {
  const named = new Set(records.erasures.flatMap(({ seqs }) => seqs));
  return [
    ...own.stubs
      .filter((seq) => !named.has(seq))
      .map((seq): Problem => ({ code: 'ERASURE_UNNAMED', seq, message: `line ${seq}: erased, and no sealed log.erasure names it` })),
    ...own.malformed.filter(({ seq }) => seq < signed).map(({ seq, message }): Problem => ({ code: 'LOG_LINE_MALFORMED', seq, message })),
    ...(key === undefined ? [] : foreignOpens(own, key, signed)),
  ];
}

interface WitnessJudgement {
  readonly satisfied: boolean;
  readonly witnessed?: Witnessed;
  readonly problems: readonly Problem[];
}

function judgeWitnesses(input: ReportInput, signed: readonly PlannedCheckpoint[], key: VerifierKey | undefined): WitnessJudgement {
  const { anchors = {}, cosigners = [], verify } = input;
  if (anchors.policy === undefined) return { satisfied: false, ...findWitnessed(signed, cosigners, verify) };
  if (key === undefined) return { satisfied: false, problems: [] };
  return findAccepted(signed, anchors.policy, key, verify);
}

function identityOf(key: VerifierKey | undefined, checkpoints: readonly PlannedCheckpoint[]): { origin: string; vkey?: string } {
  return key === undefined ? { origin: checkpoints.at(-1)?.origin ?? '' } : { origin: key.name, vkey: formatVerifierKey(key) };
}

type LineCounts = Pick<VerifyReport, 'lines' | 'segments' | 'bytes' | 'gaps' | 'signed' | 'unsigned' | 'witnessed' | 'unwitnessed'>;

function countLines({ segments, end, gaps }: Continuity, signed: number, witnessed: Witnessed | undefined): LineCounts {
  const beyond = (size: number): number => sumOf(segments, (segment) => Math.max(0, segment.end - Math.max(segment.first, size)));
  return {
    lines: beyond(0),
    segments: segments.length,
    bytes: sumOf(segments, ({ bytes }) => bytes),
    gaps,
    signed: Math.min(signed, end),
    unsigned: beyond(signed),
    ...(witnessed && { witnessed }),
    unwitnessed: beyond(witnessed?.size ?? 0),
  };
}

function sumOf<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((sum, item) => sum + value(item), 0);
}

/** The newest size at which the data has the signed root, before anything that is wrong. */
function soundUpTo(agreed: readonly number[], problems: readonly Problem[], first: number): number {
  const broken = problems.reduce((least, { seq }) => Math.min(least, seq ?? Infinity), Infinity);
  return agreed.reduce((sound, size) => (size <= broken ? Math.max(sound, size) : sound), Math.min(first, broken));
}

function countRecords(records: LogRecords, pruned: number): Pick<VerifyReport, 'losses' | 'erasures' | 'pruned' | 'recovered' | 'orphans'> {
  return {
    losses: sumOf(records.losses, ({ events }) => events),
    erasures: new Set(records.erasures.flatMap(({ seqs }) => seqs)).size,
    pruned,
    recovered: records.recoveries.length,
    orphans: records.orphans.length,
  };
}
