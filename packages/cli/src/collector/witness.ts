// A checkpoint that somebody else keeps: the collector that took in the log, a note at some address, or a file.
import { checkpointPath, LogError, parseNote } from '@agent-audit/log';
import type { Arguments } from '../arguments.ts';
import { CliError } from '../error.ts';
import type { Io } from '../io.ts';
import { readSmallFile } from '../read-file.ts';
import { witnessAccess } from './access.ts';
import { Collector } from './client.ts';
import { Transport } from './transport.ts';

const noteBytesMax = 65_536;
const idleMs = 15_000;

/** A checkpoint of a log, and where it came from. */
export interface WitnessNote {
  readonly source: string;
  readonly note: string;
}

/**
 * Asks a witness for its checkpoint of a log. An address is first taken for that of a collector, which knows the log by its id; where
 * none answers there, for that of the note itself.
 * @param logId undefined where nothing says which log it is
 * @throws CliError COULD_NOT_READ, WITNESS_FAILED
 */
export async function readWitness(source: string, logId: string | undefined, args: Arguments, io: Io): Promise<WitnessNote> {
  if (!/^https?:\/\//.test(source))
    return { source, note: Buffer.from(readSmallFile(source, 'checkpoint', noteBytesMax)).toString('utf8') };
  try {
    return (logId === undefined ? undefined : await fromCollector(source, logId, args, io)) ?? (await fromAddress(source, args, io));
  } catch (cause) {
    if (io.signal.aborted || !(cause instanceof Error)) throw cause;
    const next = 'check the address, or verify without --witness';
    throw new CliError('WITNESS_FAILED', `no checkpoint from the witness ${source}: ${cause.message}; ${next}`, { cause });
  }
}

/** Undefined where no collector answers there. */
async function fromCollector(source: string, logId: string, args: Arguments, io: Io): Promise<WitnessNote | undefined> {
  try {
    const note = await new Collector(witnessAccess(source, args, io), io).text(checkpointPath(logId));
    parseNote(note);
    return { source, note };
  } catch (error) {
    if (error instanceof LogError) return undefined;
    if (error instanceof CliError && (error.code === 'NOT_A_COLLECTOR' || error.code === 'USAGE_BAD_VALUE')) return undefined;
    if (error instanceof CliError && (error.code === 'LOG_UNKNOWN' || error.code === 'NOT_FOUND'))
      throw new Error(`it knows no checkpoint of the log ${logId}`, { cause: error });
    throw error;
  }
}

async function fromAddress(source: string, args: Arguments, io: Io): Promise<WitnessNote> {
  const url = new URL(source);
  const { ca } = witnessAccess(url.origin, args, io);
  const transport = new Transport({ url: url.origin, tokenFrom: '', warnings: [], ...(ca !== undefined && { ca }) }, io);
  const answer = await transport.ask({ method: 'GET', url, headers: { accept: 'text/plain' }, idleMs, signal: io.signal });
  if (answer.status !== 200) {
    answer.destroy();
    throw new Error(`it answered ${answer.status}`);
  }
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of answer.body) {
    bytes += piece.length;
    if (bytes > noteBytesMax) throw new Error(`its answer has more than ${noteBytesMax} bytes`);
    pieces.push(piece);
  }
  return { source, note: Buffer.concat(pieces).toString('utf8') };
}
