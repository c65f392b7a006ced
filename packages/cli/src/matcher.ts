import { compile, type Decoder, type Matcher, type Query } from '@agent-audit/search';

/** Node's own decoders: several times as fast as those that run everywhere. */
const decoder: Decoder = {
  latin1: (bytes, start, end) => bufferOf(bytes).toString('latin1', start, end),
  utf8: (bytes, start, end) => bufferOf(bytes).toString('utf8', start, end),
};

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/**
 * A query made ready for the bytes of logs.
 * @throws SearchError
 */
export function matcherOf(query: Query): Matcher {
  return compile(query, decoder);
}
