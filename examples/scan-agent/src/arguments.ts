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
  /** Directories, and job files: `{ "directory": "…", "timeoutMs": 60000 }`, whose names end in `.json`. */
  readonly paths: readonly string[];
}

const dataByDefault = fileURLToPath(new URL('../scan-agent-data', import.meta.url));
const usage = `usage: node dist/main.js [--data FOLDER] [--name NAME] [DIRECTORY | JOB.json]…
  [--upload URL] [--cpu-max 0.9] [--memory-max-mb 400] [--heap-mb 512]
  the receiver's token is read from SCAN_AGENT_TOKEN; AGENT_AUDIT_REMOTE and AGENT_AUDIT_TOKEN_FILE connect it to a collector`;

/** Ends the process with status 2 where the arguments are wrong. */
export function readArguments(given: readonly string[]): Arguments {
  const text = { type: 'string' } as const;
  const options = { data: text, name: text, upload: text, 'cpu-max': text, 'memory-max-mb': text, 'heap-mb': text };
  try {
    const { values, positionals } = parseArgs({ args: [...given], options, allowPositionals: true });
    return {
      data: resolve(values.data ?? dataByDefault),
      name: values.name ?? 'scan-agent',
      upload: values.upload === undefined ? undefined : new URL(values.upload).href,
      limits: {
        cpuMax: positive('cpu-max', values['cpu-max'] ?? '1'),
        memoryMaxMB: positive('memory-max-mb', values['memory-max-mb'] ?? '400'),
        heapMB: positive('heap-mb', values['heap-mb'] ?? '512'),
      },
      paths: positionals,
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
