import type { Anchors } from '@agent-audit/log';
import { verdictOf } from '@agent-audit/log';
import { verifyLogFile } from 'agent-audit/files';
import { anchorOptions, readAnchors, readWitness } from '../anchors.ts';
import type { Arguments } from '../arguments.ts';
import type { Command, Invocation } from '../command.ts';
import { CliError, exit } from '../error.ts';
import { logPaths } from '../log-paths.ts';
import { Progress } from '../progress.ts';
import { reportError } from '../report-error.ts';
import { jsonLine } from '../text.ts';
import { verifyProofFiles } from '../verify-proof.ts';
import { showReport } from '../verify-view.ts';

/** Checks logs, or a proof. */
export const verify: Command = {
  name: 'verify',
  summary: 'check that a log is what was recorded',
  usage: '[PATH…]',
  positionals: { min: 0, max: Infinity },
  about: [
    `Reads a whole log, packed segments too, and checks every line against the signed checkpoints beside it: that none was changed,
    removed, added or moved since. It takes no lock, changes nothing, and may run while the log is written.`,
    `A log that is sound may still be another one than you think: whoever can write its folder can put one there. Give what you know of
    it from elsewhere: its key, its origin, a policy, or a checkpoint that a witness kept.`,
    `With --proof it checks, offline, what agent-audit prove wrote.`,
  ],
  options: [
    ...anchorOptions,
    { name: 'witness', value: 'URL', multiple: true, about: 'a checkpoint of the log that somebody else keeps: its address, or a file' },
    { name: 'proof', value: 'DIR', about: 'check a proof: the folder that prove made, or the .tlog-proof file in one' },
  ],
  examples: [
    { command: 'agent-audit verify', about: 'is it sound? prints the next command where nobody vouches for the log' },
    { command: 'agent-audit verify --key scanner-7.vkey', about: 'and is it that of scanner-7?' },
    { command: 'agent-audit verify --json backup/*/audit.log', about: 'several, for a program: one object a line' },
    { command: 'agent-audit verify --proof evidence --key scanner-7.vkey', about: 'one event, without the log' },
  ],
  exits: [
    [exit.done, 'sound'],
    [exit.no, 'tampered or missing'],
    [exit.usage, 'the command line is wrong, or the log is of a newer format'],
    [exit.notAnchored, 'sound, but not anchored by a key, origin, policy or witness that you gave'],
    [exit.failed, 'it could not be checked (not there, no permission, a failing disk)'],
  ],

  async run(invocation) {
    const { args, io } = invocation;
    const proof = args.text('proof');
    if (proof !== undefined) {
      const [unwanted] = args.positionals;
      if (unwanted !== undefined)
        throw new CliError('USAGE_UNWANTED_ARGUMENT', `--proof needs no log; ${JSON.stringify(unwanted)} was given`);
      return verifyProofFiles(proof, invocation);
    }
    const anchors = readAnchors(args);
    const witnesses = await Promise.all(args.texts('witness').map((source) => readWitness(source, io.signal)));
    const statuses: number[] = [];
    for (const path of logPaths(args.positionals, args, io)) statuses.push(await verifyOne(path, { ...anchors, witnesses }, invocation));
    return worstOf(statuses);
  },
};

type Known = Anchors & { readonly witnesses: readonly { readonly source: string; readonly note: string }[] };

/** One log of several: what is wrong with it does not keep the others from being checked. */
async function verifyOne(path: string, known: Known, { args, io, style, errorStyle, json, utc }: Invocation): Promise<number> {
  const progress = new Progress(io, errorStyle, 'verifying');
  try {
    const report = await verifyLogFile(path, {
      ...known,
      signal: io.signal,
      onProgress: ({ bytes, bytesTotal }) => progress.update({ done: bytes, total: bytesTotal, unit: 'bytes' }),
    });
    await progress.end();
    const verdict = verdictOf(report);
    const shown = json
      ? jsonLine({ ...report, path, verdict: verdict.kind }, io.stdout)
      : showReport(report, { style, utc, path, anchor: anchorText(args) });
    await io.stdout.write(shown);
    return verdict.exitCode;
  } catch (error) {
    await progress.end();
    if (io.signal.aborted) throw error;
    return reportError(error, io, errorStyle, json);
  }
}

function anchorText(args: Arguments): string | undefined {
  if (args.has('key')) return 'the key you gave';
  if (args.has('origin')) return 'the key of the origin you gave';
  if (args.has('policy')) return 'a key that your policy trusts';
  return args.has('witness') ? 'the key of a checkpoint that a witness kept' : undefined;
}

/** Of several logs the worst counts: tampered, then not to be checked, then of a newer format, then not anchored. */
function worstOf(statuses: readonly number[]): number {
  return [exit.no, exit.failed, exit.usage, exit.notAnchored].find((status) => statuses.includes(status)) ?? exit.done;
}
