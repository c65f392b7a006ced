// What comes from agents, without any transport: entries, enrolments, evidence; and what proves that it came.
import { type Enrolled, encodeBase64, formatVerifierKey, type Hasher, type NoteSigner, type Receipt } from '@agent-audit/log';
import { nodeHasher } from 'agent-audit/files';
import type { Clock } from '../clock.ts';
import type { Journal } from '../own-log/journal.ts';
import type { Principal, Visible } from '../principal.ts';
import { Refusal } from '../refusal.ts';
import type { IngestStore, LineBatch, LogRecord } from '../store/store.ts';
import { type Body, type BodyEncoding, readBody } from './body.ts';
import { Budget } from './budget.ts';
import type { Partition } from './committer.ts';
import { enrol, type EnrolmentParts } from './enrol.ts';
import { Erasures } from './erasures.ts';
import { takeEvidence } from './evidence.ts';
import { Lanes } from './lanes.ts';
import { Ledger } from './ledger.ts';
import { defaultIngestLimits, type IngestLimits } from './limits.ts';
import { isVisible, notYours, owns, unknownLog } from './ownership.ts';
import { type LineProof, proveConsistency, proveLine, type ProverParts } from './prove.ts';
import { RateLimiter } from './rate-limiter.ts';
import { Receiver } from './receive.ts';
import { parseEntries } from './request.ts';
import { stretchAt, stretchOf } from './stretches.ts';
import { Witness } from './witness.ts';

export interface IngestOptions {
  readonly store: IngestStore;
  /** Cosigns: a key of type 0x04, see openCosigner. */
  readonly signer: NoteSigner;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly limits?: Partial<IngestLimits>;
  /** Whether other collectors write to the same store. */
  readonly shared?: boolean;
  readonly hasher?: Hasher;
  /** How lines are stored that go by other names than their log's: the same lines, in order. */
  readonly partition?: Partition;
}

/** A line with its proof, the log's key, and the collector's. */
export interface ProvenLine extends LineProof {
  /** The log's. */
  readonly vkey: string;
  /** The collector's, whose cosignature is on the proof's checkpoint. */
  readonly cosigner: string;
}

/** That a log continues what it was. */
export interface ProvenConsistency {
  readonly oldSize: number;
  /** Base64. */
  readonly oldRoot: string;
  readonly size: number;
  /** The checkpoint at `size`, cosigned. */
  readonly note: string;
  /** Base64, as RFC 9162 §2.1.4.1 orders them. */
  readonly proof: readonly string[];
}

/** Called with lines that have become durable. */
export type StoredListener = (batches: readonly LineBatch[]) => void;

type Served = 'entries' | 'enrolments';

/** One for each collector process. */
export class Ingest {
  /** This collector's vkey as a witness. */
  readonly vkey: string;
  readonly #options: IngestOptions;
  readonly #limits: IngestLimits;
  readonly #ledger: Ledger;
  readonly #lanes: Lanes;
  readonly #receiver: Receiver;
  readonly #erasures: Erasures;
  readonly #budget: Budget;
  readonly #rates: Readonly<Record<Served, RateLimiter>>;
  readonly #enrolment: EnrolmentParts;
  readonly #prover: ProverParts;
  readonly #listeners: Set<StoredListener>;
  #isClosed = false;

