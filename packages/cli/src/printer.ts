// Printers: what is done with the lines that were found. Each takes them as they come.
import { decodeUtf8 } from '@agent-audit/log';
import { type EventView, viewOf } from './event-view.ts';
import type { Output } from './io.ts';
import type { Style } from './style.ts';
import { cutTo, inert, inertJson, padTo, widthOf, wrap } from './text.ts';
import { localTime } from './time.ts';

/** A line, without LF, and which log it is of, where more than one is read. */
export interface SourcedLine {
  readonly line: Uint8Array;
  readonly source: string;
  /** What a collector noted of it: OTHER_AGENT, say. */
  readonly marks?: readonly string[];
}

/** Takes lines as they come, and shows them. */
export interface Printer {
  print(lines: readonly SourcedLine[]): Promise<void>;
  /** What is still held back. */
  end(): Promise<void>;
}

/** A line's text; what is not UTF-8 of it shows as U+FFFD. */
export function lineText(line: Uint8Array): string {
  return decodeUtf8(line) ?? Buffer.from(line).toString('utf8');
}

const bufferBytes = 65_536;
const lineFeed = Buffer.from('\n');

/** The lines as they are. On a terminal, what could act on it is escaped, in the way of JSON. */
export class RawPrinter implements Printer {
  readonly #output: Output;
  #held: Buffer = Buffer.allocUnsafe(bufferBytes);
  #length = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  async print(lines: readonly SourcedLine[]): Promise<void> {
    if (this.#output.isTerminal) {
      await this.#output.write(lines.map(({ line }) => `${inertJson(lineText(line))}\n`).join(''));
      return;
    }
    for (const { line } of lines) {
      if (this.#length + line.length + 1 > this.#held.length) await this.end();
      if (line.length + 1 > this.#held.length) {
        await this.#output.write(Buffer.concat([line, lineFeed]));
        continue;
      }
      this.#held.set(line, this.#length);
      this.#length += line.length;
      this.#held[this.#length++] = 0x0a;
    }
  }

  async end(): Promise<void> {
    const held = this.#held.subarray(0, this.#length);
    this.#length = 0;
    if (held.length > 0) await this.#output.write(held);
  }
}

export interface EventPrinterOptions {
  readonly style: Style;
  readonly utc: boolean;
  /** Shows each line's number, to ask for its proof by. */
  readonly withSeq: boolean;
  /** How many lines there are, so that the numbers' column is wide enough from the first on. */
  readonly lines?: number;
}

/** Columns wider than this do not push the others aside. */
const widthsMax = { source: 24, seq: 15, severity: 8, type: 28, job: 24, message: 44 };
type Column = keyof typeof widthsMax;

const gap = '  ';
/** `14:03:22.118` */
const clockWidth = 12;
/** Facts on lines of their own get at least so many columns, however narrow the terminal. */
const factsWidthMin = 24;

/** Events in columns, for a person. The columns only ever grow, with the widest event so far. */
export class EventPrinter implements Printer {
  readonly #output: Output;
  readonly #options: EventPrinterOptions;
  readonly #widths: Record<Column, number> = { source: 0, seq: 0, severity: 5, type: 13, job: 0, message: 0 };
  #day = '';

  constructor(output: Output, options: EventPrinterOptions) {
    this.#output = output;
    this.#options = options;
    if (options.withSeq && options.lines !== undefined) this.#widths.seq = `#${options.lines}`.length;
  }

  async print(lines: readonly SourcedLine[]): Promise<void> {
    const views = lines.map(({ line, source, marks }) => ({ view: marked(viewOf(lineText(line)), marks), source }));
    for (const { view, source } of views) this.#grow(view, source);
    await this.#output.write(views.map(({ view, source }) => this.#show(view, source)).join(''));
  }

  async end(): Promise<void> {}

  #grow(view: EventView, source: string): void {
    const texts: Record<Column, string> = { ...view, source, seq: this.#options.withSeq && view.seq !== '' ? `#${view.seq}` : '' };
    for (const column of columns) {
      const width = widthOf(texts[column]);
      if (width <= widthsMax[column]) this.#widths[column] = Math.max(this.#widths[column], width);
    }
  }

