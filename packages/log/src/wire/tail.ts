// Server-sent events, as `GET /v1/tail` speaks them: `place` first, `event` as they come in, `gap`, and comments that keep the line open.
//
// Its order is that in which events came in, not that of their times: what an agent sends late is told late, and never missed. So its
// cursors are its own: those of `GET /v1/events` are no use to it.
import { LogError } from '../error.ts';
import { type ReadEvent, type TailGap, tailEvent, tailGap } from './read.ts';

/** The media type of a tail. */
export const tailMediaType = 'text/event-stream';

/** How often a tail without events says that it is still there. A reader that hears nothing three times as long connects again. */
export const tailKeepAliveMs = 15_000;

/** That comment. */
export const tailKeepAlive = ':\n\n';

/** Characters of one message at most: a line of 65,535 bytes, each of which may be escaped, and what stands around it. */
const messageLengthMax = 6 * 65_536 + 65_536;

/** What a tail says. */
export type TailMessage =
  /** Where the reader stands, without an event: the first message, so that a reader cut off before any event misses none. */
  | { readonly kind: 'place'; readonly cursor: string }
  | { readonly kind: 'event'; readonly cursor: string; readonly event: ReadEvent }
  | { readonly kind: 'gap'; readonly gap: TailGap };

/** A message, as it stands in the stream. The cursor is one line. */
export function formatTailMessage(message: TailMessage): string {
  if (message.kind === 'gap') return `event: gap\ndata: ${tailGap.format(message.gap)}\n\n`;
  if (message.kind === 'place') return `id: ${message.cursor}\nevent: place\ndata: {}\n\n`;
  return `id: ${message.cursor}\nevent: event\ndata: ${tailEvent.format(message.event)}\n\n`;
}

/** Reads a tail, piece by piece as it comes. */
export class TailParser {
  #rest = '';
  #length = 0;
  #lines: string[] = [];

  /**
   * The messages that this piece completes. Kinds that are not known are left out, and so is what the stream breaks off in.
   * @throws LogError WIRE_MALFORMED
   */
  push(piece: string): readonly TailMessage[] {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    const messages: TailMessage[] = [];
    for (const raw of lines) {
      const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw;
      if (line !== '') this.#add(line);
      else {
        const message = readMessage(this.#lines);
        if (message !== undefined) messages.push(message);
        this.#lines = [];
        this.#length = 0;
      }
    }
    this.#refuseLong(this.#rest.length);
    return messages;
  }

  #add(line: string): void {
    if (line.startsWith(':')) return;
    this.#refuseLong(line.length);
    this.#length += line.length;
    this.#lines.push(line);
  }

  #refuseLong(more: number): void {
    if (this.#length + more > messageLengthMax)
      throw new LogError('WIRE_MALFORMED', `the tail cannot be read: a message is longer than ${messageLengthMax} characters`);
  }
}

function readMessage(lines: readonly string[]): TailMessage | undefined {
  let id = '';
  let kind = '';
  const data: string[] = [];
  for (const line of lines) {
    const [, name = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (name === 'id') id = value;
    if (name === 'event') kind = value;
    if (name === 'data') data.push(value);
  }
  if (kind === 'gap') return { kind, gap: tailGap.parse(data.join('\n')) };
  if (kind !== 'event' && kind !== 'place') return undefined;
  if (id === '') throw new LogError('WIRE_MALFORMED', `the tail cannot be read: an event \`${kind}\` has no id`);
  if (kind === 'place') return { kind, cursor: id };
  return { kind, cursor: id, event: tailEvent.parse(data.join('\n')) };
}
