import { tmpdir } from 'node:os';
import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Fewer events and rounds: minutes become one or two, medians become rough. */
  readonly quick: boolean;
  /** The 1 GB query too, and the search of 10 million events; needs jq, grep and 3 GB of disk. */
  readonly large: boolean;
  /** A file for every figure of every round. */
  readonly json: string | undefined;
  /** Only the sections whose name contains one of these. */
  readonly only: readonly string[];
  /** Where the logs go: a folder on the disk that is to be measured. */
  readonly folder: string;
}

export const usage = `usage: npm run bench -- [--quick] [--large] [--only SECTION]… [--json FILE] [--dir FOLDER]

  --quick         fewer events and rounds
  --large         also a query over 1 GB against jq and grep, and the searches of a collector over 10 million events, not 1 million
  --only SECTION  throughput, costs, redaction, shipping, durable, verify, query, ingest, collect, search or console;
                  may be repeated
  --json FILE     every figure of every round
  --dir FOLDER    where the logs go; the disk that is measured (default: the temporary folder)
`;

/** Reads the command line; throws what util.parseArgs throws on an unknown option. */
export function parseOptions(given: readonly string[]): BenchOptions & { readonly help: boolean } {
  const { values } = parseArgs({
    args: [...given],
    options: {
      quick: { type: 'boolean', default: false },
      large: { type: 'boolean', default: false },
      json: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      dir: { type: 'string', default: tmpdir() },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { quick, large, json, only, dir, help } = values;
  return { quick, large, json, only, folder: dir, help };
}
