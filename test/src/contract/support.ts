// What the contract's tests share: folders of their own, a log's lines as they stand on disk, programs of their own.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { AuditError, type AuditErrorCode } from 'agent-audit';
import { temporaryFolder } from '../temporary-folder.ts';

export { temporaryFolder } from '../temporary-folder.ts';

/** A line of a log, by the names on the wire. */
export interface WireEvent extends Readonly<Record<string, unknown>> {
  readonly seq: number;
  readonly type: string;
}

/** A path for a log, in a folder of its own. */
export function temporaryLog(t: TestContext): string {
  return join(temporaryFolder(t), 'audit.log');
}

/** The lines of a file, parsed as any JSON, the log's own lines included. */
export function wireLines(logFile: string): WireEvent[] {
  const lines = readFileSync(logFile, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as WireEvent);
}

/** The events of a file: the log's own lines left out. */
export function wireEvents(logFile: string): WireEvent[] {
  return wireLines(logFile).filter(({ type }) => !type.startsWith('log.'));
}

/** What an event says, without what differs from run to run. */
export function said({ seq: _seq, timestamp: _timestamp, ...rest }: WireEvent): Record<string, unknown> {
  return rest;
}

/** Sets variables for the length of a test. */
export function setEnvironment(t: TestContext, variables: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    process.env[name] = value;
    t.after(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}

/** For assert.throws and assert.rejects: an AuditError of this code that says all of this. */
export function auditError(code: AuditErrorCode, ...texts: readonly (string | RegExp)[]): (error: unknown) => boolean {
  return (error) => {
    if (!(error instanceof AuditError) || error.code !== code) return false;
    return texts.every((text) => (typeof text === 'string' ? error.message.includes(text) : text.test(error.message)));
  };
}

/** Resolves when the condition holds, asked whenever something in the folder changes. */
export function untilFolder(folder: string, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder);
    const look = (): void => {
      if (!condition()) return;
      watcher.close();
      resolve();
    };
    watcher.on('change', look);
    look();
  });
}

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const workspace = fileURLToPath(new URL('../..', import.meta.url));

/** How a program is run. */
export interface RunOptions {
  /** How its imports are written; `module` by default. */
  readonly format?: 'module' | 'commonjs';
  readonly onStart?: (child: ChildProcess) => void;
}

/** Runs JavaScript in a process of its own, with these variables only. */
export function runProgram(code: string, env: Readonly<Record<string, string>> = {}, options: RunOptions = {}): Promise<Ended> {
  const { format = 'module', onStart } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [`--input-type=${format}`, '--eval', code], { cwd: workspace, env: { ...env } });
    onStart?.(child);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (status) => resolve({ code: status, stdout, stderr }));
  });
}

/** A promise, while which the process has something to wait for: what the logger itself waits for keeps no process alive. */
export async function kept<T>(promise: Promise<T>): Promise<T> {
  const alive = setInterval(() => {}, 60_000);
  try {
    return await promise;
  } finally {
    clearInterval(alive);
  }
}
