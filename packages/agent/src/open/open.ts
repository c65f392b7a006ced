// Opening a log: lock, identity, newest checkpoint, recovery, active segment. All synchronous, and fast after a clean stop: the
// full check of the active segment is the sealer's first work, before it signs anything new.
import {
  ed25519KeyType,
  equalBytes,
  Frontier,
  type LogRecoveredDetails,
  openCheckpoint,
  originMatchesKey,
  readCheckpoint,
  type SidecarRecord,
  signCheckpoint,
  verifierKey,
} from '@agent-audit/log';
import { type Clock, isoTime } from '../clock.ts';
import { verifyEd25519 } from '../crypto.ts';
import { messageOf } from '../error.ts';
import type { Folder } from '../folder.ts';
import { createKey, type Identity, identityOf, newOrigin, readKey, type Signer, signerFromPem } from '../identity.ts';
import { type Lock, releaseLock, takeLock } from '../lock.ts';
import type { SealStart } from '../seal/sealer.ts';
import { OriginLost, recover, type Recovered } from './recover.ts';
import { moveAside } from './refuse.ts';
import { sidecarRecords, type Survey, surveyFolder } from './survey.ts';

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

/** Gives the log's origin up, and opens a new one under the lock that is held. */
export function openAnew(folder: Folder, lock: Lock, options: OpenOptions, origin: string | undefined, why: string): OpenedLog {
  const aside = moveAside(folder, origin);
  return openUnder(folder, lock, options, { origin: origin ?? 'unknown', why, folder: aside });
}

function openLocked(folder: Folder, lock: Lock, options: OpenOptions): OpenedLog {
  try {
    return openUnder(folder, lock, options, undefined);
  } catch (error) {
    if (!(error instanceof OriginLost)) throw error;
    return openAnew(folder, lock, options, originWrittenDown(folder), error.why);
  }
}

function openUnder(folder: Folder, lock: Lock, options: OpenOptions, previous: PreviousOrigin | undefined): OpenedLog {
  const survey = surveyFolder(folder);
  const identity = identityFor(folder, survey, options);
  const checkpoint = survey.newest === undefined ? emptyCheckpoint(survey, identity, options.clock) : trusted(folder, survey.newest, identity);
  const recovered = recover(folder, checkpoint, survey.segments);
  return { identity, lock, previous, ...openSegments(folder, checkpoint, recovered), recovered: recovered.details };
}

type Segments = Pick<OpenedLog, 'first' | 'fd' | 'nextSeq' | 'start' | 'recheckFrom'>;

/** Opens what the sealer still has to seal, and the active segment, which is made where there is none. */
function openSegments(folder: Folder, checkpoint: SidecarRecord, { nextSeq, segments, offset }: Recovered): Segments {
  const { disk } = folder;
  const open = segments.map(({ first, path, active }) => ({ first, active, fd: active ? disk.openAppend(path) : disk.openRead(path) }));
  let active = open.find((segment) => segment.active);
  if (active === undefined) {
    const exists = disk.stat(folder.logFile) !== undefined;
    active = { first: nextSeq, active: true, fd: exists ? disk.openAppend(folder.logFile) : disk.createAppend(folder.logFile) };
    open.push(active);
  }
  const [segment = active, ...later] = open;
  const [base] = sidecarRecords(folder, segment.first);
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
    const written = survey.newest === undefined ? undefined : readCheckpoint(survey.newest.note).origin;
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
  if (first !== undefined && first > 0) throw new OriginLost('checkpoints_missing', `the log begins at line ${first} and has no checkpoint`);
  const note = signCheckpoint({ origin: identity.origin, size: 0, root: Frontier.empty().root() }, identity.signer);
  return { size: 0, ts: isoTime(clock.now()), frontier: [], note };
}

/** A checkpoint that this log signed, with a frontier that has the signed root. */
function trusted(folder: Folder, record: SidecarRecord, identity: Identity): SidecarRecord {
  const key = verifierKey(identity.origin, ed25519KeyType, identity.publicKey);
  let root: Uint8Array;
  try {
    root = openCheckpoint(record.note, key, verifyEd25519).root;
  } catch (error) {
    throw new OriginLost('checkpoint_forged', `the newest checkpoint in ${folder.folder} is not this log's: ${messageOf(error)}`);
  }
  if (!equalBytes(Frontier.from(record.size, record.frontier).root(), root)) {
    throw new OriginLost('frontier_forged', `the newest checkpoint in ${folder.folder} does not have the frontier beside it`);
  }
  return record;
}

function originWrittenDown(folder: Folder): string | undefined {
  try {
    const { newest } = surveyFolder(folder);
    return newest === undefined ? undefined : readCheckpoint(newest.note).origin;
  } catch {
    return undefined;
  }
}
