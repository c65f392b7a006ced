// Other people's programs that the bench compares with.
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

/** Whether a program is installed: one that answers to its version flag. */
export function isInstalled(program: string, flag = '--version'): boolean {
  return spawnSync(program, [flag], { stdio: 'ignore' }).status === 0;
}

export interface CommandRun {
  readonly seconds: number;
  readonly output: string;
}

/**
 * Runs a program to its end and times it, its start included. Its output is returned, or goes to a file where one is named.
 * Exit statuses above `statusMax` are failures.
 */
export function timeCommand(command: readonly [string, ...string[]], outputPath?: string, statusMax = 0): Promise<CommandRun> {
  const [program, ...options] = command;
  const file = outputPath === undefined ? undefined : openSync(outputPath, 'w');
  const startMs = performance.now();
  return new Promise<CommandRun>((resolve, reject) => {
    const child = spawn(program, options, { stdio: ['ignore', file ?? 'pipe', 'inherit'] });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('close', (status, signal) => {
      const seconds = (performance.now() - startMs) / 1000;
      if (status !== null && status <= statusMax) resolve({ seconds, output });
      else reject(new Error(`${command.join(' ')} ended with ${signal ?? `status ${status}`}`));
    });
  }).finally(() => {
    if (file !== undefined) closeSync(file);
  });
}
