import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * The connections of a server, so that a stop need not wait for them: Node closes those that idle after a request, but not those that
 * never sent one.
 */
export class Connections {
  /** As they came in, before any handshake. */
  readonly #raw = new Set<Socket>();
  /** As requests come over them. */
  readonly #ready = new Set<Socket>();
  readonly #busy = new Map<Socket, number>();

  /** @param isTls whether requests come over another socket than the one that was accepted */
  constructor(server: Server, isTls: boolean) {
    server.on('connection', (socket: Socket) => keep(this.#raw, socket));
    server.on(isTls ? 'secureConnection' : 'connection', (socket: Socket) => keep(this.#ready, socket));
    server.on('request', ({ socket }, response) => {
      this.#busy.set(socket, (this.#busy.get(socket) ?? 0) + 1);
      response.once('close', () => {
        const others = (this.#busy.get(socket) ?? 1) - 1;
        if (others > 0) this.#busy.set(socket, others);
        else this.#busy.delete(socket);
      });
    });
  }

  /** How many there are. */
  get count(): number {
    return this.#raw.size;
  }

  /** Closes those over which no request is under way. */
  endIdle(): void {
    for (const socket of this.#ready) if (!this.#busy.has(socket)) socket.destroy();
  }

  /** Closes all. */
  endAll(): void {
    for (const socket of this.#raw) socket.destroy();
  }
}

function keep(set: Set<Socket>, socket: Socket): void {
  set.add(socket);
  socket.once('close', () => set.delete(socket));
}
