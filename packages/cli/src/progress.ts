import type { Io } from './io.ts';
import type { Style } from './style.ts';
import { byteSize, count } from './units.ts';

/** Nothing is said about what takes less. */
const quietMs = 1_000;
const refreshMs = 100;

/** How far something is. */
export interface Done {
  readonly done: number;
  /** Where it is known. */
  readonly total?: number;
  readonly unit: 'bytes' | 'lines';
}

/** Tells on stderr how far something is, if it takes more than a second and a person looks on. One line, wiped at the end. */
export class Progress {
  readonly #io: Io;
  readonly #style: Style;
  readonly #verb: string;
  readonly #startMs: number;
  #shownMs = 0;

  /** @param verb what is going on: `verifying` */
  constructor(io: Io, style: Style, verb: string) {
    this.#io = io;
    this.#style = style;
    this.#verb = verb;
    this.#startMs = io.now();
  }

  update(state: Done): void {
    const now = this.#io.now();
    if (!this.#io.stderr.isTerminal || now - this.#startMs < quietMs || now - this.#shownMs < refreshMs) return;
    this.#shownMs = now;
    void this.#io.stderr.write(`${wipe}${this.#style.dim(`${this.#verb}  ${describe(state, now - this.#startMs)}`)}`);
  }

  /** Wipes the line. What is printed next takes its place. */
  async end(): Promise<void> {
    if (this.#shownMs > 0) await this.#io.stderr.write(wipe);
    this.#shownMs = 0;
  }
}

const wipe = '\r\u001b[2K';

function describe({ done, total, unit }: Done, elapsedMs: number): string {
  const amount = unit === 'bytes' ? byteSize : count;
  const rate = `${amount(Math.round((done * 1_000) / elapsedMs))}${unit === 'bytes' ? '/s' : ' lines/s'}`;
  if (total === undefined || total === 0) return `${amount(done)}  ${rate}`;
  const share = Math.min(100, Math.floor((done * 100) / total));
  return `${String(share).padStart(3)} %  ${amount(done)} of ${amount(total)}  ${rate}`;
}
