import { hash } from 'node:crypto';
import type { Hasher } from '@agent-audit/log';

const pair = Buffer.alloc(65);
pair[0] = 0x01;
let line = Buffer.alloc(4096);

/** SHA-256 by Node's own crypto, which uses what the processor has for it. */
export const nodeHasher: Hasher = {
  digest(bytes) {
    return hash('sha256', bytes, 'buffer');
  },
  leaf(bytes, start, end) {
    const length = 1 + end - start;
    if (line.length < length) line = Buffer.alloc(2 * length);
    line.set(bytes.subarray(start, end), 1);
    return hash('sha256', line.subarray(0, length), 'buffer');
  },
  node(left, right) {
    pair.set(left, 1);
    pair.set(right, 33);
    return hash('sha256', pair, 'buffer');
  },
};
