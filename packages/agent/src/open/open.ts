// Opening a log: lock, identity, newest checkpoint, recovery, active segment. All synchronous, and fast after a clean stop: the
// full check of the active segment is the sealer's first work, before it signs anything new.
import { Frontier, type LogRecoveredDetails, originMatchesKey, readCheckpoint, type SidecarRecord, signCheckpoint } from '@agent-audit/log';
import { type Clock, isoTime } from '../clock.ts';
import { AuditError } from '../error.ts';
import type { Folder } from '../folder.ts';
import { createKey, type Identity, identityOf, newOrigin, readKey, type Signer, signerFromPem } from '../identity.ts';
import { type Lock, releaseLock, takeLock } from '../lock.ts';
import type { SealStart } from '../seal/sealer.ts';
import { readBaseRecord } from '../seal/sidecar-read.ts';
import { OriginLost, recover, type Recovered } from './recover.ts';
import { type LeftOperations, leftOperations, noneLeft } from './left-operations.ts';
import { moveAside } from './refuse.ts';
import { type Survey, surveyFolder } from './survey.ts';
import { trusted } from './trust.ts';

/** Where an origin was given up, and why. */
export interface PreviousOrigin {
  readonly origin: string;
  readonly why: string;
  /** The folder that its files are in now. */
  readonly folder: string;
}

/** A log, open for writing. */
export interface OpenedLog {
  readonly identity: Identity;
  readonly lock: Lock;
  readonly first: number;
  readonly fd: number;
  readonly nextSeq: number;
  readonly start: SealStart;
  readonly recheckFrom: SidecarRecord | undefined;
  readonly recovered: LogRecoveredDetails | undefined;
  /** The operations that a crash has left. */
  readonly left: LeftOperations;
  readonly previous: PreviousOrigin | undefined;
}

export interface OpenOptions {
  readonly agent: string;
  readonly clock: Clock;
  /** PEM text, or a signer whose key lives elsewhere; without it the log has its own key file. */
  readonly identityKey: string | Signer | undefined;
}

/**
 * Takes the lock and opens the log.
 * @throws AuditError LOG_IN_USE, LOG_NEWER_FORMAT, LOG_NOT_WRITABLE; the disk's own errors
 */
export function openLog(folder: Folder, options: OpenOptions): OpenedLog {
  folder.disk.makeFolder(folder.folder);
  const lock = takeLock(folder, options.clock.now());
  try {
    return openLocked(folder, lock, options);
  } catch (error) {
    releaseLock(folder.disk, lock);
    throw error;
  }
}

/**
 * Gives the log's origin up: its files go aside. Where that fails half-way, it can be called again.
 * @throws AuditError LOG_REFUSED where the caller's own key would have to sign the same origin anew; the disk's own errors
 */
export function setOriginAside(folder: Folder, options: OpenOptions, origin: string | undefined, why: string): PreviousOrigin {
  requireOtherKey(folder, options, origin, why);
  const aside = moveAside(folder, origin);
  return { origin: origin ?? 'unknown', why, folder: aside };
}

/**
 * Opens the log that comes after one that was given up, under the lock that is held. Where that fails half-way, it can be called again.
 * @throws the disk's own errors
 */
export function openAfter(folder: Folder, lock: Lock, options: OpenOptions, previous: PreviousOrigin): OpenedLog {
  return openUnder(folder, lock, options, previous);
}

function openLocked(folder: Folder, lock: Lock, options: OpenOptions): OpenedLog {
  try {
    return openUnder(folder, lock, options, undefined);
  } catch (error) {
    if (!(error instanceof OriginLost)) throw error;
    return openUnder(folder, lock, options, setOriginAside(folder, options, originOfLog(surveyFolder(folder)), error.why));
  }
}

function openUnder(folder: Folder, lock: Lock, options: OpenOptions, previous: PreviousOrigin | undefined): OpenedLog {
  const survey = surveyFolder(folder);
  const identity = identityFor(folder, survey, options);
  const { newest, segments, beginsSegment } = survey;
  const checkpoint = newest === undefined ? emptyCheckpoint(survey, identity, options.clock) : trusted(folder, newest.record, identity);
  const recovered = recover(folder, checkpoint, segments, beginsSegment);
  // A stop leaves none behind.
  const left = recovered.details === undefined ? noneLeft : leftOperations(folder, recovered.nextSeq);
  return { identity, lock, previous, ...openSegments(folder, checkpoint, recovered), recovered: recovered.details, left };
}

