// Processes that end with the one that started them: in order when that says so, and by themselves where it was killed.
import { type ChildProcess, spawn } from 'node:child_process';
import { isMainThread } from 'node:worker_threads';

const program = new URL('leash-program.js', import.meta.url).href;

/** What a process on a leash is given. */
export interface LeashedOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly stdout?: 'ignore' | 'pipe';
  readonly stderr?: 'ignore' | 'pipe';
}

/**
 * Starts a program of Node's in a process group of its own: Ctrl-C on the terminal reaches the one that started it, and not all at once,
 * so that it can end them in the order in which they need each other.
 */
export function spawnLeashed(file: string, given: readonly string[], options: LeashedOptions = {}): ChildProcess {
  const { env = process.env, stdout = 'ignore', stderr = 'ignore' } = options;
  const command = ['--import', program, file, ...given];
  return spawn(process.execPath, command, { env, detached: true, stdio: ['ignore', stdout, stderr, 'ipc'] });
}

/** Makes this process end, as SIGTERM ends it, when the one that started it is gone. One that was started otherwise goes on. */
export function endWithParent(): void {
  if (!isMainThread || process.channel === undefined) return;
  const end = (): void => void process.kill(process.pid, 'SIGTERM');
  process.once('disconnect', end);
  // Who only waits for that has nothing more to do.
  process.channel.unref();
  if (!process.connected) end();
}
