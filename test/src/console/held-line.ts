// What lies between an agent and its collector, and holds up its lines half-way: the first request with lines goes through, the others wait
// until they are let go. Everything else passes.
import { createServer, type IncomingMessage, request as send, type Server, type ServerResponse } from 'node:http';
import { entriesPath } from '@agent-audit/log';

/** The way to one collector. */
export class HeldLine {
  readonly #target: URL;
  readonly #server: Server;
  readonly #held: (() => void)[] = [];
  #passed = 0;
  #isOpen = false;

  private constructor(target: string) {
    this.#target = new URL(target);
    this.#server = createServer((request, response) => this.#take(request, response));
  }

  static async open(target: string): Promise<HeldLine> {
    const line = new HeldLine(target);
    await new Promise<void>((resolve) => line.#server.listen(0, '127.0.0.1', resolve));
    return line;
  }

  /** What the agent is given. */
  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  /** Requests that wait. */
  get held(): number {
    return this.#held.length;
  }

  /** Lets all go, and holds none any more. */
  letGo(): void {
    this.#isOpen = true;
    for (const pass of this.#held.splice(0)) pass();
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const pass = (): void => this.#forward(request, response);
    if (request.url !== entriesPath || this.#isOpen || this.#passed++ === 0) pass();
    else this.#held.push(pass);
  }

  #forward(request: IncomingMessage, response: ServerResponse): void {
    const { hostname: host, port } = this.#target;
    const { method, url: path, headers } = request;
    const onward = send({ host, port, method, path, headers, agent: false }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    // Whoever breaks off, breaks off: the other side has heard of it.
    onward.on('error', () => request.socket.destroy());
    request.pipe(onward);
  }
}
