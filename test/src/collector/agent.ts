// An agent of tests: a real process with a log of its own that ships to a collector. See agent-program.ts.
import { cpSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { lines } from 'agent-audit/files';
import { Conversation, waitFor } from './conversation.ts';

/** What its program is started with. */
export interface AgentOptions {
  readonly agentId: string;
  readonly logFile: string;
  readonly endpoint: string;
  readonly tokenFile: string;
  readonly maxSizeMB?: number;
  readonly maxTotalSizeMB?: number;
  /** How far its clock is off. */
  readonly skewMs?: number;
}

/** How often it logged, and how often that gave a seq. */
export interface Counts {
  readonly events: number;
  readonly sequenced: number;
}

/** What tests look at of what its logger says of itself. */
export interface AgentHealth {
  readonly state: string;
  readonly reasons: readonly { readonly code: string }[];
  readonly origin: string;
  readonly size: number;
  readonly checkpointSize: number;
  readonly lost: { readonly events: number };
  readonly remote: { readonly size: number; readonly lagEvents: number; readonly lastError?: string };
}

/** One agent under way. */
export class Agent {
  readonly options: AgentOptions;
  readonly #talk: Conversation;

  readonly #account: () => string;

  private constructor(options: AgentOptions, talk: Conversation, account: () => string) {
    this.options = options;
    this.#talk = talk;
    this.#account = account;
  }

  /**
   * Starts it, and waits until its log is open.
   * @param account tells what others said, for an error
   */
  static async start(options: AgentOptions, account: () => string): Promise<Agent> {
    mkdirSync(dirname(options.logFile), { recursive: true });
    const talk = new Conversation(options.agentId, 'agent-program', [JSON.stringify(options)]);
    const agent = new Agent(options, talk, account);
    await talk.heard('open ');
    return agent;
  }

  /** The same agent's options over a copy of its folder as it is now, in a folder that is not there yet. */
  static copy(options: AgentOptions, folder: string): AgentOptions {
    cpSync(dirname(options.logFile), folder, { recursive: true });
    return { ...options, logFile: join(folder, 'audit.log') };
  }

  /** Folder of its log. */
  get folder(): string {
    return dirname(this.options.logFile);
  }

  /** Codes of what troubled it so far. */
  get troubles(): readonly string[] {
    return this.#talk.said.filter((line) => line.startsWith('trouble ')).map((line) => line.split(' ')[1] ?? '');
  }

  /** What troubled it so far with other codes than these, in its words. */
  troubledBesides(...codes: readonly string[]): readonly string[] {
    return this.#talk.said.filter((line) => line.startsWith('trouble ') && !codes.includes(line.split(' ')[1] ?? ''));
  }

  async log(events: number): Promise<Counts> {
    return countsOf(await this.#talk.ask(`log ${events}`, 'logged '));
  }

  /** Logs without end from now on. */
  async run(): Promise<void> {
    await this.#talk.ask('run', 'running');
  }

  async rest(): Promise<Counts> {
    return countsOf(await this.#talk.ask('rest', 'resting '));
  }

  async count(): Promise<Counts> {
    return countsOf(await this.#talk.ask('count', 'counted '));
  }

  async flush(): Promise<void> {
    await this.#talk.ask('flush', 'flushed');
  }

  async health(): Promise<AgentHealth> {
    return JSON.parse(await this.#talk.ask('health', 'health ')) as AgentHealth;
  }

  /** Waits until its logger says of itself what is wanted. */
  async when(what: string, isSo: (health: AgentHealth) => boolean): Promise<AgentHealth> {
    let health: AgentHealth | undefined;
    const look = async (): Promise<boolean> => isSo((health = await this.health()));
    await waitFor(`${this.options.agentId}: ${what}`, look, () => `${JSON.stringify(health)}\n${this.#talk.account()}\n${this.#account()}`);
    return health ?? this.health();
  }

  /** Waits until it was told of a trouble. */
  async troubled(code: string): Promise<void> {
    await this.#talk.heard(`trouble ${code} `);
  }

  /** Waits until the collector has cosigned all that it has logged. */
  async shipped(): Promise<AgentHealth> {
    await this.flush();
    return this.when('all is shipped', ({ size, checkpointSize, remote }) => size === checkpointSize && remote.size === size);
  }

  /** Ships what it has, and ends. */
  async stop(): Promise<Counts> {
    const counts = countsOf(await this.#talk.ask('stop', 'stopped '));
    const { code, stderr } = await this.#talk.ended();
    if (code !== 0 || stderr !== '') throw new Error(`${this.options.agentId} ended with ${code}\n${stderr}`);
    return counts;
  }

  async kill(): Promise<void> {
    await this.#talk.kill();
  }

  /** Every line that is in its log now, in order, without LF. */
  async lines(): Promise<readonly { readonly seq: number; readonly line: Buffer }[]> {
    const found: { seq: number; line: Buffer }[] = [];
    for await (const { seq, line } of lines(this.options.logFile)) found.push({ seq, line: Buffer.from(line) });
    return found;
  }
}

function countsOf(text: string): Counts {
  const [events = NaN, sequenced = NaN] = text.split(' ').map(Number);
  return { events, sequenced };
}
