// What the recorder (main thread) and the sealer (its worker) tell each other without a message: one small piece of shared
// memory. Each field has one writer, named beside it; whatever needs more than a number goes as a message.

/** Who seals. Claimed once, by compare-and-exchange, so that an exit before the worker has started can still seal. */
export const Owner = { None: 0, Worker: 1, Main: 2 } as const;

/** How the sealer waits. It is woken no more often than it needs. */
export const Waiting = { Busy: 0, ForLines: 1, ForMore: 2 } as const;

const size64 = { appended: 0, sealed: 1, sealedAt: 2, flushTarget: 3 } as const;
const size64Count = 4;
const size32 = { wake: 0, commits: 1, owner: 2, waiting: 3, fault: 4, stopping: 5 } as const;
const size32Count = 6;

/** The shared counters of one log. Sizes are numbers of lines. */
export class SharedState {
  readonly buffer: SharedArrayBuffer;
  readonly #sizes: BigInt64Array;
  readonly #flags: Int32Array;

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(size64Count * 8 + size32Count * 4)) {
    this.buffer = buffer;
    this.#sizes = new BigInt64Array(buffer, 0, size64Count);
    this.#flags = new Int32Array(buffer, size64Count * 8, size32Count);
  }

  /** Lines handed to the operating system. Written by the recorder. */
  get appended(): number {
    return Number(Atomics.load(this.#sizes, size64.appended));
  }
  set appended(size: number) {
    Atomics.store(this.#sizes, size64.appended, BigInt(size));
  }

  /** Lines under a checkpoint that is on disk. Written by the sealer. */
  get sealed(): number {
    return Number(Atomics.load(this.#sizes, size64.sealed));
  }

  /** What is sealed already when a log is opened. Before any sealer runs. */
  begin(appended: number, sealed: number): void {
    this.appended = appended;
    Atomics.store(this.#sizes, size64.sealed, BigInt(sealed));
  }

  /** When the newest checkpoint was made, ms since the epoch; 0 before the first. */
  get sealedAtMs(): number {
    return Number(Atomics.load(this.#sizes, size64.sealedAt));
  }

  /** Somebody waits until so many lines are sealed. Written by the recorder. */
  get flushTarget(): number {
    return Number(Atomics.load(this.#sizes, size64.flushTarget));
  }
  set flushTarget(size: number) {
    Atomics.store(this.#sizes, size64.flushTarget, BigInt(size));
  }

  /** A checkpoint is on disk. By the sealer only. */
  publish(sealed: number, timeMs: number): void {
    Atomics.store(this.#sizes, size64.sealedAt, BigInt(Math.trunc(timeMs)));
    Atomics.store(this.#sizes, size64.sealed, BigInt(sealed));
    Atomics.add(this.#flags, size32.commits, 1);
    Atomics.notify(this.#flags, size32.commits);
  }

  /** The next commit, or a failure, ends a wait that began with this count. */
  get commits(): number {
    return Atomics.load(this.#flags, size32.commits);
  }

  /** Blocks this thread until the count has changed, at most so long. */
  waitForCommit(count: number, timeoutMs: number): void {
    Atomics.wait(this.#flags, size32.commits, count, timeoutMs);
  }

  /** Ends every waitForCommit without a commit: the sealer has failed or gone. */
  interruptCommitWaits(): void {
    Atomics.add(this.#flags, size32.commits, 1);
    Atomics.notify(this.#flags, size32.commits);
  }

  /** Whether the claim succeeded, or was this owner's already. */
  claim(owner: number): boolean {
    const before = Atomics.compareExchange(this.#flags, size32.owner, Owner.None, owner);
    return before === Owner.None || before === owner;
  }

  /** The thread that sealed has ended: another may claim. */
  disown(): void {
    Atomics.store(this.#flags, size32.owner, Owner.None);
  }

  get waiting(): number {
    return Atomics.load(this.#flags, size32.waiting);
  }
  set waiting(how: number) {
    Atomics.store(this.#flags, size32.waiting, how);
  }

  /** A write or sync has failed in one of the threads: nothing may be signed until the segment was replaced. */
  get faulty(): boolean {
    return Atomics.load(this.#flags, size32.fault) !== 0;
  }
  set faulty(faulty: boolean) {
    Atomics.store(this.#flags, size32.fault, faulty ? 1 : 0);
  }

  get stopping(): boolean {
    return Atomics.load(this.#flags, size32.stopping) !== 0;
  }
  set stopping(stopping: boolean) {
    Atomics.store(this.#flags, size32.stopping, stopping ? 1 : 0);
  }

  /** Wakes the sealer. */
  wake(): void {
    Atomics.add(this.#flags, size32.wake, 1);
    Atomics.notify(this.#flags, size32.wake);
  }

  get wakes(): number {
    return Atomics.load(this.#flags, size32.wake);
  }

  /** Blocks the sealer's thread until it is woken (since `wakes`), at most so long. */
  waitForWake(wakes: number, timeoutMs: number): void {
    Atomics.wait(this.#flags, size32.wake, wakes, timeoutMs);
  }
}
