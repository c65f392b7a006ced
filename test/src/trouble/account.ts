// What the tests of troubles ask of a log, whatever befell it: every event there once and in order, or counted as lost.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { parseLine, type RecordedEvent } from '@agent-audit/log';
import { lines, listSegments, verifyLogFile } from 'agent-audit/files';
import type { MemoryDisk } from 'agent-audit/testing';
import { type Program, programFile, type ProgramOptions, run } from '../program.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { until } from '../until.ts';

export { temporaryFolder } from '../temporary-folder.ts';

/** The lines of a log, parsed, its own among them. */
export async function eventsIn(logFile: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const { line } of lines(logFile)) events.push(parseLine(line));
  return events;
}

/** Of the callers' events, numbered by their messages. */
export async function numbersIn(logFile: string): Promise<number[]> {
  return (await eventsIn(logFile)).filter(({ type }) => !type.startsWith('log.')).map(({ message }) => Number(message));
}

/** The log is sound, sealed to its end, and has lost so many events. */
export async function assertSound(logFile: string, lost: number = 0): Promise<void> {
  const { problems, unsigned, losses, torn } = await verifyLogFile(logFile);
  assert.deepEqual({ problems, unsigned, losses, torn }, { problems: [], unsigned: 0, losses: lost, torn: undefined });
}

/** Segments close again, more than before, and all that was logged is there. Stops the program, which was told of nothing else. */
export async function assertClosesAgain(troubled: Troubled, logFile: string, segmentsBefore: number): Promise<void> {
  await troubled.flushAfterwards();
  await until(() => listSegments(logFile).length > segmentsBefore);
  const logged = await troubled.log(100);
  await troubled.flushAfterwards();
  assert.deepEqual(await troubled.stop(), ['ROTATION_FAILED']);
  assert.deepEqual(await numbersIn(logFile), numbers(logged));
  await assertSound(logFile);
}

/** The numbers of so many events, from the first. */
export function numbers(count: number, from: number = 0): number[] {
  return Array.from({ length: count - from }, (_, index) => from + index);
}

/** A log in memory as files, for whatever reads files. The path of the copy. */
export function copyToFiles(t: TestContext, disk: MemoryDisk, logFile: string): string {
  const folder = temporaryFolder(t);
  for (const name of disk.list(dirname(logFile))) writeFileSync(join(folder, name), disk.bytesOf(join(dirname(logFile), name)));
  return join(folder, basename(logFile));
}

/** The program that a trouble befalls. */
export class Troubled {
  readonly program: Program;

  /** `limits`: what a shell sets before the program takes its place. */
  constructor(t: TestContext, logFile: string, options: ProgramOptions = {}, limits: string = '') {
    const command = `${limits} exec "$0" "$@"`;
    const given = [process.execPath, programFile('trouble/trouble-program'), logFile];
    this.program = run('sh', ['-c', command, ...given], options);
    t.after(() => this.program.child.kill('SIGKILL'));
  }

  /** Has it do something; the answer, without its first word. */
  async ask(command: string, answer: string): Promise<string> {
    this.program.child.stdin?.write(`${command}\n`);
    return this.program.answer(`${answer} `);
  }

  async log(count: number): Promise<number> {
    return Number(await this.ask(`log ${count}`, 'logged'));
  }

  flush(): Promise<string> {
    return this.ask('flush', 'flushed');
  }

  health(): Promise<string> {
    return this.ask('health', 'health');
  }

  /** Flushes until it succeeds: the trouble is over. */
  async flushAfterwards(): Promise<void> {
    while ((await this.flush()) !== 'ok');
  }

  /** Stops its log and lets it end; the codes of all that it was told. */
  async stop(): Promise<string[]> {
    assert.equal(await this.ask('stop', 'stopped'), 'ok');
    this.program.child.stdin?.end();
    const { code, stdout, stderr } = await this.program.ended;
    assert.equal(code, 0, stderr);
    return [...new Set([...stdout.matchAll(/^trouble (\S+)$/gm)].map(([, told = '']) => told))];
  }
}
