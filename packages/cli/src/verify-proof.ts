import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import {
  type Anchors,
  formatVerifierKey,
  LogError,
  parseLine,
  type ProvenEvent,
  type VerifierKey,
  verifyProof,
  withLog,
} from '@agent-audit/log';
import { verifyEd25519 } from 'agent-audit/files';
import { isExpected, readAnchors, readKeyFile } from './anchors.ts';
import type { Invocation } from './command.ts';
import { exit } from './error.ts';
import { lineText } from './printer.ts';
import { readSmallFile } from './read-file.ts';
import { inert, jsonLine, wrap } from './text.ts';
import { count } from './units.ts';
import { shellQuote, witnessText } from './verify-view.ts';

/** Names of the files of a proof, as prove writes them. */
export const proofFiles = { event: 'event.json', proof: 'event.tlog-proof', key: 'log.vkey' } as const;

interface ProofPaths {
  readonly event: string;
  readonly proof: string;
  readonly key: string;
}

/**
 * Checks one event against its proof, offline.
 * @param path the folder, or the .tlog-proof file in one
 * @returns the exit status: as that of a log
 */
export async function verifyProofFiles(path: string, { args, io, style, json, utc }: Invocation): Promise<number> {
  const paths = pathsOf(path);
  const anchors = readAnchors(args);
  const event = readSmallFile(paths.event, 'line of a log');
  const proof = Buffer.from(readSmallFile(paths.proof, 'proof')).toString('utf8');
  const key = anchors.key ?? (anchors.policy !== undefined && anchors.policy.logs.length > 0 ? undefined : readKeyFile(paths.key));
  let proven: ProvenEvent;
  try {
    proven = prove(event, proof, key, anchors);
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    const told = { ok: false, problems: [{ code: error.code, message: error.message }] };
    const lines = [
      `${style.bold(style.red('✘ NOT PROVEN'))}   ${error.code}   ${style.dim('(exit 1)')}`,
      ...wrap(inert(error.message), 92).map((line) => `  ${line}`),
    ];
    await io.stdout.write(json ? jsonLine(told, io.stdout) : `${lines.join('\n')}\n`);
    return exit.no;
  }
  const anchored = anchors.policy !== undefined || isExpected(proven.log, anchors);
  const shown = json ? jsonLine(asJson(proven, anchored), io.stdout) : showProven(proven, { event, anchored, path, utc, style });
  await io.stdout.write(shown);
  return anchored ? exit.done : exit.notAnchored;
}

function pathsOf(path: string): ProofPaths {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const folder = isFolder ? path : dirname(path);
  return {
    event: join(folder, proofFiles.event),
    proof: isFolder ? join(folder, proofFiles.proof) : join(folder, basename(path)),
    key: join(folder, proofFiles.key),
  };
}

/** A policy of witnesses alone is about the log whose key is known otherwise. */
function prove(event: Uint8Array, proof: string, key: VerifierKey | undefined, { policy, origin }: Anchors): ProvenEvent {
  const withKey = policy !== undefined && key !== undefined && policy.logs.length === 0 ? withLog(policy, key) : policy;
  const trusted = withKey ?? key;
  if (trusted === undefined) throw new LogError('KEY_MALFORMED', 'no key is known to check the proof with: give --key');
  const proven = verifyProof({ event, proof, policy: trusted, verify: verifyEd25519 });
  if (origin !== undefined && proven.log.name !== origin) {
    throw new LogError('CHECKPOINT_OTHER_ORIGIN', `the proof is of the log ${proven.log.name}, not of ${origin}`);
  }
  return proven;
}

function asJson({ checkpoint, index, erased, cosignatures }: ProvenEvent, anchored: boolean): object {
  return {
    ok: true,
    origin: checkpoint.origin,
    seq: index,
    size: checkpoint.size,
    anchored,
    erased,
    witnessed: cosignatures.map(({ witness, timeSeconds }) => ({ name: witness.name, timeSeconds })),
    problems: [],
  };
}

interface ProvenView {
  readonly event: Uint8Array;
  readonly anchored: boolean;
  readonly path: string;
  readonly utc: boolean;
  readonly style: Invocation['style'];
}

function showProven(proven: ProvenEvent, { event, anchored, path, utc, style }: ProvenView): string {
  const { checkpoint, index, erased, cosignatures, log } = proven;
  const what = `line ${count(index)} of ${inert(log.name)}`;
  const by = anchored ? 'a key that you trust' : 'the key beside it';
  const lines = [
    anchored
      ? `${style.green('✔ proven')}   ${what}`
      : `${style.yellow('◌ proven, but nobody vouches for the log')}   ${what}   ${style.dim('(exit 3)')}`,
    `  event      ${erased ? 'erased: its hash is proven, its content is gone' : eventText(event)}`,
    `  signed     under a checkpoint of ${count(checkpoint.size)} lines, by ${by}`,
    ...cosignatures.map(
      ({ witness, timeSeconds }) => `  witnessed  ${witnessText({ name: witness.name, timeSeconds, verified: true }, utc)}`,
    ),
    style.dim('  cannot know: whether what was said is true; what else the log says'),
    ...(anchored
      ? []
      : [
          '  Compare this key with one that was kept elsewhere; if it is the same:',
          `    agent-audit verify --proof ${shellQuote(path)} --key ${shellQuote(formatVerifierKey(log))}`,
        ]),
  ];
  return `${lines.join('\n')}\n`;
}

function eventText(event: Uint8Array): string {
  try {
    const { timestamp, severity, type, message } = parseLine(event);
    return inert(`${timestamp} ${severity} ${type}  ${message}`);
  } catch (error) {
    if (error instanceof LogError) return inert(lineText(event).slice(0, 200));
    throw error;
  }
}
