// A program that is talked with for as long as a test lasts. All that it says is kept, so that a test can look back, and wait for a word
// that may have been said already.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Program, type ProgramOptions, programFile, run } from '../program.ts';

/** How long anything may take to come on a machine that is busy. It ends a test that would wait for ever, with what was said until then. */
const waitMsMax = 100_000;
const lookMs = 20;
/** A soak test talks with a program for many minutes. */
const programMsMax = 30 * 60_000;
const shownLines = 40;

/** Comes back when it is so. Where that never happens, the error says what was waited for, and whatever `state` tells. */
export async function waitFor(what: string, isSo: () => boolean | Promise<boolean>, state: () => string = () => ''): Promise<void> {
  const tries = waitMsMax / lookMs;
  const signal = AbortSignal.timeout(waitMsMax);
  for (let turn = 0; turn < tries && !signal.aborted; turn++) {
    if (await isSo()) return;
    await sleep(lookMs);
  }
  throw new Error(`never came: ${what}\n${state()}`);
}

/** One program, and what it has said so far. */
export class Conversation {
  readonly name: string;
  /** Whole lines, in the order in which they came. */
  readonly said: string[] = [];
  readonly #program: Program;
  #isOver = false;

  /** @param program built from `<program>.ts` of this folder */
  constructor(name: string, program: string, given: readonly string[], options: ProgramOptions = {}) {
    this.name = name;
    this.#program = run(process.execPath, [programFile(`collector/${program}`), ...given], { msMax: programMsMax, ...options });
    let rest = '';
    this.#program.child.stdout?.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      this.said.push(...lines);
    });
    void this.#program.ended.finally(() => {
      this.#isOver = true;
    });
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** What stands behind the first line that begins with this, of the lines from this one on. */
  async heard(prefix: string, from: number = 0): Promise<string> {
    const find = (): string | undefined => this.said.slice(from).find((line) => line.startsWith(prefix));
    const isThere = (): boolean => find() !== undefined;
    await waitFor(`${JSON.stringify(prefix)} of ${this.name}`, () => isThere() || this.#isOver, () => this.account());
    const line = find();
    if (line === undefined) throw new Error(`${this.name} ended without saying ${JSON.stringify(prefix)}\n${await this.#ending()}`);
    return line.slice(prefix.length).trim();
  }

  /** Says a line, and waits for one that begins with this. */
  async ask(line: string, answer: string): Promise<string> {
    const from = this.said.length;
    this.#program.child.stdin?.write(`${line}\n`);
    return this.heard(answer, from);
  }

  signal(signal: NodeJS.Signals): void {
    this.#program.child.kill(signal);
  }

  /** Kills it, and waits until it is gone. */
  async kill(): Promise<void> {
    this.signal('SIGKILL');
    await this.#program.ended;
  }

  /** How it ended. */
  async ended(): Promise<{ readonly code: number | null; readonly stderr: string }> {
    return this.#program.ended;
  }

  /** What it said last, for an error. */
  account(): string {
    const told = this.said.filter((line, i) => !line.startsWith('health ') || i === this.said.length - 1);
    return [`${this.name} said:`, ...told.slice(-shownLines)].join('\n  ');
  }

  async #ending(): Promise<string> {
    const { code, signal, stderr } = await this.#program.ended;
    return `${this.account()}\nended with ${code ?? signal}\n${stderr}`;
  }
}
