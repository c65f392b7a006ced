import { parseEvidence } from '@agent-audit/log';
import type { Clock } from '../clock.ts';
import type { Principal } from '../principal.ts';
import type { AlarmKind } from '../store/store.ts';
import { alarmOf } from './alarms.ts';
import type { Ledger } from './ledger.ts';
import { notYours, owns, unknownLog } from './ownership.ts';
import { refusing, requireSigned } from './request.ts';

const alarmKinds = { fork: 'FORK', rollback: 'ROLLBACK' } as const satisfies Record<string, AlarmKind>;
/** Characters of an agent's own words that are kept. */
const messageLengthMax = 1000;

/**
 * Keeps what an agent found: both notes, and the log takes no more lines. Only for whoever has the log's lane.
 * @throws Refusal REQUEST_MALFORMED, LOG_UNKNOWN, LOG_NOT_YOURS, SIGNATURE_INVALID, UNAVAILABLE, STORE_FULL, STORE_REFUSED
 */
export async function takeEvidence(
  { ledger, clock }: { readonly ledger: Ledger; readonly clock: Clock },
  principal: Principal,
  logId: string,
  text: string,
): Promise<void> {
  const state = await ledger.settled(logId);
  if (state === undefined) throw unknownLog(logId);
  const { record } = state;
  if (!owns(principal, record)) throw notYours(logId);
  const { kind, note, message } = refusing('REQUEST_MALFORMED', () => parseEvidence(text));
  const signed = requireSigned(note, record.vkey);
  const told = `told by the agent of ${record.origin} at ${signed.size} lines: ${message.slice(0, messageLengthMax)}`;
  const notes = [record.note, signed.note].filter((kept) => kept !== '');
  const alarm = alarmOf(record, { kind: alarmKinds[kind], atMs: clock.now(), message: told, notes });
  await ledger.commit(logId, { alarms: [alarm], record: { ...record, state: 'forked' } });
}
