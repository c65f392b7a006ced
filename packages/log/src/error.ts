/** Stable codes of everything that this package can refuse. Scripts may match on them. */
export type LogErrorCode =
  | 'NOTE_MALFORMED'
  | 'NOTE_UNSIGNED'
  | 'NOTE_BAD_SIGNATURE'
  | 'KEY_MALFORMED'
  | 'KEY_WRONG_TYPE'
  | 'ORIGIN_MALFORMED'
  | 'CHECKPOINT_MALFORMED'
  | 'CHECKPOINT_OTHER_ORIGIN'
  | 'COSIGNATURE_MALFORMED'
  | 'FRONTIER_MALFORMED'
  | 'SIDECAR_MALFORMED'
  | 'FILE_NAME_MALFORMED'
  | 'LINE_MALFORMED'
  | 'PROOF_MALFORMED'
  | 'PROOF_INVALID'
  | 'POLICY_MALFORMED'
  | 'POLICY_NOT_SATISFIED'
  | 'WIRE_MALFORMED';

/** A refusal: what was wrong, in words for a person, under a code for a program. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly code: LogErrorCode;

  constructor(code: LogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
