import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename } from 'node:path';
import {
  type Anchors,
  assembleReport,
  decodeUtf8,
  type OuterNote,
  type PlanInput,
  planVerification,
  type VerifierKey,
  type VerifyPlan,
  type VerifyReport,
} from '@agent-audit/log';
import { systemClock } from '../clock.ts';
import { verifyEd25519 } from '../crypto.ts';
import { nodeHasher } from '../node-hasher.ts';
import { FilesError, unlessAbsent } from './error.ts';
import { listLog, type LogListing } from './list.ts';
import { locateLog, type LogLocation } from './location.ts';
import type { SegmentTask } from './verify-chain.ts';
import { verifySegments } from './verify-pool.ts';

/** How far a verification is. */
export interface VerifyProgress {
  /** Bytes of files that were read so far, and how many there are to read. */
  readonly bytes: number;
  readonly bytesTotal: number;
}

/** Whom to trust, and how to go about it. */
export interface VerifyLogOptions extends Anchors {
  /** Keys (type 0x04) of cosigners to trust, where no policy names them. */
  readonly cosigners?: readonly VerifierKey[];
  /** The newest checkpoints that witnesses gave out for this log; `source` is where each came from. */
  readonly witnesses?: readonly { readonly source: string; readonly note: string }[];
  readonly onProgress?: (progress: VerifyProgress) => void;
  readonly signal?: AbortSignal | undefined;
  /** At most so many threads; by default, for a log that is large enough, as many as the machine has for it. */
  readonly jobs?: number;
}

/** What verification found. */
export interface FileVerifyReport extends VerifyReport {
  /** How long it took. */
  readonly seconds: number;
}

/** A thread spends more than 0.1 s on starting and warming up: with less data than this, the first is done before a second pays. */
const parallelBytesMin = 96 * 1024 * 1024;

/** What changes a folder (rotation, packing, deletion, erasure) is over long before so many verifications are. */
const attemptsMax = 5;

/**
 * Verifies a log on disk, in constant memory, while its writer may go on. It takes no lock and changes nothing.
 * @throws FilesError LOG_NOT_FOUND, LOG_AMBIGUOUS, COULD_NOT_READ: nothing is said about the log then; LogError KEY_WRONG_TYPE; the
 *   signal's reason when it aborts
 */
export async function verifyLogFile(logFile: string, options: VerifyLogOptions = {}): Promise<FileVerifyReport> {
  const { signal } = options;
  const startMs = systemClock.monotonicMs();
  const location = locateLog(logFile);
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    const before = listLog(location);
    const report = await verifyOnce(location, before, options);
    // What the writer did meanwhile can look like damage: only a folder that kept still is believed to be damaged.
    const isFinal = report !== undefined && (report.ok || attempt === attemptsMax || isSame(before, listLog(location)));
    if (isFinal) return { ...report, seconds: (systemClock.monotonicMs() - startMs) / 1000 };
    if (report === undefined && attempt >= attemptsMax) throw new FilesError('COULD_NOT_READ', logFile, restless(logFile));
  }
}

function restless(logFile: string): string {
  return `the files of ${logFile} were rotated or deleted under each of ${attemptsMax} verifications; try again, or verify a copy`;
}

/** Undefined where a listed file was gone when it should be read. */
async function verifyOnce(location: LogLocation, before: LogListing, options: VerifyLogOptions): Promise<VerifyReport | undefined> {
  // The order is the contract: first what covers the data, then the data. Reversed, a log that grows would look truncated.
  const small = readSmallFiles(before);
  if (small === undefined) return undefined;
  const listing = listLog(location);
  const notes = [...small.notes, ...(options.witnesses ?? []).map((witness): OuterNote => ({ kind: 'witness', ...witness }))];
  const plan = planVerification({ segments: listing.segments.map(({ first }) => first), sidecars: small.sidecars, notes }, nodeHasher);
  const { jobs = jobsFor(listing), signal, onProgress } = options;
  const onRead = onProgress === undefined ? undefined : progressOf(listing, onProgress);
  try {
    const segments = await verifySegments(tasksOf(plan, listing), jobs, { signal, onRead });
    const { key, origin, policy, cosigners } = options;
    const anchors = { ...(key && { key }), ...(origin !== undefined && { origin }), ...(policy && { policy }) };
    return assembleReport({
      plan,
      segments,
      verify: verifyEd25519,
      anchors,
      emptySuccessor: listing.emptyActive,
      ...(cosigners && { cosigners }),
    });
  } catch (error) {
    if (error instanceof FilesError && error.code === 'SEGMENT_MOVED') return undefined;
    throw error;
  }
}

type SmallFiles = Required<Pick<PlanInput, 'sidecars' | 'notes'>>;

/** Undefined where one of them was gone. */
function readSmallFiles({ sidecars, cosignedPath }: LogListing): SmallFiles | undefined {
  const read: { first: number; bytes: Uint8Array }[] = [];
  for (const { first, path } of sidecars) {
    const bytes = unlessAbsent(path, () => readFileSync(path));
    if (bytes === undefined) return undefined;
    read.push({ first, bytes });
  }
  if (cosignedPath === undefined) return { sidecars: read, notes: [] };
  const note = unlessAbsent(cosignedPath, () => readFileSync(cosignedPath));
  if (note === undefined) return undefined;
  return { sidecars: read, notes: [{ kind: 'cosigned', source: basename(cosignedPath), note: decodeUtf8(note) ?? '' }] };
}

function tasksOf(plan: VerifyPlan, { segments }: LogListing): SegmentTask[] {
  const files = new Map(segments.map((segment) => [segment.first, segment]));
  return plan.segments.flatMap((segmentPlan) => {
    const segment = files.get(segmentPlan.first);
    return segment === undefined ? [] : [{ segment, plan: segmentPlan }];
  });
}

function bytesOf({ segments }: LogListing): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, 0);
}

function jobsFor(listing: LogListing): number {
  return bytesOf(listing) < parallelBytesMin ? 1 : availableParallelism();
}

function progressOf(listing: LogListing, onProgress: (progress: VerifyProgress) => void): (bytes: number) => void {
  const bytesTotal = bytesOf(listing);
  let bytes = 0;
  return (more) => {
    // The active file may have grown since it was listed.
    bytes = Math.min(bytesTotal, bytes + more);
    onProgress({ bytes, bytesTotal });
  };
}

/** Whether two listings are of the same files. The active one may have grown. */
function isSame(a: LogListing, b: LogListing): boolean {
  const names = (listing: LogListing): string =>
    [...listing.segments.map(({ first, file }) => `${first} ${file}`), ...listing.sidecars.map(({ path }) => path)].join('\n');
  return names(a) === names(b);
}
