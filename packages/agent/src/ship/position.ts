// How far a log is shipped: what the collector has cosigned, on disk and durable; and where the next lines begin, which is the same but
// after an answer that said otherwise.
import type { EntriesHead, SidecarRecord, VerifierKey } from '@agent-audit/log';
import type { Clock } from '../clock.ts';
import type { Folder } from '../folder.ts';
import { checkpointAtMost } from './checkpoints.ts';
import { type Cosigned, readCosigned, readPins, writeCosigned, writePins } from './cosigned.ts';
import type { ShipEvent } from './messages.ts';
import { ShipFinal } from './trouble.ts';

/** What a position works with. */
export interface PositionParts {
  readonly folder: Folder;
  readonly clock: Clock;
  readonly key: VerifierKey;
  readonly endpoint: string;
  readonly cosigners: readonly VerifierKey[];
  readonly emit: (event: ShipEvent) => void;
}

/** The cursor costs two syncs of the disk that the log is on: a lost second of it is only sent again. */
const saveEveryMs = 1_000;

/** The position of one log. */
export class Position {
  readonly #parts: PositionParts;
  #cosigners: readonly VerifierKey[];
  #cosigned: Cosigned | undefined;
  #next: number | undefined;
  #base: SidecarRecord | undefined;
  #behindSinceMs: number | undefined;
  #isLoaded = false;
  /** What is cosigned is not yet on disk. */
  #isUnsaved = false;
  #savedMs = Number.NEGATIVE_INFINITY;
  #isLost = false;

  constructor(parts: PositionParts) {
    this.#parts = parts;
    this.#cosigners = parts.cosigners;
  }

  get cosigners(): readonly VerifierKey[] {
    return this.#cosigners;
  }

  /** The newest checkpoint that this collector has cosigned. */
  get cosigned(): Cosigned | undefined {
    return this.#cosigned;
  }

  /** The first line to be sent; undefined: the collector must be asked. */
  get next(): number | undefined {
    return this.#next;
  }

  /** Since when the oldest line that is not cosigned waits, ms since the epoch. */
  get behindSinceMs(): number | undefined {
    return this.#behindSinceMs;
  }

  /**
   * Reads what is on disk, the first time; and sees whether more is sealed than is cosigned.
   * @throws ShipFinal where the log on disk is older than what was cosigned of it
   */
  load(sealed: number): void {
    const { folder, key, clock } = this.#parts;
    if (!this.#isLoaded) {
      if (this.#cosigners.length === 0) this.#cosigners = readPins(folder);
      this.#cosigned = readCosigned(folder, key, this.#cosigners);
      this.#next = this.#cosigned?.size;
      this.#isLoaded = true;
      const since = checkpointAtMost(folder, this.#cosigned?.size ?? 0)?.ts;
      if (sealed > (this.#next ?? 0)) this.#behindSinceMs = since === undefined ? clock.now() : Date.parse(since);
      this.#tell();
    }
    if (this.#cosigned !== undefined && this.#cosigned.size > sealed) {
      const cosigned = `the collector has cosigned ${this.#cosigned.size} lines of this log`;
      const what = `${cosigned}, which has ${sealed}: an older copy stands in its place`;
      throw new ShipFinal('rollback', what, { ours: checkpointAtMost(folder, sealed)?.note ?? '', theirs: this.#cosigned.note });
    }
    if (this.#behindSinceMs === undefined && sealed > (this.#next ?? 0)) {
      this.#behindSinceMs = clock.now();
      this.#tell();
    }
  }

  /** Pins the keys that a collector names at first sight, durably. */
  pin(keys: readonly VerifierKey[]): void {
    writePins(this.#parts.folder, keys);
    this.#cosigners = keys;
  }

  /** What is said with each request. */
  claims(): Pick<EntriesHead, 'seen' | 'base'> {
    return {
      ...(this.#cosigned === undefined ? {} : { seen: this.#cosigned.note }),
      ...(this.#base === undefined ? {} : { base: this.#base }),
    };
  }

  /** The collector has the lines up to here. */
  advance(cosigned: Cosigned, sealed: number, sealedAtMs: number | undefined): void {
    this.#next = cosigned.size;
    this.#base = undefined;
    this.#keep(cosigned);
    this.#behindSinceMs = cosigned.size >= sealed ? undefined : (sealedAtMs ?? this.#behindSinceMs);
    this.save(false);
    this.#tell();
  }

  /** The collector has another size than was thought. */
  goOnFrom(size: number, cosigned: Cosigned | undefined, sealed: number): void {
    if (this.#cosigned !== undefined && size < this.#cosigned.size) this.#tellLost(`it has ${size} lines`);
    this.#next = size;
    this.#base = undefined;
    if (cosigned !== undefined) this.#keep(cosigned);
    if (size >= sealed) this.#behindSinceMs = undefined;
    this.#tell();
  }

  /** The lines before this checkpoint are gone here, and the collector has none of them. */
  goOnAt(base: SidecarRecord): void {
    this.#next = base.size;
    this.#base = base;
  }

  /** The collector does not know the log: it is to be enrolled. */
  forgotten(what: string): void {
    if (this.#cosigned !== undefined) this.#tellLost(what);
    this.#next = undefined;
  }

  /** Writes down what is cosigned, where that was not done; at once, or at most once a second. */
  save(isLast: boolean): void {
    const now = this.#parts.clock.monotonicMs();
    if (!this.#isUnsaved || this.#cosigned === undefined || (!isLast && now - this.#savedMs < saveEveryMs)) return;
    writeCosigned(this.#parts.folder, this.#cosigned);
    this.#isUnsaved = false;
    this.#savedMs = now;
  }

  /** The newest counts: what was cosigned once is a promise, also where the collector has lost it since. */
  #keep(cosigned: Cosigned): void {
    if (this.#cosigned !== undefined && cosigned.size < this.#cosigned.size) return;
    if (this.#isLost) this.#parts.emit({ kind: 'well', code: 'REMOTE_LOST_DATA' });
    this.#isLost = false;
    if (cosigned.size === this.#cosigned?.size) return;
    this.#cosigned = cosigned;
    this.#isUnsaved = true;
  }

  #tellLost(what: string): void {
    if (this.#isLost || this.#cosigned === undefined) return;
    this.#isLost = true;
    const { endpoint, folder, emit } = this.#parts;
    const lost = `${endpoint} has cosigned ${this.#cosigned.size} lines of ${folder.logFile}, and now ${what}: it has lost data`;
    const next = 'What the log still has is sent again. Look at the collector; its promise is kept in';
    emit({ kind: 'failed', code: 'REMOTE_LOST_DATA', message: `${lost}. ${next} ${folder.names.cosigned}` });
  }

  #tell(): void {
    this.#parts.emit({ kind: 'progress', size: this.#next ?? 0, behindSinceMs: this.#behindSinceMs });
  }
}
