import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import { suggest } from '@agent-audit/search';
import type { AuditError } from 'agent-audit';
import type { Arguments } from '../arguments.ts';
import type { Command, Invocation } from '../command.ts';
import { CliError, exit } from '../error.ts';
import { type SourceKind, sourceKinds } from '../import/convert.ts';
import { type ImportResult, runImport } from '../import/run-import.ts';
import { spool } from '../import/source.ts';
import { shortPath } from '../log-paths.ts';
import { Progress } from '../progress.ts';
import type { Style } from '../style.ts';
import { inert, jsonLine } from '../text.ts';
import { count, counted } from '../units.ts';

/** Takes the events of another writer into a log. */
export const importCommand: Command = {
  name: 'import',
  summary: 'take in the events of another writer',
  usage: 'SRC|- --from go|ndjson --into FILE',
  positionals: { min: 1, max: 1 },
  about: [
    `Records every event of a file (or of stdin, as -) in a log, in the order of the file, sealed like any other. Times keep all their
    digits; each event says which file and line it came from, and when it was taken in.`,
    `go: logs of the Go package audit. Their duration_ms holds nanoseconds; it is turned into milliseconds. ndjson: one JSON object a
    line, with the names of our lines and durations in milliseconds. Fields without a place of their own go into details; integers too
    long for JavaScript become texts.`,
    `What is in already is passed over: an interrupted run goes on, and a file that has grown adds what is new. The log must not be
    written by anybody else meanwhile. Nothing in it is deleted, whatever its age.`,
  ],
  options: [
    { name: 'from', value: 'KIND', about: `who wrote it: ${sourceKinds.join(' or ')}` },
    { name: 'into', value: 'FILE', about: 'the log; it is made where there is none' },
  ],
  examples: [
    { command: 'agent-audit import old/audit.log --from go --into ~/.openctem/history.log', about: 'keep the past, sealed from now on' },
    {
      command: 'zcat events.ndjson.gz | agent-audit import - --from ndjson --into events.log',
      about: 'from stdin; a .gz file is unpacked as well',
    },
  ],
  exits: [
    [exit.done, 'everything is in'],
    [exit.no, 'some lines were refused; the rest is in'],
    [exit.usage, 'the command line is wrong'],
    [exit.failed, 'the source cannot be read, or the log not be written'],
  ],

  async run(invocation) {
    const { args, io, errorStyle, json, style } = invocation;
    const kind = readKind(args);
    const into = args.text('into');
    if (into === undefined) throw new CliError('USAGE_MISSING_VALUE', 'import needs the log to write to: --into FILE');
    const [source = ''] = args.positionals;
    if (source !== '-') refuseSame(source, into);
    const progress = new Progress(io, errorStyle, 'importing');
    const result = await importFrom(source, kind, into, invocation, progress);
    await io.stdout.write(json ? jsonLine(asJson(result, into), io.stdout) : showResult(result, source, into, style));
    return result.refusedLines > 0 ? exit.no : exit.done;
  },
};

function readKind(args: Arguments): SourceKind {
  const text = args.text('from');
  const kind = sourceKinds.find((candidate) => candidate === text);
  if (kind !== undefined) return kind;
  if (text === undefined)
    throw new CliError('USAGE_MISSING_VALUE', `import needs to know who wrote the lines: --from ${sourceKinds.join('|')}`);
  throw new CliError('USAGE_BAD_VALUE', `--from ${JSON.stringify(text)} is neither ${sourceKinds.join(' nor ')}`, {
    suggestion: suggest(text, sourceKinds),
  });
}

function refuseSame(source: string, into: string): void {
  if (realOf(source) === realOf(into))
    throw new CliError('USAGE_CONFLICT', `${source} cannot be imported into itself; give another --into`);
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

async function importFrom(
  source: string,
  kind: SourceKind,
  into: string,
  { io, errorStyle }: Invocation,
  progress: Progress,
): Promise<ImportResult> {
  const onProgress = (done: number, total: number): void =>
    progress.update({ done, unit: 'bytes', ...(!source.endsWith('.gz') && { total }) });
  const onTrouble = ({ code, message }: AuditError): void => {
    void progress.end().then(() => io.stderr.write(`${errorStyle.yellow('note:')} ${inert(message)}   ${errorStyle.dim(code)}\n`));
  };
  const options = { kind, into: resolve(into), signal: io.signal, onProgress, onTrouble };
  const spooled = source === '-' ? await spool(io.stdin) : undefined;
  try {
    return await runImport({ ...options, source: spooled?.path ?? source });
  } finally {
    spooled?.[Symbol.dispose]();
    await progress.end();
  }
}

function asJson({ sha256, refusedLines, ...result }: ImportResult, into: string): object {
  return { ok: refusedLines === 0, ...result, refused_lines: refusedLines, file_sha256: sha256, into: resolve(into) };
}

/** Refused lines that a person is shown. */
const shownMax = 20;

function showResult(result: ImportResult, source: string, into: string, style: Style): string {
  const { imported, skipped, refused, refusedLines, durationsConverted, cut } = result;
  const from = source === '-' ? 'stdin' : shortPath(source);
  const mark = refusedLines > 0 ? style.yellow('!') : style.green('✔');
  const lines = [
    `${mark} imported   ${counted(imported, 'event')} from ${inert(from)} into ${inert(shortPath(into))}`,
    ...(skipped === 0 ? [] : [`  ${count(skipped)} were in already`]),
    ...(durationsConverted === 0 ? [] : [`  ${counted(durationsConverted, 'duration')} turned from nanoseconds into milliseconds`]),
    ...(cut === 0 ? [] : [`  ${counted(cut, 'event')} cut to fit a line; they say so: agent-audit query 'truncated:*' ${inert(into)}`]),
    ...(refusedLines === 0 ? [] : [`  ${style.red(`refused ${counted(refusedLines, 'line')}`)}`]),
    ...refused.slice(0, shownMax).map(({ line, why }) => `    line ${count(line)}: ${inert(why)}`),
    ...(refusedLines > shownMax ? [`    and ${count(refusedLines - shownMax)} more; --json lists the first ${count(refused.length)}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}
