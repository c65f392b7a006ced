// What contradicts a log is kept beside it, before anybody is told: `<stem>.evidence`. With the log's other files it then goes into the
// folder of the origin that is given up.
import { formatVerifierKey, utf8, type VerifierKey } from '@agent-audit/log';
import { isoTime } from '../clock.ts';
import { type Folder, replaceWhole } from '../folder.ts';
import type { ShipFinal } from './trouble.ts';

/** Who was asked, when. */
export interface EvidenceSource {
  readonly endpoint: string;
  readonly timeMs: number;
  readonly cosigners: readonly VerifierKey[];
}

/** Writes both checkpoints down, durably: one JSON object, which `jq` reads. */
export function writeEvidence(folder: Folder, { why, message, ours, theirs }: ShipFinal, from: EvidenceSource): void {
  const cosigners = from.cosigners.map(formatVerifierKey);
  const evidence = { why, message, time: isoTime(from.timeMs), collector: from.endpoint, cosigners, note: ours, theirs: theirs ?? null };
  replaceWhole(folder, folder.names.evidence, utf8(`${JSON.stringify(evidence)}\n`), folder.fileMode);
}
