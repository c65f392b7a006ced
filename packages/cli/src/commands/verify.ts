import type { Anchors } from '@agent-audit/log';
import { verdictOf } from '@agent-audit/log';
import { newestCheckpoint, verifyLogFile } from 'agent-audit/files';
import { anchorOptions, readAnchors } from '../anchors.ts';
import type { Arguments } from '../arguments.ts';
import { accessOptions } from '../collector/access.ts';
import { logIdOf } from '../collector/remote-proof.ts';
import { readWitness, type WitnessNote } from '../collector/witness.ts';
import type { Command, Invocation } from '../command.ts';
import { CliError, exit } from '../error.ts';
import { logPaths } from '../log-paths.ts';
import { Progress } from '../progress.ts';
import { reportError } from '../report-error.ts';
import { jsonLine } from '../text.ts';
import { verifyProofFiles } from '../verify-proof.ts';
import { showEvidence, showReport } from '../verify-view.ts';

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
    `--witness asks a collector for the newest checkpoint of the log that it has seen, and compares: a log that was cut, changed or made
    anew since then is found out, and both checkpoints are printed, to be kept as evidence.`,
    `With --proof it checks, offline, what agent-audit prove wrote.`,
  ],
  options: [
    ...anchorOptions,
    { name: 'witness', value: 'URL', multiple: true, about: 'a checkpoint that somebody else keeps: a collector, its address, or a file' },
    ...accessOptions,
    { name: 'proof', value: 'DIR', about: 'check a proof: the folder that prove made, or the .tlog-proof file in one' },
  ],
  examples: [
    { command: 'agent-audit verify', about: 'is it sound? prints the next command where nobody vouches for the log' },
    { command: 'agent-audit verify --key scanner-7.vkey', about: 'and is it that of scanner-7?' },
    { command: 'agent-audit verify --witness https://collector.example', about: 'and is it what the collector has seen?' },
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
    const statuses: number[] = [];
    for (const path of logPaths(args.positionals, args, io)) statuses.push(await verifyOne(path, anchors, invocation));
    return worstOf(statuses);
  },
};

/** One log of several: what is wrong with it does not keep the others from being checked. */
async function verifyOne(path: string, anchors: Anchors, { args, io, style, errorStyle, json, utc }: Invocation): Promise<number> {
  const progress = new Progress(io, errorStyle, 'verifying');
  try {
    const logId = args.has('witness') ? logIdOf(anchors.key?.name ?? anchors.origin ?? newestCheckpoint(path)?.origin ?? '') : undefined;
    const witnesses = await Promise.all(args.texts('witness').map((source) => readWitness(source, logId, args, io)));
    const report = await verifyLogFile(path, {
      ...anchors,
      witnesses,
      signal: io.signal,
      onProgress: ({ bytes, bytesTotal }) => progress.update({ done: bytes, total: bytesTotal, unit: 'bytes' }),
    });
    await progress.end();
    const verdict = verdictOf(report);
    const evidence = verdict.kind === 'tampered' ? evidenceOf(path, witnesses) : [];
    const shown = json
      ? jsonLine({ ...report, path, verdict: verdict.kind, ...(evidence.length > 0 && { evidence }) }, io.stdout)
      : showReport(report, { style, utc, path, anchor: anchorText(args) }) + showEvidence(evidence, style);
    await io.stdout.write(shown);
    return verdict.exitCode;
  } catch (error) {
    await progress.end();
    if (io.signal.aborted) throw error;
    return reportError(error, io, errorStyle, json);
  }
}

/** What witnesses kept, and the newest checkpoint of the log itself: together they show that one of the two is not true. */
function evidenceOf(path: string, witnesses: readonly WitnessNote[]): readonly WitnessNote[] {
  if (witnesses.length === 0) return [];
  const own = newestCheckpoint(path);
  return own === undefined ? witnesses : [...witnesses, { source: own.path, note: own.note }];
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
