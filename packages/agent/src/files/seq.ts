import { utf8 } from '@agent-audit/log';

const head = utf8('{"seq":');
const COMMA = 0x2c;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/** Bytes that show the seq of any line: `{"seq":`, at most 16 digits, and the comma. */
export const seqBytesMax: number = head.length + 17;

/**
 * The seq that the line at `start` says it has. Undefined where it does not begin with `{"seq":N,`, as a damaged line may not:
 * a reader passes such a line on under the number of its place, to judge it is the verifier's work.
 */
export function seqAt(bytes: Uint8Array, start: number, end: number): number | undefined {
  let at = start + head.length;
  if (at >= end) return undefined;
  for (let i = 0; i < head.length; i++) if (bytes[start + i] !== head[i]) return undefined;
  const digits = at;
  let seq = 0;
  for (; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte < DIGIT_0 || byte > DIGIT_9) break;
    seq = seq * 10 + (byte - DIGIT_0);
  }
  return at > digits && at < end && bytes[at] === COMMA && Number.isSafeInteger(seq) ? seq : undefined;
}
