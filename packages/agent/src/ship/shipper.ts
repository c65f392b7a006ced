// Ships one log: sealed lines from its files to a collector, in order, and the cosigned checkpoint back beside the log. The log on disk is
// the queue, `<stem>.cosigned` the cursor: nothing is lost by ending at any moment, and what is sent twice is stored once.
//
//   sealed lines ─ hashed again ─ POST ─ stored, cosigned ─ the receipt's cosignature holds ─ .cosigned, durably (the commit point)
import { type Conflict, heartbeatMs, LogError, type VerifierKey } from '@agent-audit/log';
import type { Clock, Timer } from '../clock.ts';
import { messageOf } from '../error.ts';
import { listSegments } from '../files/index.ts';
import type { Folder } from '../folder.ts';
import { checkpointAtMost } from './checkpoints.ts';
import type { Collector, EntriesAnswer } from './collector.ts';
import { judge } from './conflict.ts';
import { type Cosigned, parseCosigners, withCosignature, withoutCosignatures } from './cosigned.ts';
import { writeEvidence } from './evidence.ts';
import { EvidencePost } from './evidence-post.ts';
import type { ShipEvent, ShipTroubleCode } from './messages.ts';
import { catchUpBytesPerSecond, outageMs, pauseMs, startSpreadMs } from './pace.ts';
import { Position } from './position.ts';
import { HeadGone, LinesDamaged, type SealedBatch, SealedReader } from './reader.ts';
import { refusedBy, ShipFinal, shippingFailed, ShipTrouble, unreachable, untrusted } from './trouble.ts';

/** What a shipper works with. */
export interface ShipperParts {
  readonly folder: Folder;
  readonly clock: Clock;
  /** The log's key, and the same as a vkey. */
  readonly key: VerifierKey;
  readonly vkey: string;
  readonly endpoint: string;
  readonly collector: Collector;
  /** Who may cosign; none: those that the first answer names. */
  readonly cosigners: readonly VerifierKey[];
  /** Lines under a durable checkpoint. */
  readonly sealedSize: () => number;
  /** Raw bytes of one request at most. */
  readonly bytesMax: number;
  /** Chance, in [0, 1), for the length of a pause. */
  readonly random: () => number;
  readonly emit: (event: ShipEvent) => void;
}

const pollMs = 250;
/** So many answers in a row that bring no lines on are no misunderstanding any more. */
const conflictsMax = 4;
const bytesMin = 65_536;
/** So often in a row the lines are not what was signed, before the log is given up. */
const damagesMax = 3;

/** Ships until it is stopped. It never throws: what fails is told, and tried again. */
export class Shipper {
  readonly #parts: ShipperParts;
  readonly #reader: SealedReader;
  readonly #position: Position;
  readonly #evidence: EvidencePost;
  #bytesMax: number;
  /** The next batch, while this one is on its way. */
  #ahead: { readonly from: number; readonly bytesMax: number; readonly batch: Promise<SealedBatch> } | undefined;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #endPause: (() => void) | undefined;
  #isStopping = false;
  /** Nothing more is shipped under this origin. */
  #isHalted = false;
  #hasSpread = false;
  /** Lines wait that had to wait before: they go at a bounded rate. */
  #isCatchingUp = false;
  #heardMs: number;
  /** What was told, and is not over. */
  #trouble: ShipTroubleCode | undefined;
  #failures = 0;
  #failingSinceMs: number | undefined;
  #damages = 0;
  #conflicts = 0;

  constructor(parts: ShipperParts) {
    this.#parts = parts;
    this.#reader = new SealedReader(parts.folder, parts.key);
    this.#position = new Position(parts);
    const { folder, clock, collector, random } = parts;
    this.#evidence = new EvidencePost({ folder, clock, collector, random, tell: (trouble) => this.#tell(trouble) });
    this.#bytesMax = parts.bytesMax;
    this.#heardMs = parts.clock.monotonicMs();
  }

  /** Begins in the next tick. */
  start(): void {
    this.#evidence.start();
    this.#runAfter(0);
  }

