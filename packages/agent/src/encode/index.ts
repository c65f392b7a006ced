export { LineEncoder, type LineEncoderOptions } from './encoder.ts';
export { textOf } from './error-text.ts';
export type { EncodableEvent } from './line.ts';
export { isKeyed, read } from './placeholder.ts';
export type { Scope } from './scope.ts';
