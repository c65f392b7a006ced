// A place with one collector, its agents and the network between them, in a folder of its own; all of it goes with its test.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Random, seedFrom } from '../random.ts';
import { Agent, type AgentOptions } from './agent.ts';
import { Collector } from './collector.ts';
import { waitFor } from './conversation.ts';
import { Network } from './network.ts';
import { Reader } from './reader.ts';

/** What a site is for: a test, or all tests of a file. */
export interface Lifetime {
  after(fn: () => void | Promise<void>): void;
  diagnostic?(message: string): void;
}

/** One place. */
export class Site {
  readonly folder: string;
  readonly dataFolder: string;
  /** Holds the token that agents ship with. */
  readonly tokenFile: string;
  readonly network: Network;
  readonly random: Random;
  /** Every agent that was started here. */
  readonly agents: Agent[] = [];
  readonly #collectors: Collector[] = [];
  #collector: Collector;
  #reader: Reader | undefined;
  #admin: Reader | undefined;

  private constructor(parts: { folder: string; dataFolder: string; network: Network; random: Random; collector: Collector }) {
    const { folder, dataFolder, network, random, collector } = parts;
    this.folder = folder;
    this.dataFolder = dataFolder;
    this.tokenFile = join(folder, 'token');
    this.network = network;
    this.random = random;
    this.#collector = collector;
    this.#collectors.push(collector);
  }

  /** Starts a collector with nothing in it. @param dataFolder where it is to keep what it gets; by default a folder of the site's */
  static async open(life: Lifetime, dataFolder?: string): Promise<Site> {
    const seed = seedFrom('COLLECTOR_SEED');
    life.diagnostic?.(`COLLECTOR_SEED=${seed}`);
    const random = new Random(seed);
    const folder = mkdtempSync(join(tmpdir(), 'agent-audit-site-'));
    const data = dataFolder ?? join(folder, 'data');
    const network = await Network.open(random);
    const collector = await Collector.start(data);
    const site = new Site({ folder, dataFolder: data, network, random, collector });
    life.after(() => site.close());
    network.target = new URL(collector.url);
    await site.#useFirstTokens();
    return site;
  }

  get collector(): Collector {
    return this.#collector;
  }

  /** Reads what the tenant of the agents may see. */
  get reader(): Reader {
    if (this.#reader === undefined) throw new Error('no token was made yet');
    return this.#reader;
  }

  /** May do anything. */
  get admin(): Reader {
    if (this.#admin === undefined) throw new Error('no token was made yet');
    return this.#admin;
  }

  /** Starts an agent, in a folder of its name, that ships over the network. */
  async agent(agentId: string, more: Partial<AgentOptions> = {}): Promise<Agent> {
    const logFile = join(this.folder, agentId, 'audit.log');
    return this.start({ agentId, logFile, endpoint: this.network.url, tokenFile: this.tokenFile, ...more });
  }

  /** Starts an agent with just these options. */
  async start(options: AgentOptions): Promise<Agent> {
    const agent = await Agent.start(options, () => this.collector.account());
    this.agents.push(agent);
    return agent;
  }

  /**
   * The collector is over, however that came: another process takes its place.
   * @param look looks at it before any agent can reach it
   */
  async startCollector(look: (reader: Reader) => Promise<void> = async () => {}): Promise<void> {
    this.network.target = undefined;
    this.#collector = await Collector.start(this.dataFolder);
    this.#collectors.push(this.#collector);
    await look(this.reader);
    this.network.target = new URL(this.#collector.url);
  }

  /** Another collector, over a folder with nothing in it: it has tokens of its own. */
  async startNewCollector(): Promise<void> {
    await this.startCollector(() => this.#useFirstTokens());
  }

  /** Waits until it is so, and says what everybody said where it never is. */
  async when(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
    await waitFor(what, isSo, () => this.collector.account());
  }

  async #useFirstTokens(): Promise<void> {
    const { admin, ingest } = await this.#collector.firstTokens();
    writeFileSync(this.tokenFile, `${ingest}\n`, { mode: 0o600 });
    const url = (): string => this.#collector.url;
    this.#admin = new Reader(url, admin);
    this.#reader = new Reader(url, (await this.#admin.makeToken(['read'])).secret);
  }

  /** Ends all of it; again does nothing. For a test whose data folder must not outlive the site's processes. */
  async close(): Promise<void> {
    for (const agent of this.agents) await agent.kill();
    for (const collector of this.#collectors) await collector.kill();
    this.network.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
