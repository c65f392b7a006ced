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

/** A program that runs longer hangs. Far above what any needs on a busy machine. */
const programMsMax = 60_000;

/** Starts a program, built from `<name>.ts` of this folder. It gets no variable of the log's, and is killed where it hangs. */
export function start(name: string, ...given: readonly string[]): Program {
  const file = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  const stdio: ['pipe', 'pipe', 'pipe'] = ['pipe', 'pipe', 'pipe'];
  const child = spawn(process.execPath, [file, ...given], { stdio, timeout: programMsMax, killSignal: 'SIGABRT' });
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
