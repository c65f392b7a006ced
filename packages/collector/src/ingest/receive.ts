// Takes the lines of one log: verify → store → cosign. Every function here runs in the log's lane, so that its state stands still.
import { encodeBase64, equalBytes, type Hasher, type Receipt } from '@agent-audit/log';
import type { Clock } from '../clock.ts';
import type { Principal } from '../principal.ts';
import { Refusal } from '../refusal.ts';
import type { IngestStore, LineBatch, LogRecord, TreeNode } from '../store/store.ts';
import { type AlarmFacts, alarmOf } from './alarms.ts';
import { factsOf } from './facts.ts';
import { growTree } from './grow.ts';
import type { Ledger } from './ledger.ts';
import { notYours, owns, unknownLog } from './ownership.ts';
import type { LogState } from './registry.ts';
import { type Base, type EntriesRequest, requireBase, requireSigned, type SignedCheckpoint } from './request.ts';
import { storedLines } from './stored-lines.ts';
import { subtreesOf, Tiers } from './tiers.ts';
import { hasRoot, type Witness } from './witness.ts';

export interface ReceiverParts {
  readonly store: IngestStore;
  readonly ledger: Ledger;
  readonly witness: Witness;
  readonly clock: Clock;
  readonly hasher: Hasher;
  /** Whether other collectors write to this store too: then what is stored beyond a record is asked for each time. */
  readonly shared: boolean;
}

/** One request, verified as far as signatures go, and the log as it is. */
interface Case {
  readonly state: LogState;
  readonly record: LogRecord;
  readonly request: EntriesRequest;
  readonly signed: SignedCheckpoint;
  /** Where the agent has nothing of the lines before any more, and neither have we. */
  readonly base?: Base;
}

/** Judges requests, and makes durable what holds. */
export class Receiver {
  readonly #parts: ReceiverParts;

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  /**
   * The receipt of a request whose lines are stored durably, or of a heartbeat.
   * @throws Refusal LOG_UNKNOWN, LOG_NOT_YOURS, SIGNATURE_INVALID, REQUEST_MALFORMED, SIZE_CONFLICT, LOG_FORKED, ROOT_MISMATCH,
   *   BODY_TOO_LARGE, UNAVAILABLE, STORE_FULL, STORE_REFUSED
   */
  async receive(principal: Principal, request: EntriesRequest): Promise<Receipt> {
    const { head, logId } = request;
    const state = await this.#parts.ledger.settled(logId);
    if (state === undefined) throw unknownLog(logId);
    const { record } = state;
    if (!owns(principal, record)) throw notYours(logId);
    const signed = requireSigned(head.note, record.vkey);
    if (signed.size !== head.size) throw malformed(`"size" is ${head.size}, its checkpoint's is ${signed.size}`);
    if (record.state === 'forked') throw forked(record);
    if (head.seen !== undefined) await this.#judgeSeen(record, head.seen);
    if (signed.size === record.size) await this.#requireSameRoot(record, signed);
    const base = head.base === undefined || head.old <= record.size ? undefined : requireBase(head.base, record.vkey, this.#parts.hasher);
    if (head.old !== record.size && base === undefined) throw conflict(record);
    const found: Case = { state, record, request, signed, ...(base === undefined ? {} : { base }) };
    return head.size === record.size ? this.#hear(found) : this.#grow(found);
  }

  /** Our own cosignature on what we do not have: this collector was set back, to a copy of its store say. */
  async #judgeSeen(record: LogRecord, seen: string): Promise<void> {
    if (!this.#parts.witness.hasCosigned(seen)) return;
    const signed = requireSigned(seen, record.vkey);
    if (signed.size === record.size) await this.#requireSameRoot(record, signed);
    if (signed.size <= record.size) return;
    const message = `this collector cosigned ${record.origin} at ${signed.size} lines, and had fewer later: it has lost data`;
    await this.#raise(record, { kind: 'DATA_LOST', message, notes: [record.note, seen], from: record.size, to: signed.size });
  }

  /** Two checkpoints at one size with two roots, both signed by the log: nothing after them can be right. */
  async #requireSameRoot(record: LogRecord, signed: SignedCheckpoint): Promise<void> {
    if (hasRoot(record, signed.root, this.#parts.hasher)) return;
    const message = `${record.origin} was signed at ${record.size} lines with two roots; the second is ${encodeBase64(signed.root)}`;
    await this.#fork(record, message, signed);
  }

  async #fork(record: LogRecord, message: string, signed: SignedCheckpoint): Promise<never> {
    await this.#raise(record, { kind: 'FORK', message, notes: [record.note, signed.note] }, { ...record, state: 'forked' });
    throw new Refusal('ROOT_MISMATCH', `${message}. Both notes are kept; begin a new log`, { members: membersOf(record) });
  }

  /** Nothing new: the writer lives. */
  #hear({ record, request, signed }: Case): Receipt {
    if (request.linesAt < request.bytes.length) throw malformed('it brings lines, but "size" is "old"');
    const { note, cosignature } = this.#parts.witness.cosign(signed);
    // A heartbeat says that there is no more, also where it does not say how many there are.
    this.#parts.ledger.heard({ ...record, note, toldSize: request.head.sealed ?? record.size, seenAtMs: this.#parts.clock.now() });
    return { size: record.size, cosignature };
  }

