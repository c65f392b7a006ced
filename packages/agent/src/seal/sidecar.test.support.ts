// Sidecars for tests, as long as they like.
import { formatSidecarRecord, Frontier, hasher, LineFeed, type SidecarRecord, signCheckpoint, utf8, verifierKey } from '@agent-audit/log';

const key = verifierKey('a/0123456789abcdef0123456789abcdef', 0x01, new Uint8Array(32));
const signer = { key, sign: () => new Uint8Array(64) };

/** The checkpoints of a log at each of its sizes, from 0 up to this one. */
export function recordsUpTo(size: number): SidecarRecord[] {
  const feed = new LineFeed(Frontier.empty());
  const record = (): SidecarRecord => {
    const { frontier } = feed;
    const note = signCheckpoint({ origin: key.name, size: frontier.size, root: frontier.root(hasher) }, signer);
    return { size: frontier.size, ts: '2026-11-24T14:03:22.118Z', frontier: frontier.hashes(), note };
  };
  const records = [record()];
  for (let seq = 0; seq < size; seq++) {
    const line = utf8(`{"seq":${seq},"a":1}\n`);
    feed.push(line, 0, line.length);
    records.push(record());
  }
  return records;
}

/** A sidecar with these records. */
export const textOf = (records: readonly SidecarRecord[]): string => records.map(formatSidecarRecord).join('');
