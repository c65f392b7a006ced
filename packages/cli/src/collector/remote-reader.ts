// What tail, query and export do with a collector in place of logs.
import { type Completeness, countAnswer, countPath, type ReadEvent } from '@agent-audit/log';
import type { Invocation } from '../command.ts';
import type { Printer, SourcedLine } from '../printer.ts';
import { printerFor } from '../reading.ts';
import { readSearch } from '../search-options.ts';
import type { Collector, Parameters } from './client.ts';
import { tellCompleteness } from './completeness.ts';
import { type Found, lineOf, pagesOf, parametersOf } from './events.ts';

/** What is read, and how. */
export interface RemoteReading {
  readonly search: string;
  /** At most so many, the newest; undefined is all. */
  readonly last: number | undefined;
  readonly withSeq: boolean;
}

/** Numbers of lines get room for so many: how long the longest log of a fleet is would have to be asked for. */
const linesExpected = 99_999;

/** One run over a collector's events. */
export class RemoteReader {
  readonly #collector: Collector;
  readonly #invocation: Invocation;
  readonly #reading: RemoteReading;
  readonly #printer: Printer;
  readonly parameters: Parameters;

  constructor(collector: Collector, invocation: Invocation, reading: RemoteReading) {
    this.#collector = collector;
    this.#invocation = invocation;
    this.#reading = reading;
    this.parameters = parametersOf(readSearch(reading.search, invocation.args, invocation.io));
    this.#printer = printerFor(invocation, { withSeq: reading.withSeq, lines: () => linesExpected });
  }

  /** How many events are found. */
  async count(): Promise<Found> {
    const { count, completeness } = await this.#collector.get(countAnswer, countPath, this.parameters);
    return { events: Math.min(count, this.#reading.last ?? Infinity), completeness };
  }

  /** Shows the events that are found. `onEvents` hears them. */
  async show(onEvents: (events: readonly ReadEvent[]) => void = () => undefined): Promise<Found> {
    const { last = Infinity } = this.#reading;
    const isReversed = this.#invocation.args.has('reverse');
    const order = isReversed || last < Infinity ? 'desc' : 'asc';
    const held: SourcedLine[] = [];
    let events = 0;
    let completeness: Completeness | undefined;
    for await (const page of pagesOf(this.#collector, this.parameters, { order, limit: last })) {
      completeness ??= page.completeness;
      const found = page.events.slice(0, last - events);
      onEvents(found);
      const lines = found.map(lineOf);
      events += lines.length;
      if (order === 'desc' && !isReversed) held.push(...lines);
      else await this.print(lines);
      if (this.#invocation.io.stdout.isClosed) break;
    }
    if (held.length > 0) await this.print(held.toReversed());
    return { events, completeness };
  }

  /** Shows events that came from elsewhere: those of a tail. */
  async print(lines: readonly SourcedLine[]): Promise<void> {
    if (lines.length === 0) return;
    await this.#printer.print(lines);
    await this.#printer.end();
  }

  /** Says how far the result can be trusted to be all. */
  async tell({ completeness }: Found): Promise<void> {
    if (completeness !== undefined) await tellCompleteness(this.#collector, completeness, this.#invocation);
  }
}