  async #grow(found: Case): Promise<Receipt> {
    const { record, request, signed, base } = found;
    const { hasher, witness, ledger } = this.#parts;
    const { size: from, frontier } = base === undefined ? record : { size: base.checkpoint.size, frontier: base.frontier };
    const tree = Tiers.from(from, frontier, hasher);
    const lines = await growTree(tree, request.bytes, request.linesAt, hasher);
    if (from + lines !== signed.size) throw malformed(`it brings ${lines} lines, not those from ${from} to ${signed.size}`);
    if (!equalBytes(tree.root(), signed.root)) await this.#refuseRoot(record, signed);
    // From here on the content is never refused: it is what the log's key has signed.
    const stored = await this.#storedSize(found, from);
    const batch = await this.#unstored(found, from, stored);
    const { note, cosignature } = witness.cosign(signed);
    const next = this.#nextRecord(found, { note, frontier: tree.frontier(), first: base === undefined ? record.first : from });
    const nodes = [...tree.completed, ...(base === undefined ? [] : subtreesOf(from, frontier))];
    const alarms = base === undefined ? [] : [alarmOf(record, { ...gapOf(record, base), atMs: next.seenAtMs })];
    await ledger.commit(
      record.logId,
      { record: next, nodes: nodes.map((node): TreeNode => ({ logId: record.logId, ...node })), alarms, ...(batch && { batch }) },
      Math.max(stored, next.size),
    );
    return { size: next.size, cosignature };
  }

  #nextRecord({ record, request, signed }: Case, tree: Pick<LogRecord, 'note' | 'frontier' | 'first'>): LogRecord {
    const nowMs = this.#parts.clock.now();
    const seen = { ...record, ...tree, size: signed.size, toldSize: request.head.sealed, seenAtMs: nowMs, grownAtMs: nowMs };
    if (request.linesAt === request.bytes.length) return seen;
    const { end, newestEventMs = record.newestEventMs, erased } = factsOf(request.bytes, request.linesAt);
    return { ...seen, end, newestEventMs, erasing: [...new Set([...record.erasing, ...erased.filter((seq) => seq < signed.size)])] };
  }

  /** The lines hash to something else than what was signed. No proof of a fork: whoever sent them may not be the log's writer. */
  async #refuseRoot(record: LogRecord, signed: SignedCheckpoint): Promise<never> {
    const message = `lines of ${record.origin} from ${record.size} on do not hash to its signed root at ${signed.size}`;
    await this.#raise(record, { kind: 'ROOT_MISMATCH', message, notes: [record.note, signed.note] });
    throw new Refusal('ROOT_MISMATCH', `${message}. Both notes are kept; begin a new log`, { members: membersOf(record) });
  }

  #storedSize({ state, base }: Case, from: number): Promise<number> {
    const { ledger, store, shared } = this.#parts;
    const ask = base !== undefined || shared;
    return ledger.asking(() => (ask ? store.storedSize(state.record.logId, from) : ledger.registry.storedSize(state)));
  }

  /**
   * The lines that the store does not have. Lines beyond the record are there when a commit was cut off between them and its record: the
   * same again are not inserted again, and others are a fork, because those had been verified too.
   */
  async #unstored({ record, request, signed }: Case, from: number, stored: number): Promise<LineBatch | undefined> {
    const { ledger, store, hasher, clock } = this.#parts;
    const { bytes, linesAt } = request;
    const to = Math.min(stored, signed.size);
    const known = await ledger.asking(() => storedLines({ store, hasher, logId: record.logId, bytes, linesAt, from, to }));
    if (known.kind === 'other') {
      const message = `${record.origin} has two lines ${known.seq}: another was stored before, under a checkpoint that held`;
      return this.#fork(record, message, signed);
    }
    if (known.next === signed.size) return undefined;
    const { logId, origin, tenant, agent } = record;
    const unstored = { from: known.next, bytes: bytes.subarray(known.at), lines: signed.size - known.next };
    return { logId, origin, tenant, agent, ...unstored, receivedAtMs: clock.now() };
  }

  /** The alarm is durable before the sender hears of it. */
  async #raise(record: LogRecord, facts: Omit<AlarmFacts, 'atMs'>, next?: LogRecord): Promise<void> {
    const notes = facts.notes.filter((note) => note !== '');
    const alarm = alarmOf(record, { ...facts, notes, atMs: this.#parts.clock.now() });
    await this.#parts.ledger.commit(record.logId, { alarms: [alarm], ...(next && { record: next }) });
  }
}

/** What a commit that was cut off has left of these lines stays, but belongs to no note that anybody has. */
function gapOf({ origin, size, note }: LogRecord, { checkpoint }: Base): Omit<AlarmFacts, 'atMs'> {
  const lines = `lines ${size} to ${checkpoint.size - 1}`;
  const message = `${origin} deleted ${lines} before they were acknowledged here: nobody will be able to prove what they were`;
  return { kind: 'GAP', message, notes: [note, checkpoint.note].filter((text) => text !== ''), from: size, to: checkpoint.size };
}

/** What an agent needs in order to go on: what we have, and the proof that it was witnessed. */
function membersOf({ size, note }: LogRecord): Record<string, unknown> {
  return note === '' ? { size } : { size, note };
}

function conflict(record: LogRecord): Refusal {
  const message = `the collector has ${record.size} lines of ${record.origin}; go on from there if they are yours`;
  return new Refusal('SIZE_CONFLICT', message, { members: membersOf(record) });
}

/** The refusal of all that comes for a log that contradicts itself. */
export function forked(record: LogRecord): Refusal {
  const message = `${record.origin} contradicts itself; both notes are kept. Begin a new log that names this one as its previous`;
  return new Refusal('LOG_FORKED', message, { members: membersOf(record) });
}

function malformed(why: string): Refusal {
  return new Refusal('REQUEST_MALFORMED', `the entries do not fit together: ${why}; send them again from the log's files`);
}
