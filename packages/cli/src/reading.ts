// What tail, query and export share: which lines, in which order, and how they are shown.
import { basename } from 'node:path';
import { parseOrigin } from '@agent-audit/log';
import type { Matcher } from '@agent-audit/search';
import { lastLines, newestCheckpoint, sealedSize } from 'agent-audit/files';
import type { Invocation, OptionSpec } from './command.ts';
import { CliError } from './error.ts';
import { plainBytes } from './event-source.ts';
import { FieldPrinter, readFields } from './field-printer.ts';
import { type Matches, matchesIn, newestFirst } from './matches.ts';
import { mergeByTime } from './merge.ts';
import { EventPrinter, type Printer, RawPrinter, type SourcedLine } from './printer.ts';
import { Progress } from './progress.ts';
import { matcherFor, timeOptions } from './search-options.ts';
import { inert } from './text.ts';

/** Options of whatever shows events. */
export const readingOptions: readonly OptionSpec[] = [
  ...timeOptions,
  { name: 'last', short: 'n', value: 'COUNT', about: 'only so many, the newest' },
  { name: 'reverse', about: 'newest first; without -n the matches of one file are held, at most 256 MiB' },
  { name: 'fields', value: 'LIST', about: 'only these fields: timestamp,type,details.tool' },
];

/** What is read, and how. */
export interface Reading {
  readonly logs: readonly string[];
  readonly search: string;
  /** At most so many, the newest; undefined is all. */
  readonly last: number | undefined;
  readonly withSeq: boolean;
  /** Takes the lines, in place of what the options say. */
  readonly printer?: Printer;
}

/** One run over the logs. */
export class Reader {
  readonly #invocation: Invocation;
  readonly #reading: Reading;
  readonly #matcher: Matcher | undefined;
  readonly #printer: Printer;
  readonly #progress: Progress;
  #bytesRead = 0;

  constructor(invocation: Invocation, reading: Reading) {
    const { io, errorStyle, args } = invocation;
    this.#invocation = invocation;
    this.#reading = reading;
    this.#matcher = matcherFor(reading.search, args, io);
    const { printer, logs, withSeq } = reading;
    this.#printer = printer ?? printerFor(invocation, { withSeq, lines: () => Math.max(0, ...logs.map(sealedSize)) });
    this.#progress = new Progress(io, errorStyle, 'searching');
  }

