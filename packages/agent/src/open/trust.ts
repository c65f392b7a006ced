// Which checkpoint on disk a log goes on from: one that its own key has signed, with the frontier that has the signed root.
import { ed25519KeyType, equalBytes, Frontier, openCheckpoint, type SidecarRecord, verifierKey } from '@agent-audit/log';
import { verifyEd25519 } from '../crypto.ts';
import { messageOf } from '../error.ts';
import type { Folder } from '../folder.ts';
import type { Identity } from '../identity.ts';
import { OriginLost } from './recover.ts';

/**
 * The record, once it is known to be this log's.
 * @throws OriginLost checkpoint_forged, frontier_forged
 */
export function trusted(folder: Folder, record: SidecarRecord, identity: Pick<Identity, 'origin' | 'publicKey'>): SidecarRecord {
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
