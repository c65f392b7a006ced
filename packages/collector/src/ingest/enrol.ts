import {
  ed25519KeyType,
  type Enrolled,
  formatVerifierKey,
  originMatchesKey,
  parseEnrolment,
  parseOrigin,
  parseVerifierKey,
  type VerifierKey,
} from '@agent-audit/log';
import type { Clock } from '../clock.ts';
import type { Journal } from '../own-log/journal.ts';
import type { Principal } from '../principal.ts';
import { Refusal } from '../refusal.ts';
import type { IngestStore, LogRecord } from '../store/store.ts';
import { alarmOf } from './alarms.ts';
import type { Lanes } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import { notYours, owns } from './ownership.ts';
import { refusing, requireSigned } from './request.ts';

export interface EnrolmentParts {
  readonly store: IngestStore;
  readonly ledger: Ledger;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly journal: Journal;
  /** This collector's own vkey. */
  readonly vkey: string;
}

/**
 * Makes a log known: for good it belongs to the tenant (and the agent, where the token is bound to one) of the first token. The same
 * again tells what there is of it.
 * @throws Refusal REQUEST_MALFORMED, KEY_MISMATCH, SIGNATURE_INVALID, LOG_NOT_YOURS, UNAVAILABLE, STORE_FULL, STORE_REFUSED
 */
export async function enrol(parts: EnrolmentParts, principal: Principal, text: string): Promise<Enrolled> {
  const { vkey, note } = refusing('REQUEST_MALFORMED', () => parseEnrolment(text));
  const key = refusing('REQUEST_MALFORMED', () => parseVerifierKey(vkey));
  const { agent, logId } = requireOwnOrigin(key);
  const { size: toldSize } = requireSigned(note, vkey);
  if (principal.tenant === '*') {
    throw new Refusal('LOG_NOT_YOURS', 'a log belongs to one tenant, and this token to none; enrol it with a token of its tenant');
  }
  return parts.lanes.run(logId, text.length, async () => {
    const { ledger, store } = parts;
    const known = await ledger.settled(logId);
    const record = known?.record ?? { ...newRecord(key, logId, principal, agent, parts.clock.now()), toldSize };
    if (known === undefined) await add(parts, record, principal);
    else await requireSame(parts, record, principal, vkey);
    const all = await ledger.asking(() => store.cosigners());
    const { size } = record;
    const cosigners = [parts.vkey, ...all.filter((other) => other !== parts.vkey)];
    return record.note === '' ? { size, cosigners } : { size, note: record.note, cosigners };
  });
}

function requireOwnOrigin(key: VerifierKey): { agent: string; logId: string } {
  const parsed = refusing('KEY_MISMATCH', () => parseOrigin(key.name));
  if (key.type === ed25519KeyType && originMatchesKey(key.name, key.publicKey)) return parsed;
  throw new Refusal('KEY_MISMATCH', `the key is not the one that the origin ${key.name} names; send the vkey of the log's own key`);
}

function newRecord(key: VerifierKey, logId: string, { tenant, agent }: Principal, ownName: string, nowMs: number): LogRecord {
  return {
    logId,
    origin: key.name,
    vkey: formatVerifierKey(key),
    tenant,
    agent: agent ?? ownName,
    enrolledAtMs: nowMs,
    first: 0,
    size: 0,
    toldSize: undefined,
    frontier: [],
    note: '',
    seenAtMs: nowMs,
    grownAtMs: nowMs,
    newestEventMs: 0,
    end: 'open',
    state: 'sound',
    erasing: [],
  };
}

async function add({ ledger, journal }: EnrolmentParts, record: LogRecord, by: Principal): Promise<void> {
  await ledger.commit(record.logId, { record });
  const details = { origin: record.origin, tenant: record.tenant, agent: record.agent, vkey: record.vkey };
  const target = { type: 'log', id: record.logId };
  journal.record({ type: 'log_enrolled', message: `Log enrolled: ${record.origin}`, by, target, details });
}

/** One owner, one name: a key that signs for two is somebody else's, or was copied. Its owner is told. */
async function requireSame({ ledger, clock }: EnrolmentParts, record: LogRecord, principal: Principal, vkey: string): Promise<void> {
  const isOther = record.vkey !== vkey;
  if (!isOther && owns(principal, record)) return;
  const whose = isOther ? `as ${vkey}` : `with the token ${principal.name} (${principal.tokenId}), which does not own it`;
  const message = `${record.origin} was to be enrolled again ${whose}: somebody else has its key, or one of its notes`;
  await ledger.commit(record.logId, { alarms: [alarmOf(record, { kind: 'FOREIGN_IDENTITY', atMs: clock.now(), message, notes: [] })] });
  if (!isOther) throw notYours(record.logId);
  throw new Refusal('KEY_MISMATCH', 'another log was enrolled with this key; give each log a key of its own');
}
