// What lies between agents and their collector: an HTTP proxy of the test's, in which any weather can be made. Agents know its address
// only, so that a collector may come back at another port.
import { createServer, type IncomingMessage, request as send, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../random.ts';
import { waitFor } from './conversation.ts';

/**
 * fair: requests go through · cut: connections are reset · hung: requests are heard and never answered · slow: bodies trickle · half: the
 * connection breaks in the middle of a body · deaf: the collector hears all, its answers are lost (reset) · mute: the same, but the
 * connection ends as if all were well · doubled: each request arrives twice at the same time, and the later answer counts · replayed:
 * after each request an old one arrives again.
 */
export type Weather = 'fair' | 'cut' | 'hung' | 'slow' | 'half' | 'deaf' | 'mute' | 'doubled' | 'replayed';

/** A request, whole. */
export interface Heard {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const remembered = 50;
const trickles = 5;

/** The way to one collector. */
export class Network {
  /** Where the collector is. While it is nowhere, requests wait, as they do at a proxy that looks for a living server. */
  target: URL | undefined;
  /** How many requests met each weather. */
  readonly met: Record<Weather, number> = { fair: 0, cut: 0, hung: 0, slow: 0, half: 0, deaf: 0, mute: 0, doubled: 0, replayed: 0 };
  /** Status of each answer that the collector gave, in order. */
  readonly statuses: number[] = [];
  /** Requests that the collector has, and has not answered. */
  waiting = 0;
  readonly #server: Server;
  readonly #random: Random;
  readonly #sockets = new Set<Socket>();
  /** The last requests that went through or hang, oldest first. */
  readonly past: Heard[] = [];
  #weather: Weather = 'fair';

  private constructor(random: Random) {
    this.#random = random;
    this.#server = createServer((request, response) => {
      // Whoever breaks off, breaks off: the other side has heard of it.
      this.#pass(request, response).catch(() => request.socket.destroy());
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket)).on('error', () => {});
      if (this.#weather !== 'cut') return;
      this.met.cut++;
      socket.resetAndDestroy();
    });
  }

  static async open(random: Random): Promise<Network> {
    const network = new Network(random);
    await new Promise<void>((resolve) => network.#server.listen(0, '127.0.0.1', resolve));
    return network;
  }

  /** What agents are given. */
  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  get weather(): Weather {
    return this.#weather;
  }

  /** Changes. What hangs is broken off, as by a router that starts anew. */
  set weather(weather: Weather) {
    const wasHung = this.#weather === 'hung';
    this.#weather = weather;
    if (wasHung || weather === 'cut') for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    const heard: Heard = { method, path: url, headers, body: Buffer.concat(await request.toArray()) };
    const weather = this.#weather;
    this.met[weather]++;
    switch (weather) {
      case 'cut':
        request.socket.resetAndDestroy();
        return;
      case 'hung':
        this.#remember(heard);
        return;
      case 'half':
        await this.#forward(heard, 'half').catch(() => {});
        request.socket.resetAndDestroy();
        return;
      case 'deaf':
        await this.#forward(heard);
        request.socket.resetAndDestroy();
        return;
      case 'mute':
        await this.#forward(heard);
        request.socket.end();
        return;
      case 'doubled': {
        const [, second] = await Promise.all([this.#forward(heard), this.#forward(heard)]);
        answer(response, second);
        return;
      }
      case 'replayed': {
        const first = await this.#forward(heard);
        const old = this.past[this.#random.between(0, this.past.length - 1)];
        if (old !== undefined) await this.#forward(old);
        this.#remember(heard);
        answer(response, first);
        return;
      }
      case 'slow':
      case 'fair':
        this.#remember(heard);
        answer(response, await this.#forward(heard, weather === 'slow' ? 'slow' : 'whole'));
    }
  }

  #remember(heard: Heard): void {
    this.past.push(heard);
    if (this.past.length > remembered) this.past.shift();
  }

  async #forward({ method, path, headers, body }: Heard, how: 'whole' | 'slow' | 'half' = 'whole'): Promise<Answered> {
    await waitFor('a collector that listens', () => this.target !== undefined);
    const { target } = this;
    if (target === undefined) throw new Error('the collector is gone again');
    this.waiting++;
    return new Promise<Answered>((resolve, reject) => {
      const onward = { ...headers, connection: 'close' };
      const request = send({ host: target.hostname, port: target.port, method, path, headers: onward, agent: false });
      request.once('error', reject);
      request.once('response', (response) => {
        response.toArray().then((pieces) => {
          const status = response.statusCode ?? 0;
          this.statuses.push(status);
          resolve({ status, headers: response.headers, body: Buffer.concat(pieces) });
        }, reject);
      });
      if (how === 'whole') {
        request.end(body);
      } else if (how === 'half') {
        request.write(body.subarray(0, body.length / 2), () => request.destroy(new Error('the connection broke')));
      } else {
        void trickle(body, (piece) => void request.write(piece)).then(() => request.end());
      }
    }).finally(() => this.waiting--);
  }
}

async function trickle(body: Buffer, write: (piece: Buffer) => void): Promise<void> {
  const bytes = Math.ceil(body.length / trickles);
  for (let at = 0; at < body.length; at += bytes) {
    write(body.subarray(at, at + bytes));
    await sleep(5);
  }
}

/** Of one connection, not of what comes over it. */
const hopHeaders = new Set(['connection', 'keep-alive', 'transfer-encoding']);

function answer(response: ServerResponse, { status, headers, body }: Answered): void {
  const kept = Object.entries(headers).filter(([name]) => !hopHeaders.has(name));
  response.writeHead(status, { ...Object.fromEntries(kept), 'content-length': String(body.length) });
  response.end(body);
}