  /** How many lines are found. */
  async count(): Promise<number> {
    let found = 0;
    for (const log of this.#reading.logs) {
      for await (const { lines } of matchesIn(log, this.#matcher, this.#options())) found += lines.length;
    }
    await this.#progress.end();
    return Math.min(found, this.#reading.last ?? Infinity);
  }

  /** Shows the lines that are found, and says how many. */
  async show(): Promise<number> {
    try {
      const { logs, last } = this.#reading;
      const [log, ...others] = logs;
      const isPlain = others.length === 0 && last === undefined && !this.#invocation.args.has('reverse');
      return log !== undefined && isPlain ? await this.#showAll(log) : await this.#showMerged();
    } finally {
      await this.#progress.end();
    }
  }

  /** Shows the newest lines of each log, and then those that come, until the signal ends it. */
  async follow(): Promise<void> {
    const starts = new Map<string, number>();
    for (const log of this.#reading.logs) starts.set(log, ((await lastLines(log, 1)).at(-1)?.seq ?? -1) + 1);
    await this.#showMerged((log, line) => !isFrom(line, starts.get(log) ?? 0));
    // Where one of them ends, by an error or because nobody reads any more, all do.
    const end = new AbortController();
    const signal = AbortSignal.any([this.#invocation.io.signal, end.signal]);
    const followers = [...starts].map(([log, from]) => this.#followOne(log, from, signal).finally(() => end.abort()));
    for (const result of await Promise.allSettled(followers)) {
      if (result.status === 'rejected' && result.reason !== end.signal.reason) throw result.reason;
    }
  }

  async #followOne(log: string, from: number, signal: AbortSignal): Promise<void> {
    const { io } = this.#invocation;
    const source = this.#sourceOf(log);
    for await (const matches of matchesIn(log, this.#matcher, { from, follow: true, signal })) {
      await this.#print(linesOf(matches, source));
      await this.#printer.end();
      if (io.stdout.isClosed) return;
    }
  }

  /** One log as it stands: nothing is kept, nothing is copied. */
  async #showAll(log: string): Promise<number> {
    const { io } = this.#invocation;
    let found = 0;
    for await (const matches of matchesIn(log, this.#matcher, this.#options())) {
      found += matches.lines.length;
      await this.#print(linesOf(matches, ''));
      if (io.stdout.isClosed) break;
    }
    await this.#printer.end();
    return found;
  }

  async #showMerged(isWanted: (log: string, line: Uint8Array) => boolean = () => true): Promise<number> {
    const { logs, last = Infinity } = this.#reading;
    const isReversed = this.#invocation.args.has('reverse');
    const backwards = isReversed || last < Infinity;
    const sources = logs.map((log) => ({ source: this.#sourceOf(log), lines: this.#linesOf(log, backwards, isWanted) }));
    const held: SourcedLine[] = [];
    let found = 0;
    for await (const line of mergeByTime(sources, backwards ? -1 : 1)) {
      if (found === last) break;
      found++;
      if (backwards && !isReversed) held.push(line);
      else await this.#print([line]);
      if (this.#invocation.io.stdout.isClosed) break;
    }
    if (held.length > 0) await this.#print(held.toReversed());
    await this.#printer.end();
    return found;
  }

  async *#linesOf(log: string, backwards: boolean, isWanted: (log: string, line: Uint8Array) => boolean): AsyncGenerator<Uint8Array> {
    if (backwards) {
      const newest = newestFirst(log, this.#matcher, this.#reading.last ?? Infinity, this.#options());
      for await (const line of newest) if (isWanted(log, line)) yield line;
      return;
    }
    for await (const { bytes, lines } of matchesIn(log, this.#matcher, this.#options())) {
      for (const { start, end } of lines) if (isWanted(log, bytes.subarray(start, end))) yield bytes.slice(start, end);
    }
  }

  async #print(lines: readonly SourcedLine[]): Promise<void> {
    // What is printed elsewhere leaves the line of the progress alone.
    if (this.#invocation.io.stdout.isTerminal) await this.#progress.end();
    await this.#printer.print(lines);
  }

  /** What tells the logs apart, where there are several: their agents' names. */
  #sourceOf(log: string): string {
    if (this.#reading.logs.length < 2) return '';
    return agentOf(log) ?? inert(basename(log));
  }

  #options(): { signal: AbortSignal; onRead: (bytes: number) => void } {
    const total = plainBytes(this.#reading.logs);
    return {
      signal: this.#invocation.io.signal,
      onRead: (bytes) => {
        this.#bytesRead += bytes;
        this.#progress.update({ done: this.#bytesRead, unit: 'bytes', ...(total !== undefined && { total }) });
      },
    };
  }
}

function linesOf({ bytes, lines }: Matches, source: string): SourcedLine[] {
  return lines.map(({ start, end }) => ({ line: bytes.subarray(start, end), source }));
}

/** How events are shown, as the options say. `lines` is how many there may be, for the width of their numbers. */
export function printerFor(
  { args, io, style, json, utc }: Invocation,
  { withSeq, lines }: { readonly withSeq: boolean; readonly lines: () => number },
): Printer {
  const fields = args.text('fields');
  if (fields !== undefined) return new FieldPrinter(io.stdout, readFields(fields), { json, style });
  return json ? new RawPrinter(io.stdout) : new EventPrinter(io.stdout, { style, utc, withSeq, lines: lines() });
}

/** The agent's part of the origin that a log's newest checkpoint names. */
export function agentOf(log: string): string | undefined {
  const origin = newestCheckpoint(log)?.origin;
  return origin === undefined ? undefined : parseOrigin(origin).agent;
}

/** Whether a line says that it is the line `seq` or a later one. */
function isFrom(line: Uint8Array, seq: number): boolean {
  const said = /^\{"seq":(\d{1,16}),/.exec(Buffer.from(line.subarray(0, 32)).toString('latin1'))?.[1];
  return said !== undefined && Number(said) >= seq;
}

/**
 * The value of --last.
 * @throws CliError USAGE_BAD_VALUE
 */
export function readLast(invocation: Invocation): number | undefined {
  const last = invocation.args.integer('last');
  if (last === 0) throw new CliError('USAGE_BAD_VALUE', '--last 0 shows nothing; leave it out to see everything');
  return last;
}
