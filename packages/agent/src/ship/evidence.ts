// What contradicts a log is kept beside it, before anybody is told: `<stem>.evidence`. With the log's other files it then goes into the
// folder of the origin that is given up. It says itself whether the collector has it: `handed_in`.
import { join } from 'node:path';
import {
  decodeUtf8, type Evidence, formatVerifierKey, LogError, parseOrigin, readCheckpoint, utf8, type VerifierKey,
} from '@agent-audit/log';
import { isoTime } from '../clock.ts';
import { readWhole } from '../disk.ts';
import { type Folder, folderOf, listFiles, replaceWhole } from '../folder.ts';
import type { ShipFinal } from './trouble.ts';

/** Who was asked, when. */
export interface EvidenceSource {
  readonly endpoint: string;
  readonly timeMs: number;
  readonly cosigners: readonly VerifierKey[];
}

/** A file of evidence, as far as anything is known of it. */
type Kept = Readonly<Record<string, unknown>>;

/** Evidence on disk that no collector has said it has. */
export interface WaitingEvidence {
  /** Where it is: the log's own folder, or that of an origin that was given up. */
  readonly folder: Folder;
  /** As it stands there. */
  readonly kept: Kept;
  readonly logId: string;
  readonly evidence: Evidence;
}

/** Writes both checkpoints down, durably: one JSON object, which `jq` reads. */
export function writeEvidence(folder: Folder, { why, message, ours, theirs }: ShipFinal, from: EvidenceSource): void {
  const cosigners = from.cosigners.map(formatVerifierKey);
  const found = { why, message, time: isoTime(from.timeMs), collector: from.endpoint, cosigners, note: ours, theirs: theirs ?? null };
  write(folder, { ...found, handed_in: null });
}

/** What waits to be handed in: of this log, and of the origins that were given up before it. */
export function waitingEvidence(folder: Folder): readonly WaitingEvidence[] {
  const refused = listFiles(folder).filter(({ file }) => file.kind === 'refused');
  const folders = refused.map(({ path }) => folderOf(folder.disk, join(path, folder.names.active), folder.fileMode));
  return [folder, ...folders].flatMap((place) => waitingIn(place) ?? []);
}

/** The collector has it: that is written down with it. */
export function markHandedIn({ folder, kept }: WaitingEvidence, timeMs: number): void {
  write(folder, { ...kept, handed_in: isoTime(timeMs) });
}

function write(folder: Folder, evidence: Kept): void {
  replaceWhole(folder, folder.names.evidence, utf8(`${JSON.stringify(evidence)}\n`), folder.fileMode);
}

/** What cannot be read, or names no log, can be handed in to nobody. */
function waitingIn(folder: Folder): WaitingEvidence | undefined {
  const bytes = readWhole(folder.disk, folder.path(folder.names.evidence));
  const kept = bytes === undefined ? undefined : keptIn(decodeUtf8(bytes) ?? '');
  const { note, message, why, handed_in: handedIn } = kept ?? {};
  if (kept === undefined || typeof note !== 'string' || typeof message !== 'string' || typeof handedIn === 'string') return undefined;
  try {
    const { logId } = parseOrigin(readCheckpoint(note).origin);
    return { folder, kept, logId, evidence: { kind: why === 'rollback' ? 'rollback' : 'fork', note, message } };
  } catch (error) {
    if (error instanceof LogError) return undefined;
    throw error;
  }
}

function keptIn(text: string): Kept | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}
