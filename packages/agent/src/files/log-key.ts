import { LogError, lineType, originMatchesKey, parseLogLine, parseVerifierKey, type VerifierKey } from '@agent-audit/log';
import { linesOf } from './batch.ts';
import { FilesError } from './error.ts';
import { lineBatches } from './lines.ts';

/**
 * The key that a log names as its own, in the first `log.open` line that the origin certifies: an origin holds a hash of its key.
 * That this is the log it should be, only somebody who knows the origin or the key from elsewhere can say.
 * @throws FilesError KEY_NOT_FOUND; and as `lines` does
 */
export async function readLogKey(logFile: string, options: { signal?: AbortSignal | undefined } = {}): Promise<VerifierKey> {
  for await (const batch of lineBatches(logFile, options)) {
    for (const { start, end } of linesOf(batch)) {
      const isOpen = lineType(batch.bytes, start, end) === 'log.open';
      const key = isOpen ? certifiedKey(batch.bytes.subarray(start, end)) : undefined;
      if (key !== undefined) return key;
    }
  }
  const message = `no log.open line of ${logFile} names a key that its origin certifies`;
  throw new FilesError('KEY_NOT_FOUND', logFile, `${message}: is this a log of agent-audit? then give its key`);
}

function certifiedKey(line: Uint8Array): VerifierKey | undefined {
  try {
    const reading = parseLogLine(line);
    if (reading.kind !== 'known' || reading.line.type !== 'log.open') return undefined;
    const { origin, vkey } = reading.line.details;
    const key = parseVerifierKey(vkey);
    return key.name === origin && originMatchesKey(origin, key.publicKey) ? key : undefined;
  } catch (error) {
    if (error instanceof LogError) return undefined;
    throw error;
  }
}
