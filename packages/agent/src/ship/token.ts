// The bearer token, from wherever it comes. It is in no message and in no log.
import { decodeUtf8 } from '@agent-audit/log';
import { type Clock, orLate } from '../clock.ts';
import { type Disk, readWhole } from '../disk.ts';
import { messageOf } from '../error.ts';
import type { TokenSource } from './messages.ts';
import { ShipTrouble } from './trouble.ts';

/** Asks the caller's function, on the thread that it belongs to. */
export type AskToken = () => Promise<string>;

const askMsMax = 10_000;
const keepAskedMs = 60_000;
const next = 'Lines stay in the log, and are shipped once there is one';

/** Gives the token for the next request. */
export class Tokens {
  readonly #source: TokenSource;
  readonly #disk: Disk;
  readonly #clock: Clock;
  readonly #ask: AskToken;
  #asked: { readonly token: string; readonly atMs: number } | undefined;

  constructor(source: TokenSource, disk: Disk, clock: Clock, ask: AskToken) {
    this.#source = source;
    this.#disk = disk;
    this.#clock = clock;
    this.#ask = ask;
  }

  /** The token as it is now; undefined where none was given.
   * @throws ShipTrouble REMOTE_REFUSED where there is one, and it cannot be had
   */
  async now(): Promise<string | undefined> {
    switch (this.#source.kind) {
      case 'none':
        return undefined;
      case 'text':
        return checked(this.#source.token, 'the option remoteToken or variable AGENT_AUDIT_TOKEN');
      case 'file':
        return this.#read(this.#source.path);
      case 'asked':
        return this.#askNow();
    }
  }

  /** The collector does not take it: the caller's function is asked anew. */
  forget(): void {
    this.#asked = undefined;
  }

  #read(path: string): string {
    let bytes: Uint8Array | undefined;
    try {
      bytes = readWhole(this.#disk, path);
    } catch (cause) {
      const why = `the token's file ${path} cannot be read: ${messageOf(cause)}`;
      throw new ShipTrouble('REMOTE_REFUSED', `${why}. ${next}`, undefined, { cause });
    }
    if (bytes === undefined) throw new ShipTrouble('REMOTE_REFUSED', `the token's file ${path} is not there. ${next}`);
    return checked(decodeUtf8(bytes) ?? '', path);
  }

  async #askNow(): Promise<string> {
    const now = this.#clock.monotonicMs();
    if (this.#asked !== undefined && now - this.#asked.atMs < keepAskedMs) return this.#asked.token;
    let token: string | undefined;
    try {
      token = await orLate<string | undefined>(this.#clock, this.#ask(), askMsMax, undefined);
    } catch (cause) {
      throw new ShipTrouble('REMOTE_REFUSED', `the function remoteToken failed: ${messageOf(cause)}. ${next}`, undefined, { cause });
    }
    if (token === undefined) {
      throw new ShipTrouble('REMOTE_REFUSED', `the function remoteToken gave no token within ${askMsMax / 1_000} s. ${next}`);
    }
    const sound = checked(token, 'what the function remoteToken gave');
    this.#asked = { token: sound, atMs: now };
    return sound;
  }
}

/** Without what surrounds it. Anything that cannot stand in a header is no token. */
function checked(text: string, from: string): string {
  const token = text.trim();
  if (/^[\u0021-\u007e]+$/.test(token)) return token;
  const why = token === '' ? 'is empty' : 'holds white space or characters that a header cannot carry';
  throw new ShipTrouble('REMOTE_REFUSED', `${from} is no token: it ${why}. ${next}`);
}
