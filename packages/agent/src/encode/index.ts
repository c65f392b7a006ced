export { LineEncoder, type LineEncoderOptions } from './encoder.ts';
export { errorText } from './error-text.ts';
export type { EncodableEvent } from './line.ts';
export type { Scope } from './scope.ts';