  #show(view: EventView, source: string): string {
    const { style, withSeq } = this.#options;
    const widths = this.#widths;
    const { heading, time } = this.#timeOf(view);
    const before = time === '' ? '' : `${time} `;
    const seq = withSeq && view.seq !== '' ? `#${view.seq}` : '';
    const cells = [
      ...(widths.source > 0 ? [style.cyan(padTo(source, widths.source))] : []),
      ...(widths.seq > 0 ? [style.dim(padTo(seq, widths.seq))] : []),
      `${paintSeverity(style, padTo(view.severity, widths.severity))} ${paintType(style, view, widths.type)}`,
      ...(widths.job > 0 ? [style.cyan(padTo(view.job, widths.job))] : []),
    ].join(gap);
    const margin = ' '.repeat(widthOf(before));
    const used = margin.length + this.#cellsWidth(view) + gap.length;
    const line = `${style.dim(before)}${cells}${gap}${this.#withFacts(view, used, margin)}`.trimEnd();
    return `${heading}${line}\n${showError(view, margin, style)}`;
  }

  #cellsWidth(view: EventView): number {
    const { source, seq, severity, type, job } = this.#widths;
    const optional = [source, seq, job].reduce((sum, width) => sum + (width > 0 ? width + gap.length : 0), 0);
    return optional + Math.max(severity, widthOf(view.severity)) + 1 + Math.max(type, widthOf(view.type));
  }

  /** The message, and the facts in their column; right behind it, where they would not fit there; else on lines of their own. */
  #withFacts({ message, facts }: EventView, used: number, margin: string): string {
    const { dim } = this.#options.style;
    if (facts === '') return message;
    const left = this.#output.isTerminal ? this.#output.columns - used - gap.length - widthOf(facts) : Infinity;
    const aligned = padTo(message, this.#widths.message);
    if (widthOf(aligned) <= left) return `${aligned}${gap}${dim(facts)}`;
    if (widthOf(message) <= left) return `${message}${gap}${dim(facts)}`;
    const width = Math.max(factsWidthMin, this.#output.columns - margin.length - gap.length);
    const lines = wrap(facts, width);
    return [message, ...lines.map((line) => `${margin}${gap}${dim(cutTo(line, width))}`)].join('\n');
  }

  /** A terminal shows the time of day, under a heading for each day; elsewhere every line says all of it, as it was recorded. */
  #timeOf({ timestamp }: EventView): { heading: string; time: string } {
    const { style, utc } = this.#options;
    if (!this.#output.isTerminal) return { heading: '', time: timestamp };
    const timeMs = Date.parse(timestamp);
    if (Number.isNaN(timeMs)) return { heading: '', time: ' '.repeat(clockWidth) };
    const { day, clock } = localTime(timeMs, utc);
    if (day === this.#day) return { heading: '', time: clock };
    this.#day = day;
    return { heading: `${style.dim(`── ${day}`)}\n`, time: clock };
  }
}

/** What a collector noted of a line stands first among its facts: the line itself cannot say it. */
function marked(view: EventView, marks: readonly string[] = []): EventView {
  return marks.length === 0 ? view : { ...view, facts: `[${marks.map(inert).join(' ')}] ${view.facts}`.trimEnd() };
}

const columns: readonly Column[] = ['source', 'seq', 'severity', 'type', 'job', 'message'];

function paintSeverity(style: Style, severity: string): string {
  switch (severity.trimEnd()) {
    case 'DEBUG':
      return style.dim(severity);
    case 'WARN':
      return style.yellow(severity);
    case 'ERROR':
      return style.red(severity);
    case 'CRITICAL':
      return style.bold(style.red(severity));
    default:
      return severity;
  }
}

function paintType(style: Style, { type, timestamp }: EventView, width: number): string {
  const padded = padTo(type, width);
  if (timestamp === '' && type === 'damaged line') return style.red(padded);
  return type.startsWith('log.') ? style.dim(padded) : style.bold(padded);
}

function showError({ error }: EventView, indent: string, style: Style): string {
  return error.map((line, index) => `${indent}${style.red(index === 0 ? '└ ' : '  ')}${style.red(line)}\n`).join('');
}
