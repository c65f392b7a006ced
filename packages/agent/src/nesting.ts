// Which operations run within which, in this process: one that is called off lets those within it say their end first.
import { soon } from './clock.ts';

/** An operation under way, as the one around it sees it. */
export interface Inner {
  /** Resolves when its end is recorded, and never rejects. */
  readonly ended: Promise<void>;
  /** Its work was called off: it ends by itself, whatever that work does. */
  readonly isCalledOff: boolean;
}

/** The operations under way that have one around them, by its span. */
export class Nesting {
  readonly #within = new Map<string, Set<Inner>>();

  /** From its start. `around`: the span that it is within, if any. */
  enter(around: string | undefined, inner: Inner): void {
    if (around === undefined) return;
    const within = this.#within.get(around);
    if (within === undefined) this.#within.set(around, new Set([inner]));
    else within.add(inner);
  }

  /** Its end is recorded. */
  leave(around: string | undefined, inner: Inner): void {
    const within = around === undefined ? undefined : this.#within.get(around);
    if (around === undefined || within === undefined) return;
    within.delete(inner);
    if (within.size === 0) this.#within.delete(around);
  }

  /**
   * The ends of those within a span: of what is called off with it, always; of what goes on, those that come within a turn of the event
   * loop. undefined: there is none to wait for. As deep as it goes: who is waited for waits for those within it.
   */
  endsWithin(span: string): Promise<unknown> | undefined {
    const within = this.#within.get(span);
    if (within === undefined) return undefined;
    const turn = new Promise<void>(soon);
    return Promise.all([...within].map((inner) => (inner.isCalledOff ? inner.ended : Promise.race([inner.ended, turn]))));
  }
}