  private constructor(options: IngestOptions, limits: IngestLimits, ledger: Ledger, listeners: Set<StoredListener>) {
    const { store, signer, clock, journal, hasher = nodeHasher, shared = false } = options;
    this.vkey = formatVerifierKey(signer.key);
    this.#options = options;
    this.#limits = limits;
    this.#ledger = ledger;
    this.#listeners = listeners;
    this.#lanes = new Lanes(limits.inFlightBytesPerLogMax);
    this.#budget = new Budget(limits.inFlightBytesMax);
    this.#rates = {
      entries: new RateLimiter(clock, limits.requests, 'requests'),
      enrolments: new RateLimiter(clock, limits.enrolments, 'enrolments'),
    };
    this.#receiver = new Receiver({ store, ledger, witness: new Witness(signer, clock), clock, hasher, shared });
    this.#erasures = new Erasures({ store, ledger, lanes: this.#lanes, clock, hasher, retryMs: limits.erasureRetryMs });
    this.#enrolment = { store, ledger, lanes: this.#lanes, clock, journal, vkey: this.vkey };
    this.#prover = { store, hasher };
  }

  /** Reads what the store has, says which key cosigns here, and finishes what was cut off. Throws what the store does. */
  static async open(options: IngestOptions): Promise<Ingest> {
    const { store, clock, journal, signer } = options;
    const limits = { ...defaultIngestLimits, ...options.limits };
    const listeners = new Set<StoredListener>();
    // What is stored is stored, whatever a listener makes of it.
    const onCommitted = (batches: readonly LineBatch[]): void => {
      for (const listener of listeners) {
        try {
          listener(batches);
        } catch (error) {
          const message = 'A listener to stored lines failed';
          journal.record({ type: 'internal_error', severity: 'ERROR', message, outcome: 'failure', error });
        }
      }
    };
    await store.announce(formatVerifierKey(signer.key));
    const { partition } = options;
    const ledger = await Ledger.load({ store, clock, journal, limits, onCommitted, ...(partition && { partition }) });
    const ingest = new Ingest(options, limits, ledger, listeners);
    for (const record of ledger.registry.all()) ingest.#erasures.start(record);
    return ingest;
  }

  /**
   * `POST /v1/entries`. What it returns may be given to the agent: the lines are durable.
   * @throws Refusal as Receiver.receive and readBody do; RATE_LIMITED
   */
  async entries(principal: Principal, body: Body, encoding: BodyEncoding): Promise<Receipt> {
    this.#serve(principal, 'entries');
    using share = this.#budget.open();
    const bytes = await readBody(body, { encoding, limits: this.#limits, clock: this.#options.clock, share });
    const request = parseEntries(bytes);
    this.#requireOpen();
    this.#requireOwned(principal, request.logId);
    return await this.#lanes.run(request.logId, bytes.length, async () => {
      try {
        return await this.#receiver.receive(principal, request);
      } finally {
        // A refusal too: what was in doubt was read back, and may have something to erase.
        const record = this.log(request.logId);
        if (record !== undefined) this.#erasures.start(record);
      }
    });
  }

  /**
   * `POST /v1/logs`.
   * @throws Refusal as enrol does; RATE_LIMITED
   */
  async enrol(principal: Principal, text: string): Promise<Enrolled> {
    this.#serve(principal, 'enrolments');
    return enrol(this.#enrolment, principal, text);
  }

  /**
   * `POST /v1/logs/{id}/evidence`.
   * @throws Refusal as takeEvidence does; RATE_LIMITED
   */
  async evidence(principal: Principal, logId: string, text: string): Promise<void> {
    this.#serve(principal, 'enrolments');
    this.#requireOwned(principal, logId);
    const parts = { ledger: this.#ledger, clock: this.#options.clock };
    await this.#lanes.run(logId, text.length, () => takeEvidence(parts, principal, logId, text));
  }

  /** A log as it is now, heartbeats included. */
  log(logId: string): LogRecord | undefined {
    return this.#ledger.registry.get(logId);
  }

  /** With what the store refuses to take any lines, since it took some last; undefined where it does not. */
  get storeRefusal(): Refusal | undefined {
    return this.#ledger.refusal;
  }

  /** All logs that somebody may see. */
  logs(visible: Visible): LogRecord[] {
    return this.#ledger.registry.all().filter((record) => isVisible(record, visible));
  }

  /**
   * What proves a line. Whether the asker may see the log is for the caller to know.
   * @throws Refusal LOG_UNKNOWN, NOT_FOUND, UNAVAILABLE; INTERNAL where the store was tampered with
   */
  async proof(logId: string, seq: number): Promise<ProvenLine> {
    const record = this.#known(logId);
    const proven = await this.#proving(logId, async () => {
      const stretch = await stretchAt(this.#options.store, record, seq);
      return proveLine(this.#prover, stretch, seq);
    });
    return { ...proven, vkey: record.vkey, cosigner: this.vkey };
  }

  /**
   * What proves that the log as it is now continues the one of `oldSize` lines.
   * @throws Refusal LOG_UNKNOWN, REQUEST_MALFORMED, NOT_FOUND, UNAVAILABLE; INTERNAL where the store was tampered with
   */
  async consistency(logId: string, oldSize: number): Promise<ProvenConsistency> {
    const stretch = stretchOf(this.#known(logId));
    const { oldRoot, proof } = await this.#proving(logId, () => proveConsistency(this.#prover, stretch, oldSize));
    return { oldSize, oldRoot: encodeBase64(oldRoot), size: stretch.size, note: stretch.note, proof: proof.map(encodeBase64) };
  }

  /** Tells of lines that have become durable, until the function that it returns is called. */
  onStored(listener: StoredListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves when no request is on its way and no erasure is being done. */
  async idle(): Promise<void> {
    await this.#lanes.idle();
    await this.#erasures.idle();
  }

  /** Takes no more requests, ends those that are on their way, and writes the heartbeats. The store is its owner's to close. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#lanes.idle();
    await this.#erasures.close();
    await this.#ledger.close();
  }

  /** What does not lead to the signed root was changed in the store: people hear of it, not only who asked. */
  async #proving<T>(logId: string, prove: () => Promise<T>): Promise<T> {
    try {
      return await this.#ledger.asking(prove);
    } catch (error) {
      if (error instanceof Refusal && error.code === 'INTERNAL') {
        const { message } = error;
        const target = { type: 'log', id: logId };
        this.#options.journal.record({ type: 'internal_error', severity: 'CRITICAL', message, target, outcome: 'failure', error });
      }
      throw error;
    }
  }

  #serve({ tokenId }: Principal, what: Served): void {
    this.#requireOpen();
    this.#rates[what].take(tokenId);
  }

  #requireOpen(): void {
    if (this.#isClosed) throw new Refusal('UNAVAILABLE', 'the collector is stopping; come again', { retryAfterSeconds: 5 });
  }

  #known(logId: string): LogRecord {
    const record = this.log(logId);
    if (record === undefined) throw unknownLog(logId);
    return record;
  }

  /** Before the lane, so that strangers do not fill it. */
  #requireOwned(principal: Principal, logId: string): void {
    if (!owns(principal, this.#known(logId))) throw notYours(logId);
  }
}
