import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { ScanLimits } from './scanner.ts';

/** What the agent is asked to do. */
export interface Arguments {
  /** Folder of the log and the reports: a stable one, so that each run goes on in the same log. */
  readonly data: string;
  /** What the agent is called in the log. */
  readonly name: string;
  /** Where reports go; undefined: they stay here. The token comes from the environment, where `ps` does not show it. */
  readonly upload: string | undefined;
  readonly limits: ScanLimits;
  /** Directories, and job files: `{ "directory": "…", "timeoutMs": 60000 }`, whose names end in `.json`. None: a tour. */
  readonly paths: readonly string[];
  /** The rest between two scans of an agent that goes round its paths until it is stopped; undefined: each is scanned once. */
  readonly restMs: number | undefined;
  readonly tour: TourArguments;
}

/** How the tour is given. */
export interface TourArguments {
  /** Whether something is shown before agents and their collector go on. */
  readonly show: boolean;
  /** Whether they go on after it. */
  readonly stay: boolean;
  /** Where the collector listens; 0: at a free port. */
  readonly port: number;
}

const dataByDefault = fileURLToPath(new URL('../scan-agent-data', import.meta.url));
const usage = `usage: node dist/main.js [--data FOLDER] [--name NAME] DIRECTORY | JOB.json…   scans them
  [--rest SECONDS] [--upload URL] [--cpu-max 0.9] [--memory-max-mb 400] [--heap-mb 512]
  --rest goes round them until it is stopped, and rests so long between two
  the receiver's token is read from SCAN_AGENT_TOKEN; AGENT_AUDIT_REMOTE and AGENT_AUDIT_TOKEN_FILE connect it to a collector

       node dist/main.js [--data FOLDER] [--stay | --no-stay | --no-tour] [--port PORT]   gives a tour
  --stay: agents and their collector go on after it until Ctrl-C, as on a terminal; --no-tour: they begin at once
  --port: where the collector listens`;

/** Ends the process with status 2 where the arguments are wrong. */
export function readArguments(given: readonly string[]): Arguments {
  const [text, flag] = [{ type: 'string' }, { type: 'boolean' }] as const;
  const limits = { 'cpu-max': text, 'memory-max-mb': text, 'heap-mb': text };
  const options = { data: text, name: text, upload: text, rest: text, ...limits, stay: flag, 'no-stay': flag, 'no-tour': flag, port: text };
  try {
    const { values, positionals: paths } = parseArgs({ args: [...given], options, allowPositionals: true });
    const { stay = false, 'no-stay': end = false, 'no-tour': atOnce = false, port, rest } = values;
    if (paths.length > 0 && (stay || end || atOnce || port !== undefined)) {
      throw new Error('--stay, --no-stay, --no-tour and --port are about the tour, which scans no DIRECTORY');
    }
    if (paths.length === 0 && rest !== undefined) throw new Error('--rest is about directories, and none is given');
    if (end && (stay || atOnce)) throw new Error(`--no-stay, and --${stay ? 'stay' : 'no-tour'}, cannot both be`);
    return {
      data: resolve(values.data ?? dataByDefault),
      name: values.name ?? 'scan-agent',
      upload: values.upload === undefined ? undefined : new URL(values.upload).href,
      limits: {
        cpuMax: positive('cpu-max', values['cpu-max'] ?? '1'),
        memoryMaxMB: positive('memory-max-mb', values['memory-max-mb'] ?? '400'),
        heapMB: positive('heap-mb', values['heap-mb'] ?? '512'),
      },
      paths,
      restMs: rest === undefined ? undefined : positive('rest', rest) * 1_000,
      tour: { show: !atOnce, stay: stay || atOnce || (!end && process.stdout.isTTY), port: readPort(port ?? '0') },
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n${usage}`);
    return process.exit(2);
  }
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} takes a number above 0, not '${text}'`);
  return value;
}

function readPort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new Error(`--port takes 0 to 65535, not '${text}'`);
  return Number(text);
}
