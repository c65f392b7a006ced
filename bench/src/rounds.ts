// Rounds: every contender once, then all again, so that a machine that grows slow in the middle is slow for all of them.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ContenderName } from './contender.ts';
import type { Load, Measurement } from './load.ts';
import type { MeasureName } from './measure.ts';
import { median } from './statistics.ts';

const childPath = fileURLToPath(new URL('./child.js', import.meta.url));

/** The figures of a contender: one measurement a round. */
export type Rounds = readonly Measurement[];
export type Results = ReadonlyMap<ContenderName, Rounds>;

export interface Run {
  readonly measure: MeasureName;
  readonly contenders: readonly ContenderName[];
  readonly rounds: number;
  /** Where the logs go. */
  readonly folder: string;
  /** A contender that is much slower gets fewer events, so that the clock it runs against is about the same. */
  load(contender: ContenderName): Load;
}

/** Reads what a child printed: an object of numbers, or it is no measurement. */
function parseMeasurement(text: string): Measurement {
  const parsed: unknown = JSON.parse(text);
  if (typeof parsed !== 'object' || parsed === null) throw new Error(`not a measurement: ${text}`);
  return Object.fromEntries(
    Object.entries(parsed).map(([name, value]: [string, unknown]) => {
      if (typeof value !== 'number') throw new Error(`${name} is not a number: ${text}`);
      return [name, value];
    }),
  );
}

/** Node with the bench's own settings: nothing of the machine's may change what a logger does. */
function childEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AGENT_AUDIT_')));
}

function runChild(options: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [childPath, ...options], { env: childEnvironment(), stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
    child.once('error', reject);
    child.once('close', (status, signal) => {
      if (status === 0) resolve(output);
      else reject(new Error(`the round ${options.join(' ')} ended with ${signal ?? `status ${status}`}`));
    });
  });
}

/** Runs one measure in a process of its own, on a folder that the caller has. */
export async function runOnce(measure: MeasureName, contender: ContenderName, folder: string, load: Load): Promise<Measurement> {
  const { events, burst, seconds } = load;
  return parseMeasurement(await runChild([measure, contender, folder, `${events}`, `${burst}`, `${seconds}`]));
}

/** Lends a folder below `parent`, and removes it in the end. */
export async function withFolder<T>(parent: string, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(parent, 'agent-audit-bench-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs all rounds, interleaved. `onRound` hears of each before it starts. */
export async function runRounds(run: Run, onRound: (contender: ContenderName, round: number) => void): Promise<Results> {
  const results = new Map<ContenderName, Measurement[]>(run.contenders.map((contender) => [contender, []]));
  for (let round = 0; round < run.rounds; round++) {
    for (const [contender, rounds] of results) {
      onRound(contender, round);
      rounds.push(await withFolder(run.folder, (folder) => runOnce(run.measure, contender, folder, run.load(contender))));
    }
  }
  return results;
}

/** The median of one figure over a contender's rounds; NaN where it did not run. */
export function medianOf(results: Results, contender: ContenderName, figure: string): number {
  return median((results.get(contender) ?? []).map((measurement) => measurement[figure] ?? Number.NaN));
}
