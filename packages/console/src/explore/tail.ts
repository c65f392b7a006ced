// Follows what comes in. Not by EventSource: it cannot tell a refusal from a cut line, and does not notice a line that went dead.
import { LogError, type ReadEvent, tailKeepAliveMs, TailParser, tailPath } from '@agent-audit/log';
import { openStream } from '../api/client.ts';
import { isPassing, Problem } from '../api/problem.ts';
import { after } from '../clock.ts';

/** How a tail stands. */
export type TailState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'waiting'; readonly why: string }
  | { readonly kind: 'ended'; readonly error: unknown };

/** What a tail tells. */
export interface TailListener {
  onState(state: TailState): void;
  onEvents(events: readonly ReadEvent[]): void;
  /** Events were passed over; a search still finds them. */
  onGap(message: string): void;
}

const retryMs = 2000;

/** Follows a search until `signal` is aborted. It connects again behind the last message that came, so that nothing is missed. */
export async function followTail(q: string, listener: TailListener, signal: AbortSignal): Promise<void> {
  let cursor: string | undefined;
  while (!signal.aborted) {
    listener.onState({ kind: 'connecting' });
    try {
      cursor = await readOnce({ q, cursor, listener, signal });
      listener.onState({ kind: 'waiting', why: 'The line was cut.' });
    } catch (error) {
      if (signal.aborted) return;
      const isCut = isPassing(error) || error instanceof Cut || error instanceof TypeError;
      if (error instanceof Cut) ({ cursor } = error);
      if (!isCut) return listener.onState({ kind: 'ended', error });
      listener.onState({ kind: 'waiting', why: error instanceof Problem ? error.message : 'The line was cut.' });
    }
    await pause(retryMs, signal);
  }
}

/** The connection broke off behind this cursor. */
class Cut extends Error {
  readonly cursor: string | undefined;

  constructor(cursor: string | undefined) {
    super('the tail was cut');
    this.cursor = cursor;
  }
}

interface Connection {
  readonly q: string;
  readonly cursor: string | undefined;
  readonly listener: TailListener;
  readonly signal: AbortSignal;
}

async function readOnce({ q, cursor: from, listener, signal }: Connection): Promise<string | undefined> {
  const dead = new AbortController();
  let cursor = from;
  const headers = from === undefined ? {} : { 'last-event-id': from };
  const stream = await openStream(tailPath, { q: q === '' ? undefined : q }, headers, AbortSignal.any([signal, dead.signal]));
  listener.onState({ kind: 'open' });
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new TailParser();
  for (;;) {
    const stopWatch = after(3 * tailKeepAliveMs, () => dead.abort());
    let piece: ReadableStreamReadResult<string>;
    try {
      piece = await reader.read();
    } catch {
      throw new Cut(cursor);
    } finally {
      stopWatch();
    }
    if (piece.done) return cursor;
    const events: ReadEvent[] = [];
    for (const message of messagesOf(parser, piece.value)) {
      if (message.kind === 'gap') listener.onGap(message.gap.message);
      else ({ cursor } = message);
      if (message.kind === 'event') events.push(message.event);
    }
    if (events.length > 0) listener.onEvents(events);
  }
}

function messagesOf(parser: TailParser, piece: string): ReturnType<TailParser['push']> {
  try {
    return parser.push(piece);
  } catch (error) {
    if (error instanceof LogError) throw new Problem('ANSWER_UNREADABLE', error.message);
    throw error;
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = after(ms, resolve);
    signal.addEventListener('abort', () => {
      stop();
      resolve();
    });
  });
}
