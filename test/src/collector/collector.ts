// The collector of tests: a real process over a data folder, which may be killed, stopped, frozen and started again. See
// collector-program.ts.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Conversation } from './conversation.ts';

/** Why no collector can run here; false where one can. For the option `skip` of a test. */
export const cannotCollect: string | false = missing('chdb');

/** Of a package that the collector depends on, optionally. */
function missing(name: string): string | false {
  try {
    createRequire(import.meta.resolve('@agent-audit/collector')).resolve(name);
    return false;
  } catch {
    return `needs the optional package ${name}`;
  }
}

const shownFaults = 5;

/** One process. */
export class Collector {
  readonly url: string;
  /** The key that it cosigns with. */
  readonly vkey: string;
  readonly #talk: Conversation;
  readonly #dataFolder: string;

  private constructor(talk: Conversation, dataFolder: string, url: string, vkey: string) {
    this.#talk = talk;
    this.#dataFolder = dataFolder;
    this.url = url;
    this.vkey = vkey;
  }

  /** Starts one over this folder, and waits until it listens. */
  static async start(dataFolder: string): Promise<Collector> {
    const talk = new Conversation('collector', 'collector-program', [dataFolder]);
    await talk.heard('ready');
    return new Collector(talk, dataFolder, await talk.heard('url '), await talk.heard('vkey '));
  }

  /** Starts one and kills it somewhere on its way. */
  static async startAndKill(dataFolder: string, afterMs: number): Promise<void> {
    const talk = new Conversation('collector', 'collector-program', [dataFolder]);
    const timer = setTimeout(() => talk.signal('SIGKILL'), afterMs);
    await talk.ended();
    clearTimeout(timer);
  }

  /** Secrets of the tokens that the very first start made. */
  async firstTokens(): Promise<{ readonly admin: string; readonly ingest: string }> {
    const [admin = '', ingest = ''] = (await this.#talk.heard('tokens ')).split(' ');
    return { admin, ingest };
  }

  /** What troubled it, in its words. */
  get troubles(): readonly string[] {
    return this.#talk.said.filter((line) => line.startsWith('trouble '));
  }

  get isOver(): boolean {
    return this.#talk.isOver;
  }

  signal(signal: NodeJS.Signals): void {
    this.#talk.signal(signal);
  }

  async kill(): Promise<void> {
    await this.#talk.kill();
  }

  /** Ends it as an operator does. */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    await this.#talk.heard('closed');
    const { code, stderr } = await this.#talk.ended();
    if (code !== 0 || stderr !== '') throw new Error(`the collector ended with ${code}\n${stderr}`);
  }

  /** What it said, and the faults that its own log tells of. */
  account(): string {
    const path = join(this.#dataFolder, 'collector.log');
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n') : [];
    const faults = lines.filter((line) => line.includes('"internal_error"'));
    return [this.#talk.account(), 'its own log tells of:', ...faults.slice(-shownFaults)].join('\n  ');
  }
}
