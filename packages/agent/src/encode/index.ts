export { type EncodableEvent, LineEncoder, type LineEncoderOptions } from './encoder.ts';
export { errorText, textOf } from './error-text.ts';
export type { Scope } from './fields.ts';
