import { basename, dirname, extname, resolve } from 'node:path';
import { classifyFile, csvFields } from '@agent-audit/log';
import type { Arguments } from '../arguments.ts';
import { accessOf, collectorOptions, collectorText } from '../collector/access.ts';
import { openCollector } from '../collector/client.ts';
import { parametersOf } from '../collector/events.ts';
import { exportFrom } from '../collector/remote-export.ts';
import type { Command, Invocation } from '../command.ts';
import { CliError, exit } from '../error.ts';
import { CsvPrinter } from '../export/csv-printer.ts';
import { FileOutput } from '../export/file-output.ts';
import { readFields } from '../field-printer.ts';
import type { Io, Output } from '../io.ts';
import { logPaths } from '../log-paths.ts';
import { RawPrinter } from '../printer.ts';
import { Reader } from '../reading.ts';
import { readSearch, timeOptions } from '../search-options.ts';
import { inert, jsonLine } from '../text.ts';
import { counted } from '../units.ts';

type Format = 'csv' | 'ndjson' | 'parquet';

/** Writes events for other programs. */
export const exportCommand: Command = {
  name: 'export',
  summary: 'write events for a spreadsheet or another program',
  usage: '[SEARCH [FILE…]]',
  positionals: { min: 0, max: Infinity },
  about: [
    `Writes the events that a search finds, all of them without one. ndjson has the lines as they stand in the log, byte for byte: what was
    proven of them stays provable.`,
    `csv is for reading (RFC 4180, UTF-8): a header, a column for each field, details as JSON in one column, or those that --fields names.
    Control characters are escaped as \\n and \\u001b, and a text that a spreadsheet could take for a formula begins with an apostrophe; so
    what has to be exact is better exported as ndjson.`,
    `With --out the file is there as a whole or not at all, and for its owner only.`,
    `With a collector it is about the events of all agents, and parquet can be had as well. ${collectorText}`,
  ],
  options: [
    { name: 'format', value: 'csv|ndjson|parquet', about: 'by default what --out ends in, else ndjson' },
    { name: 'out', value: 'FILE', about: 'write it there' },
    { name: 'force', about: 'replace the FILE of --out' },
    { name: 'fields', value: 'LIST', about: 'columns of csv: timestamp,type,details.tool' },
    ...timeOptions,
    ...collectorOptions,
  ],
  examples: [
    { command: 'agent-audit export --since 2026-11-01 --until 2026-12-01 --out november.csv', about: 'a month, for a spreadsheet' },
    { command: "agent-audit export 'severity:>=WARN' --format csv --fields timestamp,agent_id,type,error", about: 'some of it' },
    { command: 'agent-audit export job_id:j-42 --out j-42.ndjson', about: 'the lines of one job, unchanged' },
    { command: 'agent-audit export --since 7d --out week.parquet --collector https://collector.example', about: 'a week of all agents' },
  ],
  exits: [
    [exit.done, 'done, whether something was found or not'],
    [exit.usage, 'the command line or the search is wrong'],
    [exit.failed, 'a log is not there or cannot be read, the collector cannot be asked, or the file is there already or cannot be written'],
  ],

  async run(invocation) {
    const { args, io, json, errorStyle } = invocation;
    const [search = '', ...files] = args.positionals;
    const access = accessOf(files, args, io);
    const logs = access === undefined ? logPaths(files, args, io) : [];
    const out = args.text('out');
    const format = formatOf(args, out);
    refuseConflicts(format, access !== undefined, invocation);
    const fields = args.text('fields');
    const columns = fields === undefined ? csvFields : readFields(fields);
    const parameters = parametersOf(readSearch(search, args, io));
    const collector = access === undefined ? undefined : await openCollector(access, invocation);
    const write = async (output: Output): Promise<number> => {
      const printer = format === 'csv' ? new CsvPrinter(output, columns, logs.length > 1) : new RawPrinter(output);
      if (collector !== undefined)
        return exportFrom(collector, parameters, format === 'parquet' ? { output } : { output, printer }, invocation);
      return new Reader(withStdout(invocation, output), { logs, search, last: undefined, withSeq: false, printer }).show();
    };
    if (out === undefined) {
      await write(io.stdout);
      return exit.done;
    }
    refuseLogFile(out, logs);
    const file = new FileOutput(out, args.has('force'));
    try {
      const found = await write(file);
      file.commit();
      if (json) await io.stdout.write(jsonLine({ events: found, format, path: resolve(out) }, io.stdout));
      else await io.stderr.write(`${errorStyle.dim(`${counted(found, 'event')} in ${inert(out)}`)}\n`);
    } finally {
      file.discard();
    }
    return exit.done;
  },
};

function refuseConflicts(format: Format, isRemote: boolean, { args, io }: Invocation): void {
  const refuse = (why: string): never => {
    throw new CliError('USAGE_CONFLICT', why);
  };
  if (args.has('fields') && format !== 'csv') refuse(`--fields picks columns of csv; ${format} has all there is: add --format csv`);
  if (args.has('force') && !args.has('out')) refuse('--force is about the FILE of --out, and there is none');
  if (format !== 'parquet') return;
  if (!isRemote) refuse('parquet is what a collector writes: give --collector, or --format csv or ndjson');
  if (!args.has('out') && io.stdout.isTerminal) refuse('parquet is nothing for a terminal: give --out FILE');
}

function formatOf(args: Arguments, out: string | undefined): Format {
  const ending = out === undefined ? '' : extname(out);
  const given = args.text('format') ?? (ending === '.csv' || ending === '.parquet' ? ending.slice(1) : 'ndjson');
  if (given === 'csv' || given === 'ndjson' || given === 'parquet') return given;
  throw new CliError('USAGE_BAD_VALUE', `--format ${JSON.stringify(given)} is none: give csv, ndjson or parquet`);
}

/** A log is never replaced by what is said of it, whatever --force says. */
function refuseLogFile(out: string, logs: readonly string[]): void {
  const target = resolve(out);
  const log = logs.map((path) => resolve(path)).find((path) => target === path || isFileOf(target, path));
  if (log !== undefined) throw new CliError('USAGE_CONFLICT', `--out ${out} is a file of the log ${log} itself: give another one`);
}

function isFileOf(target: string, log: string): boolean {
  return dirname(target) === dirname(log) && classifyFile(basename(log), basename(target)) !== undefined;
}

/** The same, with its output elsewhere. */
function withStdout(invocation: Invocation, stdout: Output): Invocation {
  const { io } = invocation;
  const redirected: Io = {
    stdout,
    stderr: io.stderr,
    get stdin() {
      return io.stdin;
    },
    env: io.env,
    now: () => io.now(),
    wait: (milliseconds) => io.wait(milliseconds),
    signal: io.signal,
  };
  return { ...invocation, io: redirected };
}