type Segments = Pick<OpenedLog, 'first' | 'fd' | 'nextSeq' | 'start' | 'recheckFrom'>;

/** Opens what the sealer still has to seal, and the active segment, which is made where there is none. */
function openSegments(folder: Folder, checkpoint: SidecarRecord, { nextSeq, segments, offset }: Recovered): Segments {
  const { disk } = folder;
  const open = segments.map(({ first, path, active }) => ({ first, active, fd: active ? disk.openAppend(path) : disk.openRead(path) }));
  let active = open.find((segment) => segment.active);
  if (active === undefined) {
    const exists = disk.stat(folder.logFile) !== undefined;
    const fd = exists ? disk.openAppend(folder.logFile) : disk.createAppend(folder.logFile, folder.fileMode);
    active = { first: nextSeq, active: true, fd };
    open.push(active);
  }
  const [segment = active, ...later] = open;
  const base = readBaseRecord(disk, folder.path(folder.names.checkpoints(segment.first)));
  const recheck = base !== undefined && base.size === segment.first && checkpoint.size > segment.first;
  return {
    first: active.first,
    fd: active.fd,
    nextSeq,
    start: { checkpoint, segment, offset, later },
    recheckFrom: recheck ? base : undefined,
  };
}

function identityFor(folder: Folder, survey: Survey, options: OpenOptions): Identity {
  const { disk, names } = folder;
  const given = options.identityKey;
  const path = folder.path(names.key);
  const read = given === undefined ? readKey(disk, path) : fromOption(given);
  if (read !== undefined) {
    const written = originOfLog(survey);
    if (written !== undefined && !originMatchesKey(written, read.signer.publicKey)) {
      throw new OriginLost('key_replaced', `the log is ${written}, and the key is another's`);
    }
    return identityOf(written ?? newOrigin(options.agent, read.signer), read.signer, read.pem);
  }
  if (survey.used) throw new OriginLost('key_missing', `the log has lines or checkpoints, and its key ${path} is gone`);
  const { signer, pem } = createKey(disk, path, folder.path(names.temporary(names.key)));
  disk.syncFolder(folder.folder);
  return identityOf(newOrigin(options.agent, signer), signer, pem);
}

function fromOption(given: string | Signer): { signer: Signer; pem: string | undefined } {
  if (typeof given === 'string') return { signer: signerFromPem(given, 'identityKey'), pem: given };
  return { signer: given, pem: undefined };
}

/** The checkpoint of nothing, where a log begins, or where all that was signed is gone with its sidecars. */
function emptyCheckpoint(survey: Survey, identity: Identity, clock: Clock): SidecarRecord {
  const first = survey.segments[0]?.first;
  if (first !== undefined && first > 0) {
    throw new OriginLost('checkpoints_missing', `the log begins at line ${first} and has no checkpoint`);
  }
  const note = signCheckpoint({ origin: identity.origin, size: 0, root: Frontier.empty().root() }, identity.signer);
  return { size: 0, ts: isoTime(clock.now()), frontier: [], note };
}

/** What the log calls itself, by its newest checkpoint; by its first line where it died before it had one. */
function originOfLog({ newest, origin }: Survey): string | undefined {
  return newest === undefined ? origin : readCheckpoint(newest.record.note).origin;
}

/** Under its key a lost origin would have two different beginnings. Whoever keeps the key elsewhere must give another. */
function requireOtherKey(folder: Folder, { identityKey }: OpenOptions, origin: string | undefined, why: string): void {
  if (identityKey === undefined || origin === undefined || !originMatchesKey(origin, fromOption(identityKey).signer.publicKey)) return;
  throw new AuditError(
    'LOG_REFUSED',
    'stop',
    `${folder.logFile} is not what was signed (${why}), so that a new log must begin, with a key of its own, and identityKey is that of ` +
      `the old one, ${origin}. Look at the log with "agent-audit verify", then give another identityKey; nothing was changed`,
  );
}
