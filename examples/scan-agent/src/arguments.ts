import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** What the agent is asked to do. */
export interface Arguments {
  /** Folder of the log and the reports: a stable one, so that each run goes on in the same log. */
  readonly data: string;
  readonly directories: readonly string[];
}

const dataByDefault = fileURLToPath(new URL('../scan-agent-data', import.meta.url));

/** Ends the process with status 2 where the arguments are wrong. */
export function readArguments(given: readonly string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({ args: [...given], options: { data: { type: 'string' } }, allowPositionals: true });
    return { data: resolve(values.data ?? dataByDefault), directories: positionals };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\nusage: node dist/main.js [--data FOLDER] [DIRECTORY…]`);
    return process.exit(2);
  }
}
