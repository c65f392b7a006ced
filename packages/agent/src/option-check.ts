// Refuses what no option is called, and what no option can be: a mistyped option that is silently ignored is a log in the wrong place.
import { AuditError } from './error.ts';

/** What an option takes, in words, and whether a value is that. */
interface OptionKind {
  readonly needed: string;
  readonly fits: (value: unknown) => boolean;
}

function ofType(type: 'string' | 'number' | 'boolean' | 'function'): OptionKind {
  return { needed: `a ${type}`, fits: (value) => typeof value === type };
}

function isTextOrFile(value: unknown): boolean {
  if (typeof value === 'string') return true;
  return typeof value === 'object' && value !== null && 'file' in value && typeof value.file === 'string' && value.file !== '';
}

function isTexts(value: unknown): boolean {
  return typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
}

const kinds: Readonly<Record<string, OptionKind>> = {
  agentId: ofType('string'),
  tenantId: ofType('string'),
  logFile: ofType('string'),
  maxSizeMB: ofType('number'),
  maxAgeDays: ofType('number'),
  maxTotalSizeMB: ofType('number'),
  minFreeDiskMB: ofType('number'),
  bufferSize: ofType('number'),
  flushInterval: ofType('number'),
  verbose: ofType('boolean'),
  remoteEndpoint: ofType('string'),
  remoteToken: { needed: 'a string, { file } or a function', fits: (value) => typeof value === 'function' || isTextOrFile(value) },
  remoteKey: { needed: 'a vkey or an array of them', fits: isTexts },
  remoteCa: { needed: 'PEM text or { file }', fits: isTextOrFile },
  remoteInsecure: ofType('boolean'),
  fileMode: { needed: '0o600, 0o640 or 0o644', fits: (value) => value === 0o600 || value === 0o640 || value === 0o644 },
  pendingBytesMax: ofType('number'),
  events: { needed: 'what defineEvents gives', fits: (value) => typeof value === 'object' },
  redact: { needed: 'false or an object', fits: (value) => value === false || typeof value === 'object' },
  failClosed: ofType('boolean'),
  hold: ofType('boolean'),
  identityKey: { needed: 'PEM text or { publicKey: 32 bytes, sign }', fits: (value) => typeof value === 'string' || isSigner(value) },
  traceContext: ofType('function'),
  handleSignals: ofType('boolean'),
  env: { needed: 'false', fits: (value) => value === false },
  onError: ofType('function'),
};

/**
 * Checks names and kinds of options. undefined and null are as if the option were not there.
 * @throws AuditError OPTION_UNKNOWN with a suggestion, OPTION_INVALID
 */
export function checkOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) throw invalidOption('s', `${typeof options} was given, an object is needed`);
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) throw unknownOption(name);
    if (value === undefined || value === null || kind.fits(value)) continue;
    throw invalidOption(` ${name}`, `a value of type ${typeof value} was given, ${kind.needed} is needed`);
  }
}

function invalidOption(which: string, why: string): AuditError {
  return new AuditError('OPTION_INVALID', 'stop', `option${which}: ${why}`);
}

function isSigner(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('sign' in value) || !('publicKey' in value)) return false;
  return typeof value.sign === 'function' && value.publicKey instanceof Uint8Array && value.publicKey.length === 32;
}

const suggestionDistanceMax = 2;

/** The known name that a mistyped one was meant to be; undefined where none is near. */
export function nearestTo(name: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((candidate) => ({ candidate, edits: editsBetween(candidate.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits);
  return nearest !== undefined && nearest.edits <= suggestionDistanceMax ? nearest.candidate : undefined;
}

function unknownOption(name: string): AuditError {
  const known = Object.keys(kinds);
  const nearest = nearestTo(name, known);
  const hint = nearest === undefined ? `Known options: ${known.join(', ')}` : `Did you mean ${nearest}?`;
  return new AuditError('OPTION_UNKNOWN', 'stop', `unknown option ${JSON.stringify(name)}. ${hint}`);
}

/** Edits from one word to another (Levenshtein). */
function editsBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
