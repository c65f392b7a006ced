// Follows a collector: prints what comes in, and after a cut goes on behind the last event that it had. Nothing is missed silently.
import { type ReadEvent, tailKeepAliveMs, tailMediaType, type TailMessage, TailParser, tailPath } from '@agent-audit/log';
import type { Invocation } from '../command.ts';
import { CliError, type CliErrorCode } from '../error.ts';
import { inert } from '../text.ts';
import { counted, duration } from '../units.ts';
import type { Collector } from './client.ts';
import { lineOf } from './events.ts';
import type { RemoteReader } from './remote-reader.ts';
import type { Answer } from './transport.ts';

/** A connection on which nothing came for so long is dead: the collector says every `tailKeepAliveMs` that it is there. */
const idleMs = 3 * tailKeepAliveMs;
const firstWaitMs = 1_000;
const longestWaitMs = 30_000;

/** What may pass by itself: the way there, or a collector that starts again. Anything else is for the person to mend. */
const passing: ReadonlySet<CliErrorCode> = new Set<CliErrorCode>([
  'COLLECTOR_UNREACHABLE',
  'PROXY_REFUSED',
  'UNAVAILABLE',
  'RATE_LIMITED',
  'INTERNAL',
]);

/** One tail of a collector. */
export class Follower {
  readonly #collector: Collector;
  readonly #invocation: Invocation;
  readonly #reader: RemoteReader;
  /** Where to go on; undefined until the collector has said. */
  #cursor: string | undefined;
  /** What was shown before the tail began, and may come once more in it. */
  #shown: ReadonlySet<string> = new Set();

  constructor(collector: Collector, invocation: Invocation, reader: RemoteReader) {
    this.#collector = collector;
    this.#invocation = invocation;
    this.#reader = reader;
  }

  /**
   * Follows until the signal ends it, or nobody reads any more.
   * @param showFirst shows what is there already; called once the tail listens, so that nothing falls between the two
   */
  async follow(showFirst: () => Promise<readonly ReadEvent[]>): Promise<void> {
    let answer = await this.#connect();
    try {
      this.#shown = new Set((await showFirst()).map(keyOf));
      while (!this.#isOver()) {
        const cut = await this.#read(answer);
        if (this.#isOver()) return;
        answer = await this.#connectAgain(cut);
      }
    } finally {
      // An open connection would keep the process.
      answer.destroy();
    }
  }

  #isOver(): boolean {
    const { io } = this.#invocation;
    return io.signal.aborted || io.stdout.isClosed;
  }

  #connect(): Promise<Answer> {
    const { q } = this.#reader.parameters;
    const headers: Record<string, string> = this.#cursor === undefined ? {} : { 'last-event-id': this.#cursor };
    return this.#collector.stream(tailPath, { q }, { accept: tailMediaType, headers, idleMs });
  }

  /** Prints what comes, until it breaks off; says why it did. */
  async #read(answer: Answer): Promise<string> {
    const parser = new TailParser();
    const decoder = new TextDecoder();
    let hasMoved = false;
    try {
      for await (const piece of answer.body) {
        for (const message of parser.push(decoder.decode(piece, { stream: true }))) {
          // What was passed over is still there behind the last event: read it from there.
          if (message.kind === 'gap' && hasMoved) return gapText(message);
          if (message.kind === 'gap') await this.#warn(`${gapText(message)}; agent-audit query finds it`);
          else hasMoved ||= message.kind === 'event' && this.#cursor !== message.cursor;
          await this.#take(message);
        }
        if (this.#isOver()) return '';
      }
      return 'the collector closed the connection';
    } catch (error) {
      if (this.#isOver()) return '';
      if (error instanceof CliError && passing.has(error.code)) return error.message;
      throw error;
    }
  }

  async #take(message: TailMessage): Promise<void> {
    if (message.kind === 'event' && !this.#shown.has(keyOf(message.event))) await this.#reader.print([lineOf(message.event)]);
    if (message.kind !== 'gap') this.#cursor = message.cursor;
  }

  async #connectAgain(cut: string): Promise<Answer> {
    let why = cut;
    for (let waitMs = firstWaitMs; ; waitMs = Math.min(longestWaitMs, 2 * waitMs)) {
      await this.#warn(`${why}; connecting again in ${duration(waitMs)}`);
      await this.#invocation.io.wait(waitMs);
      try {
        const answer = await this.#connect();
        const since = this.#cursor === undefined ? 'what came in meanwhile is not shown; query finds it' : 'going on behind the last event';
        await this.#say(`connected again: ${since}`);
        return answer;
      } catch (error) {
        if (this.#isOver() || !(error instanceof CliError)) throw error;
        if (error.code === 'CURSOR_MALFORMED' && this.#cursor !== undefined) this.#cursor = undefined;
        else if (!passing.has(error.code)) throw error;
        why = error.message;
      }
    }
  }

  async #warn(text: string): Promise<void> {
    const { io, errorStyle } = this.#invocation;
    await io.stderr.write(`${errorStyle.yellow('warning:')} ${inert(text)}\n`);
  }

  async #say(text: string): Promise<void> {
    const { io, errorStyle } = this.#invocation;
    await io.stderr.write(`${errorStyle.dim(inert(text))}\n`);
  }
}

function gapText({ gap }: Extract<TailMessage, { kind: 'gap' }>): string {
  const what = gap.missed === undefined ? 'events were' : `${counted(gap.missed, 'event')} ${gap.missed === 1 ? 'was' : 'were'}`;
  return `${what} passed over: ${gap.message}`;
}

function keyOf({ log, seq }: ReadEvent): string {
  return `${log}/${seq}`;
}
