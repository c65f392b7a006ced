import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { proveEvent } from 'agent-audit/files';
import { readInteger } from '../arguments.ts';
import { collectorAccess, collectorOptions } from '../collector/access.ts';
import { openCollector } from '../collector/client.ts';
import { fetchProof, logIdOf, type RemoteProof } from '../collector/remote-proof.ts';
import type { Command, Invocation } from '../command.ts';
import { CliError, exit } from '../error.ts';
import { logPath } from '../log-paths.ts';
import { inert, jsonLine } from '../text.ts';
import { count } from '../units.ts';
import { proofFiles } from '../verify-proof.ts';
import { shellQuote, witnessText } from '../verify-view.ts';

/** Writes what proves one event. */
export const prove: Command = {
  name: 'prove',
  summary: 'write what proves one event',
  usage: 'SEQ [FILE]',
  positionals: { min: 1, max: 2 },
  about: [
    `Writes three files that prove one event of a log to somebody who has nothing else: the line (${proofFiles.event}), where it stands
    in the tree that the log's key signed (${proofFiles.proof}, C2SP tlog-proof), and that key (${proofFiles.key}).`,
    `SEQ is the number of the line, as query shows it. Only what was verified is written.`,
    `With a collector, --log ID says which log (agent-audit agents lists them). The proof then stands under a checkpoint that the collector
    has cosigned, so that it also says when the line was there at the latest.`,
  ],
  options: [{ name: 'out', value: 'DIR', about: 'where to write it; proof-SEQ without it' }, ...collectorOptions],
  examples: [
    { command: 'agent-audit prove 12298 --out evidence', about: 'the line #12298 of the log' },
    { command: 'agent-audit prove 15 --log 3f2a9c41d07b0e553f2a9c41d07b0e55 --collector URL', about: 'of a log that a collector has' },
    { command: 'agent-audit verify --proof evidence --key scanner-7.vkey', about: 'what the other side does' },
  ],
  exits: [
    [exit.done, 'done'],
    [exit.usage, 'the command line is wrong'],
    [exit.failed, 'the event is not there, not sealed yet, or not provable; the collector cannot be asked, or the files cannot be written'],
  ],

  async run(invocation) {
    const { args, io, style, json, utc } = invocation;
    const [text = '', file] = args.positionals;
    const seq = readInteger('SEQ', text);
    const { event, proof, vkey, cosignatures } = await proofOf(seq, file, invocation);
    const folder = args.text('out') ?? `proof-${seq}`;
    const written = write(folder, { [proofFiles.event]: event, [proofFiles.proof]: proof, [proofFiles.key]: `${vkey}\n` });
    const lines = [
      `${style.green('✔ proven')}   line ${count(seq)}`,
      ...cosignatures.map(
        ({ key, timeSeconds }) => `  witnessed  ${witnessText({ name: key.name, timeSeconds, verified: true }, utc)}`,
      ),
      ...written.map((path) => `  ${inert(path)}`),
      '  Hand out the folder. Who has the key of the log from elsewhere checks it with:',
      `    agent-audit verify --proof ${shellQuote(folder)} --key VKEY`,
    ];
    await io.stdout.write(json ? jsonLine({ seq, folder: resolve(folder), files: written }, io.stdout) : `${lines.join('\n')}\n`);
    return exit.done;
  },
};

/** From a collector, where --collector says so, or --log names a log by its id; else from the log's own files. */
async function proofOf(seq: number, file: string | undefined, invocation: Invocation): Promise<RemoteProof> {
  const { args, io } = invocation;
  const [name = '', ...others] = args.texts('log');
  const isId = file === undefined && others.length === 0 && logIdOf(name) !== undefined && !existsSync(name);
  if (args.has('collector') && !isId)
    throw new CliError('USAGE_CONFLICT', 'with --collector, --log ID says which log: agent-audit agents lists them');
  const access = isId ? collectorAccess(args, io) : undefined;
  if (access !== undefined) return fetchProof(await openCollector(access, invocation), name, seq);
  return { ...(await proveEvent(logPath(file, args, io), seq, { signal: io.signal })), cosignatures: [] };
}

function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string[] {
  try {
    mkdirSync(folder, { recursive: true });
    return Object.entries(files).map(([name, content]) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    });
  } catch (cause) {
    throw new CliError(
      'COULD_NOT_WRITE',
      `cannot write to ${folder}: ${cause instanceof Error ? cause.message : String(cause)}; give another --out`,
      { cause },
    );
  }
}