  /** Ships what is sealed, once more and without waiting for a pause; then no more. How long that may take is the caller's matter. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#timer?.cancel();
    this.#endPause?.();
    await this.#running;
    if (!this.#isHalted) await this.#run();
    await this.abandon();
  }

  /** No more, at once. */
  async abandon(): Promise<void> {
    this.#isStopping = true;
    this.#isHalted = true;
    this.#timer?.cancel();
    this.#evidence.stop();
    this.#endPause?.();
    this.#parts.collector.close();
    await this.#closeReader();
  }

  #runAfter(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#isStopping || this.#isHalted) return;
    this.#timer = this.#parts.clock.after(delayMs, () => {
      this.#running = this.#run();
    });
  }

  async #run(): Promise<void> {
    try {
      const delayMs = await this.#pass();
      this.#position.save(this.#isStopping);
      this.#runAfter(delayMs);
    } catch (error) {
      await this.#failed(error);
    }
  }

  /** Ships all that is sealed; milliseconds until the next look. */
  async #pass(): Promise<number> {
    const position = this.#position;
    position.load(this.#parts.sealedSize());
    if (this.#mustSpread()) return this.#parts.random() * startSpreadMs;
    for (;;) {
      const sealed = this.#parts.sealedSize();
      if (this.#isHalted || sealed === 0) return pollMs;
      if (position.next === undefined) await this.#enrol(sealed);
      else if (position.next < sealed) await this.#ship(position.next);
      else break;
      this.#well();
    }
    this.#isCatchingUp = false;
    if (this.#parts.clock.monotonicMs() - this.#heardMs >= heartbeatMs) await this.#heartbeat();
    this.#well();
    return pollMs;
  }

  /** After a start, lines that have waited for long go at a moment of chance: many agents start at once. */
  #mustSpread(): boolean {
    if (this.#hasSpread || this.#isStopping) return false;
    this.#hasSpread = true;
    return this.#isLate();
  }

  /** Whether the oldest line that is not cosigned has waited so long as lines wait in an outage, however few tries failed in it. */
  #isLate(): boolean {
    const { behindSinceMs } = this.#position;
    return behindSinceMs !== undefined && this.#parts.clock.now() - behindSinceMs >= outageMs;
  }

  async #enrol(sealed: number): Promise<void> {
    const { folder, vkey, collector, endpoint } = this.#parts;
    const note = checkpointAtMost(folder, sealed)?.note;
    if (note === undefined) throw new Error(`no checkpoint of ${folder.logFile} can be read`);
    const enrolled = await collector.enrol(vkey, note);
    if (this.#position.cosigners.length === 0) {
      let keys: VerifierKey[];
      try {
        keys = parseCosigners(enrolled.cosigners);
      } catch (error) {
        throw this.#lie(messageOf(error));
      }
      this.#position.pin(keys);
    }
    if (this.#position.cosigners.length === 0) throw unreachable(endpoint, 'it names no key that cosigns');
    await this.#resolve(enrolled);
  }

  async #ship(from: number): Promise<void> {
    const { collector, clock } = this.#parts;
    const startedMs = clock.monotonicMs();
    const position = this.#position;
    try {
      const { old, record, lines, sealed } = await this.#nextBatch(from);
      const { size, note, ts } = record;
      this.#readAhead(size);
      const answer = await collector.entries({ old, size, note, sealed, ...position.claims() }, lines);
      // Asked now: the request may have been on its way while the machine slept.
      this.#isCatchingUp ||= this.#isLate();
      await this.#take(answer, note, size, Date.parse(ts));
      if (this.#isCatchingUp && answer.kind === 'receipt') {
        await this.#pause((lines.length / catchUpBytesPerSecond) * 1_000 - (clock.monotonicMs() - startedMs));
      }
    } catch (error) {
      if (!(error instanceof HeadGone)) throw error;
      const base = this.#reader.base(error.first);
      if (base === undefined) throw new Error(`the lines below ${error.first} are gone, and no checkpoint is there`, { cause: error });
      position.goOnAt(base);
    }
  }

  /** What was read while the batch before was on its way, where it is what comes next. */
  async #nextBatch(from: number): Promise<SealedBatch> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    if (ahead?.from === from && ahead.bytesMax === this.#bytesMax) return ahead.batch;
    await ahead?.batch.catch(() => {});
    return this.#reader.batch(from, this.#parts.sealedSize, this.#bytesMax);
  }

  #readAhead(from: number): void {
    const { sealedSize } = this.#parts;
    if (from >= sealedSize() || this.#isStopping) return;
    const batch = this.#reader.batch(from, sealedSize, this.#bytesMax);
    // Who takes it hears what failed.
    batch.catch(() => {});
    this.#ahead = { from, bytesMax: this.#bytesMax, batch };
  }

  /** Lets go of what was read, and of the files. */
  async #closeReader(): Promise<void> {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    await ahead?.batch.catch(() => {});
    await this.#reader.close();
  }

  /** The same size again: the writer lives, though it has nothing to say. */
  async #heartbeat(): Promise<void> {
    const { collector, key } = this.#parts;
    const cosigned = this.#position.cosigned;
    if (cosigned === undefined) return;
    const note = withoutCosignatures(cosigned.note, key);
    const { size } = cosigned;
    const answer = await collector.entries({ old: size, size, note, sealed: size, seen: cosigned.note }, new Uint8Array(0));
    await this.#take(answer, note, size, undefined);
  }

  async #take(answer: EntriesAnswer, note: string, size: number, sealedAtMs: number | undefined): Promise<void> {
    switch (answer.kind) {
      case 'receipt':
        this.#advance(this.#cosignedBy(answer.receipt, note, size), sealedAtMs);
        return;
      case 'conflict':
        this.#countConflict(`it has ${answer.conflict.size} lines, and does not go on from there`);
        return this.#resolve(answer.conflict);
      case 'unknown':
        this.#countConflict('it does not know the log that it has just enrolled');
        this.#position.forgotten('it knows nothing of this log any more');
        return;
      case 'too_large':
        if (this.#bytesMax <= bytesMin) throw refusedBy(this.#parts.endpoint, answer.why, 'Let it, and what stands before it, take 4 MiB');
        this.#bytesMax = Math.max(bytesMin, Math.floor(this.#bytesMax / 2));
        return;
      case 'final': {
        const { code, detail, members } = answer.problem;
        const theirs = typeof members['note'] === 'string' ? members['note'] : undefined;
        const message = `the collector says ${code}: ${detail}`;
        throw new ShipFinal(code === 'LOG_FORKED' ? 'fork' : 'refused', message, { ours: note, theirs });
      }
    }
  }

  #cosignedBy(receipt: { readonly size: number; readonly cosignature: string }, note: string, size: number): Cosigned {
    const { key } = this.#parts;
    if (receipt.size !== size) throw this.#lie(`a receipt for ${receipt.size} lines, where ${size} were sent`);
    try {
      return withCosignature(note, receipt.cosignature, key, this.#position.cosigners);
    } catch (error) {
      if (error instanceof LogError) throw this.#lie(`a receipt that does not hold: ${error.message}`);
      throw error;
    }
  }

  /** What the log has is asked for after the answer: it grows meanwhile, and more may have been sent than there was before. */
  async #resolve({ size, note }: Conflict): Promise<void> {
    const sealed = this.#parts.sealedSize();
    const { folder, key } = this.#parts;
    const first = listSegments(folder.logFile)[0]?.first ?? 0;
    const rootAt = (at: number): Promise<Uint8Array> => this.#reader.rootAt(at, this.#parts.sealedSize);
    const verdict = await judge({ key, cosigners: this.#position.cosigners, sealed, first, rootAt }, size, note);
    switch (verdict.kind) {
      case 'lie':
        throw this.#lie(verdict.why);
      case 'fork':
      case 'rollback': {
        const ours = checkpointAtMost(folder, sealed)?.note ?? '';
        const { theirs } = verdict;
        const what =
          verdict.kind === 'fork'
            ? `the collector has cosigned another history of this log: at ${theirs.size} lines it has another root`
            : `the collector has cosigned ${theirs.size} lines of this log, which has ${sealed}: an older copy was put in its place`;
        throw new ShipFinal(verdict.kind, what, { ours, theirs: theirs.note });
      }
      case 'go_on':
        // What is acknowledged by a conflict, as where something on the way sends requests twice, is progress all the same.
        if ((verdict.cosigned?.size ?? 0) > (this.#position.cosigned?.size ?? 0)) this.#conflicts = 0;
        this.#position.goOnFrom(verdict.from, verdict.cosigned, sealed);
        this.#heardMs = this.#parts.clock.monotonicMs();
        return;
    }
  }

  #countConflict(why: string): void {
    if (++this.#conflicts <= conflictsMax) return;
    this.#conflicts = 0;
    throw refusedBy(this.#parts.endpoint, why, 'Look at the collector\'s own log');
  }

  #advance(cosigned: Cosigned, sealedAtMs: number | undefined): void {
    this.#conflicts = 0;
    this.#damages = 0;
    this.#heardMs = this.#parts.clock.monotonicMs();
    this.#position.advance(cosigned, this.#parts.sealedSize(), sealedAtMs);
  }

  /** The other side answers as it should. */
  #well(): void {
    this.#failures = 0;
    this.#failingSinceMs = undefined;
    this.#over();
  }

  #over(): void {
    if (this.#trouble !== undefined) this.#parts.emit({ kind: 'well', code: this.#trouble });
    this.#trouble = undefined;
  }

  #tell({ code, message }: ShipTrouble): void {
    if (code !== this.#trouble) this.#over();
    this.#trouble = code;
    this.#parts.emit({ kind: 'failed', code, message });
  }

  #lie(why: string): ShipTrouble {
    return untrusted(this.#parts.endpoint, why, this.#parts.folder.names.collector);
  }

  async #failed(error: unknown): Promise<void> {
    const { folder, clock, random, emit } = this.#parts;
    await this.#closeReader();
    if (this.#isHalted) return;
    if (error instanceof ShipFinal) return this.#giveUp(error);
    // A file may have been replaced in this moment.
    if (error instanceof LinesDamaged && ++this.#damages >= damagesMax) {
      this.#isHalted = true;
      emit({ kind: 'damaged', message: error.message });
      return;
    }
    const trouble = error instanceof ShipTrouble ? error : shippingFailed(folder.logFile, error);
    this.#failures++;
    this.#failingSinceMs ??= clock.monotonicMs();
    const lastingMs = clock.monotonicMs() - this.#failingSinceMs;
    this.#tell(trouble);
    this.#runAfter(pauseMs({ tries: this.#failures, outageMs: lastingMs, retryAfterMs: trouble.retryAfterMs }, random()));
  }

  /** The evidence goes to disk first, then to the collector, then the log is told. Until the collector has it, it is handed in again. */
  async #giveUp(final: ShipFinal): Promise<void> {
    const { folder, clock, endpoint, emit } = this.#parts;
    this.#isHalted = true;
    const { why, message } = final;
    try {
      writeEvidence(folder, final, { endpoint, timeMs: clock.now(), cosigners: this.#position.cosigners });
      await this.#evidence.handIn();
    } catch (error) {
      const trouble = shippingFailed(folder.logFile, error);
      this.#tell(new ShipTrouble(trouble.code, `the evidence of a ${why} could not be kept: ${trouble.message}`));
    }
    emit({ kind: 'final', why, message });
  }

  async #pause(ms: number): Promise<void> {
    if (ms <= 0 || this.#isStopping) return;
    await new Promise<void>((resolve) => {
      this.#endPause = resolve;
      this.#parts.clock.after(ms, resolve);
    });
    this.#endPause = undefined;
  }
}
