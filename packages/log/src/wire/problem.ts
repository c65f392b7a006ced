// What a collector answers when it refuses: RFC 9457 problem details (application/problem+json) with a stable `code`.
import { type JsonObject, parseJsonObject } from '../line-fields.ts';

/** The media type of a problem. */
export const problemMediaType = 'application/problem+json';

/** Every code of a collector, with the HTTP status that it goes with. */
export const problemStatus = {
  /** The request cannot be read: its head, its JSON, a parameter. */
  REQUEST_MALFORMED: 400,
  /** A search that cannot be read; `search` holds column and suggestion. */
  SEARCH_MALFORMED: 400,
  CURSOR_MALFORMED: 400,
  TOKEN_MISSING: 401,
  /** Unknown, expired or revoked: nobody is told which. */
  TOKEN_INVALID: 401,
  /** The token may not do this; `needs` names the scope. */
  SCOPE_MISSING: 403,
  /** A request of a browser whose origin or session does not fit. */
  REQUEST_FORGED: 403,
  /** The key does not hash to the origin. */
  KEY_MISMATCH: 403,
  /** The note is not signed by the log's key. */
  SIGNATURE_INVALID: 403,
  /** The log belongs to another tenant or agent than the token. */
  LOG_NOT_YOURS: 403,
  /** No such log here: enrol it. */
  LOG_UNKNOWN: 404,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  /** The log here has another size than `old`: `size` and `note` say which. */
  SIZE_CONFLICT: 409,
  /** Two different logs under one origin were seen: final. Both notes are kept. */
  LOG_FORKED: 409,
  BODY_TOO_LARGE: 413,
  MEDIA_TYPE_UNSUPPORTED: 415,
  /** The lines do not hash to the root that was signed, or the same size was signed with another root: final. */
  ROOT_MISMATCH: 422,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  /** The store does not answer, or the collector has as much to do as it may: come again. */
  UNAVAILABLE: 503,
  /** The store's disk is full: come again. */
  STORE_FULL: 503,
  /** The store refuses the collector for good: the detail says what its operator does. Come again, and not soon. */
  STORE_REFUSED: 503,
} as const;

/** The code of a refusal: programs may match on it. */
export type WireProblemCode = keyof typeof problemStatus;

/** A refusal as it stands on the wire. Further members belong to its code. */
export interface WireProblem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly code: WireProblemCode;
  /** What happened, and what to do next. */
  readonly detail: string;
  readonly members: JsonObject;
}

/** Whether a text is one of the codes. */
export function isWireProblemCode(text: string): text is WireProblemCode {
  return Object.hasOwn(problemStatus, text);
}

/** The JSON text of a refusal. */
export function formatProblem(code: WireProblemCode, detail: string, members: JsonObject = {}): string {
  const status = problemStatus[code];
  return JSON.stringify({ type: 'about:blank', title: titleOf(code), status, code, detail, ...members });
}

/** The refusal in a body; undefined where that is something else: a proxy's page, a newer collector's code. */
export function parseProblem(body: string): WireProblem | undefined {
  const fields = parseJsonObject(body);
  if (fields === undefined) return undefined;
  const { type: _type, title, status, code, detail, ...members } = fields;
  if (typeof title !== 'string' || typeof detail !== 'string' || typeof code !== 'string' || !isWireProblemCode(code)) return undefined;
  const expected = problemStatus[code];
  return status === expected ? { type: 'about:blank', title, status: expected, code, detail, members } : undefined;
}

/** `LOG_UNKNOWN` → `Log unknown`. */
function titleOf(code: WireProblemCode): string {
  const words = code.replaceAll('_', ' ').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
