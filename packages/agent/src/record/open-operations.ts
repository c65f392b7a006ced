// Which operations have begun and not ended, as far as the log's own lines say: what each log.open lists, so that recovery need not
// read further back than to the newest one.
import { type LogOpenDetails, type OpenOperation, type OperationEnd, openOperationsMax } from '@agent-audit/log';
import type { CarriedEvent } from './carry.ts';
import type { WaitingEvent } from './waiting.ts';

/** What a line says of an operation. `orphan`: that nobody knows how it ended. */
export interface OperationMark {
  readonly kind: 'start' | 'end' | 'orphan';
  readonly spanId: string;
}

/** What the line itself says. An orphan is a line of the log's own, and no end of its operation. */
export function endOf(mark: OperationMark | undefined): OperationEnd | undefined {
  return mark === undefined || mark.kind === 'orphan' ? undefined : mark.kind;
}

/** An operation whose last line has its number, and is not sealed yet: the disk may still lose it. */
interface Ended {
  readonly spanId: string;
  readonly seq: number;
  readonly endSeq: number;
}

/** How many ended ones are looked at before those that are sealed are forgotten. */
const endedMax = 1_024;

/**
 * The operations of one log. What counts is the line: an operation is open once its first line has a number, and until its last
 * one has. What waits for a refusing disk has said nothing yet.
 */
export class OpenOperations {
  /** Seq of the first line by span, in the order of their numbers. */
  #open = new Map<string, number>();
  #ended: Ended[] = [];
  readonly #sealedSize: () => number;

  constructor(sealedSize: () => number) {
    this.#sealedSize = sealedSize;
  }

  get count(): number {
    return this.#open.size;
  }

  /** Whether the first line of this operation has its number, and nothing has ended it. */
  has(spanId: string): boolean {
    return this.#open.has(spanId);
  }

  /** All that are open, oldest first. */
  all(): OpenOperation[] {
    return [...this.#open].map(([spanId, seq]) => ({ seq, span_id: spanId }));
  }

  /** What a crash has left, as recovery found it. */
  restore(open: readonly OpenOperation[]): void {
    for (const { seq, span_id: spanId } of open) this.#open.set(spanId, seq);
  }

  /**
   * The members of a log.open. The oldest are listed: nothing else in the segments to come tells of them. `lost`: how many a crash has
   * left of which nothing else is known.
   */
  details(lost: number): Pick<LogOpenDetails, 'open_operations' | 'open_operations_omitted'> {
    const omitted = lost + Math.max(0, this.#open.size - openOperationsMax);
    return {
      ...(this.#open.size === 0 ? {} : { open_operations: this.all().slice(0, openOperationsMax) }),
      ...(omitted === 0 ? {} : { open_operations_omitted: omitted }),
    };
  }

  /** A line has its number. */
  numbered({ kind, spanId }: OperationMark, seq: number): void {
    if (kind === 'start') {
      this.#open.set(spanId, seq);
      return;
    }
    const startSeq = this.#open.get(spanId);
    if (startSeq === undefined) return;
    this.#open.delete(spanId);
    if (this.#ended.length >= endedMax) this.#forgetSealed();
    this.#ended.push({ spanId, seq: startSeq, endSeq: seq });
  }

  /** The lines from `nextSeq` on are lost, and their numbers will be given again: what they began or ended, they did not. */
  cutTo(nextSeq: number): void {
    const reopened = this.#ended.filter(({ seq, endSeq }) => seq < nextSeq && endSeq >= nextSeq);
    const kept = [...this.#open].filter(([, seq]) => seq < nextSeq);
    const all = [...kept, ...reopened.map(({ spanId, seq }): [string, number] => [spanId, seq])];
    this.#open = new Map(all.toSorted(([, a], [, b]) => a - b));
    this.#ended = this.#ended.filter(({ endSeq }) => endSeq < nextSeq);
  }

  /**
   * Another log begins. Operations that began in the one that was given up are told of there, not here: their seqs mean nothing in
   * this one. Only those go on whose first lines are carried over; gives these lines their marks.
   */
  beginAnew(carried: readonly CarriedEvent[]): WaitingEvent[] {
    const spans = new Map([...this.#open].map(([spanId, seq]) => [seq, spanId]));
    this.#open = new Map();
    this.#ended = [];
    return carried.map((event) => {
      const spanId = spans.get(event.seq);
      return spanId === undefined ? event : { ...event, mark: { kind: 'start', spanId } };
    });
  }

  #forgetSealed(): void {
    const sealed = this.#sealedSize();
    this.#ended = this.#ended.filter(({ endSeq }) => endSeq >= sealed);
  }
}
