// Programs of their own: what a test of a process's end needs. Each is a built file beside this one.
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program under way. */
export interface Program {
  readonly child: ChildProcess;
  /** Resolves when it has printed this line. Rejects where it ends without it. */
  line(text: string): Promise<void>;
  /** The next line that begins with this, without it. */
  answer(prefix: string): Promise<string>;
  readonly ended: Promise<Ended>;
}

/** A program that runs longer hangs, where nothing else is said. Far above what any needs on a busy machine. */
const programMsMax = 60_000;

/** Where and as whom a program runs: as this process does, unless it says otherwise. */
export interface ProgramOptions {
  readonly cwd?: string;
  /** Set beside the variables of this process; undefined takes one away. */
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number;
  readonly gid?: number;
  /** How long it may run. */
  readonly msMax?: number;
}

/** Starts a program, built from `<name>.ts` of this folder. */
export function start(name: string, ...given: readonly string[]): Program {
  return run(process.execPath, [programFile(name), ...given]);
}

/** The file of a program, built from `<name>.ts` of this folder. */
export function programFile(name: string): string {
  return fileURLToPath(new URL(`./${name}.js`, import.meta.url));
}

/** Starts a command. It gets no variable of the log's but those that are given, and is killed where it hangs. */
export function run(command: string, given: readonly string[], { msMax = programMsMax, ...options }: ProgramOptions = {}): Program {
  const name = [command, ...given].join(' ');
  const stdio: ['pipe', 'pipe', 'pipe'] = ['pipe', 'pipe', 'pipe'];
  const env = { ...withoutOwn(process.env), ...options.env };
  const child = spawn(command, given, { ...options, env, stdio, timeout: msMax, killSignal: 'SIGABRT' });
  let stdout = '';
  let stderr = '';
  let isOver = false;
  const watchers = new Set<() => void>();
  const wake = (): void => {
    for (const watcher of watchers) watcher();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    wake();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      isOver = true;
      wake();
      resolve({ code, signal, stdout, stderr });
    });
  });
  let read = 0;
  const answer = (prefix: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        for (let end = stdout.indexOf('\n', read); end >= 0; end = stdout.indexOf('\n', read)) {
          const text = stdout.slice(read, end);
          read = end + 1;
          if (!text.startsWith(prefix)) continue;
          watchers.delete(look);
          resolve(text.slice(prefix.length));
          return;
        }
        if (!isOver) return;
        watchers.delete(look);
        reject(new Error(`${name} ended without saying ${JSON.stringify(prefix)}:\n${stdout}${stderr}`));
      };
      watchers.add(look);
      look();
    });
  const line = async (text: string): Promise<void> => {
    await answer(text);
  };
  return { child, line, answer, ended };
}

/** The log's variables are the test's to give; the runner's make a test of the child. */
function withoutOwn(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('AGENT_AUDIT_') && name !== 'NODE_TEST_CONTEXT'));
}
