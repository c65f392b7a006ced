// For tests only: loggers on real files that ship to a receiver, with a clock that the test moves.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { readCheckpoint } from '@agent-audit/log';
import { systemDisk } from '../disk.ts';
import type { AuditErrorCode } from '../error.ts';
import { Logger } from '../logger.ts';
import type { LoggerOptions } from '../options.ts';
import { ManualClock } from '../testing/index.ts';
import { until } from './receiver.test.support.ts';

/** The path of a log in a folder of its own, which goes with its test. */
export function logFileFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-ship-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'audit.log');
}

export interface ManualLogger {
  readonly audit: Logger;
  readonly clock: ManualClock;
  /** The codes that onError was told, in order. */
  readonly told: AuditErrorCode[];
  readonly messages: string[];
  /** Comes back once something is so; time passes meanwhile, a quarter of a second at each look. */
  readonly until: (isSo: () => boolean) => Promise<void>;
  /** Comes back once the collector has cosigned every line. */
  readonly shipped: (stepMs?: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** A logger on real files whose clock is moved by hand, and which does all its work on this thread. */
export function manualLogger(logFile: string, options: LoggerOptions = {}, clock: ManualClock = new ManualClock()): ManualLogger {
  const told: AuditErrorCode[] = [];
  const messages: string[] = [];
  const onError: LoggerOptions['onError'] = ({ code, message }) => {
    told.push(code);
    messages.push(message);
  };
  const machine = { disk: systemDisk, clock, sealOn: 'main', shipOn: 'main', random: () => 0.5 } as const;
  const audit = new Logger({ agentId: 'scanner-7', env: false, onError, ...options, logFile }, machine);
  audit.start();
  const step = (): void => clock.advance(250);
  const untilSo = (isSo: () => boolean): Promise<void> => until(isSo, step);
  return {
    audit,
    clock,
    told,
    messages,
    until: untilSo,
    shipped: (stepMs = 250) => until(() => audit.health().remote?.lagEvents === 0, () => clock.advance(stepMs)),
    // No time passes: what stop() waits for comes from the receiver.
    stop: () => audit.stop(),
  };
}

/** Every line of the log, but for what a segment holds packed. */
export function linesOf(logFile: string): string[] {
  const closed = readdirSync(dirname(logFile)).filter((name) => /^audit-[0-9]{15}\.log$/.test(name)).toSorted();
  const paths = [...closed.map((name) => join(dirname(logFile), name)), logFile];
  return paths.flatMap((path) => readFileSync(path, 'utf8').split('\n').filter((line) => line !== ''));
}

/** What the ship cursor says. */
export function cursorOf(logFile: string): number {
  return readCheckpoint(readFileSync(logFile.replace(/log$/, 'cosigned'), 'utf8')).size;
}
