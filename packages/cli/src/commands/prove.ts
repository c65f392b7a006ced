import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { proveEvent } from 'agent-audit/files';
import { readInteger } from '../arguments.ts';
import type { Command } from '../command.ts';
import { CliError, exit } from '../error.ts';
import { logPath } from '../log-paths.ts';
import { inert, jsonLine } from '../text.ts';
import { count } from '../units.ts';
import { proofFiles } from '../verify-proof.ts';
import { shellQuote } from '../verify-view.ts';

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
  ],
  options: [{ name: 'out', value: 'DIR', about: 'where to write it; proof-SEQ without it' }],
  examples: [
    { command: 'agent-audit prove 12298 --out evidence', about: 'the line #12298 of the log' },
    { command: 'agent-audit verify --proof evidence --key scanner-7.vkey', about: 'what the other side does' },
  ],
  exits: [
    [exit.done, 'done'],
    [exit.usage, 'the command line is wrong'],
    [exit.failed, 'the event is not there, not sealed yet, or not provable; or the files cannot be written'],
  ],

  async run({ args, io, style, json }) {
    const [text = '', file] = args.positionals;
    const seq = readInteger('SEQ', text);
    const log = logPath(file, args, io);
    const { event, proof, vkey } = await proveEvent(log, seq, { signal: io.signal });
    const folder = args.text('out') ?? `proof-${seq}`;
    const written = write(folder, { [proofFiles.event]: event, [proofFiles.proof]: proof, [proofFiles.key]: `${vkey}\n` });
    const lines = [
      `${style.green('✔ proven')}   line ${count(seq)}`,
      ...written.map((path) => `  ${inert(path)}`),
      '  Hand out the folder. Who has the key of the log from elsewhere checks it with:',
      `    agent-audit verify --proof ${shellQuote(folder)} --key VKEY`,
    ];
    await io.stdout.write(json ? jsonLine({ seq, folder: resolve(folder), files: written }, io.stdout) : `${lines.join('\n')}\n`);
    return exit.done;
  },
};

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
