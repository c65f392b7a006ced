// What a logger can be told: by option, by environment, by default, in this order. Checked once, here; the rest of the package
// works with the result.
import { homedir, hostname } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { Catalog } from './catalog.ts';
import { AuditError, messageOf } from './error.ts';
import type { Signer } from './identity.ts';

/** Options of a logger. All are optional; '' and 0 take the default, as in the seed. */
export interface LoggerOptions<C extends Catalog = {}> {
  readonly agentId?: string | undefined;
  /** Once it is known later: `setTenantId`. */
  readonly tenantId?: string | undefined;
  /** Path of the active segment. `{slot}` in it becomes the first number that no other process uses. */
  readonly logFile?: string | undefined;
  /** A segment closes at this size. 100. */
  readonly maxSizeMB?: number | undefined;
  /** Closed segments older than this go. 30; Infinity keeps for ever, 0 is refused. */
  readonly maxAgeDays?: number | undefined;
  /** The oldest closed segments go above this. 2,048. */
  readonly maxTotalSizeMB?: number | undefined;
  /** Lines that wait for the disk's sync at most. 100. */
  readonly bufferSize?: number | undefined;
  /** Milliseconds that a line waits for the disk's sync at most. 5,000; a checkpoint is made at least every second. */
  readonly flushInterval?: number | undefined;
  /** A line on stderr for each event. */
  readonly verbose?: boolean | undefined;
  /** A collector's URL. Not available yet: refused, never silently ignored. */
  readonly remoteEndpoint?: string | undefined;
  readonly remoteToken?: string | { readonly file: string } | (() => Promise<string>) | undefined;
  /** Bytes of events that may wait in memory for a disk that refuses. 16 MiB. */
  readonly pendingBytesMax?: number | undefined;
  /** Event types with a schema for their details: see defineEvents. */
  readonly events?: C | undefined;
  /** log() throws NOT_RECORDED where an event cannot be recorded at once. */
  readonly failClosed?: boolean | undefined;
  /** Nothing is deleted. */
  readonly hold?: boolean | undefined;
  /** PEM (PKCS #8, Ed25519) or a signer, instead of the log's own key file. */
  readonly identityKey?: string | Signer | undefined;
  readonly traceContext?: (() => { readonly traceId: string; readonly spanId: string } | undefined) | undefined;
  /** SIGTERM and SIGINT stop the logger, then end the process as they would have. */
  readonly handleSignals?: boolean | undefined;
  /** false: AUDIT environment variables are not looked at. */
  readonly env?: false | undefined;
  /** Every trouble, once per code and minute. Without it: process.emitWarning. */
  readonly onError?: ((error: AuditError) => void) | undefined;
}

/** Options with every default in place. */
export interface ResolvedOptions {
  readonly agentId: string | undefined;
  readonly tenantId: string | undefined;
  /** The agent's part of the origin: agentId, or the host's name. */
  readonly agent: string;
  readonly logFile: string;
  readonly segmentBytesMax: number;
  readonly ageMsMax: number;
  readonly totalBytesMax: number;
  readonly linesMax: number;
  readonly delayMsMax: number;
  readonly verbose: boolean;
  readonly waitingBytesMax: number;
  readonly failClosed: boolean;
  readonly hold: boolean;
  readonly identityKey: string | Signer | undefined;
  readonly traceContext: (() => { readonly traceId: string; readonly spanId: string } | undefined) | undefined;
  readonly handleSignals: boolean;
  readonly onError: ((error: AuditError) => void) | undefined;
}

/** The configuration without any option: the seed's DefaultLoggerConfig. */
export interface LoggerConfig {
  readonly agentId: string;
  readonly tenantId: string;
  readonly logFile: string;
  readonly maxSizeMB: number;
  readonly maxAgeDays: number;
  readonly remoteEndpoint: string;
  readonly bufferSize: number;
  readonly flushInterval: number;
  readonly verbose: boolean;
}

/** The defaults, to be changed and handed to `new Logger`. */
export function defaultLoggerConfig(): LoggerConfig {
  return {
    agentId: '',
    tenantId: '',
    logFile: defaultLogFile(),
    maxSizeMB: 100,
    maxAgeDays: 30,
    remoteEndpoint: '',
    bufferSize: 100,
    flushInterval: 5_000,
    verbose: false,
  };
}

const names = {
  agentId: 'string',
  tenantId: 'string',
  logFile: 'string',
  maxSizeMB: 'number',
  maxAgeDays: 'number',
  maxTotalSizeMB: 'number',
  bufferSize: 'number',
  flushInterval: 'number',
  verbose: 'boolean',
  remoteEndpoint: 'string',
  remoteToken: 'token',
  pendingBytesMax: 'number',
  events: 'object',
  failClosed: 'boolean',
  hold: 'boolean',
  identityKey: 'key',
  traceContext: 'function',
  handleSignals: 'boolean',
  env: 'boolean',
  onError: 'function',
} as const;

const mib = 1024 * 1024;
const dayMs = 86_400_000;
/** Format §3: at least one checkpoint a second while lines arrive. */
const delayMsMost = 1_000;

/**
 * Checks the options and fills in the rest.
 * @throws AuditError OPTION_UNKNOWN, OPTION_INVALID, REMOTE_NOT_AVAILABLE
 */
export function resolveOptions(options: LoggerOptions<Catalog>, environment: NodeJS.ProcessEnv): ResolvedOptions {
  refuseUnknown(options);
  const env = options.env === false ? {} : environment;
  const agentId = text(options.agentId, env['AGENT_AUDIT_AGENT_ID']);
  const remote = text(options.remoteEndpoint, env['AGENT_AUDIT_REMOTE']);
  if (remote !== undefined) throw remoteNotAvailable(remote);
  const maxAgeDays = options.maxAgeDays;
  if (maxAgeDays === 0) throw invalid('maxAgeDays', '0 would delete every closed segment at once; Infinity keeps for ever');
  return {
    agentId,
    tenantId: text(options.tenantId, env['AGENT_AUDIT_TENANT_ID']),
    agent: agentId ?? hostname(),
    logFile: resolveLogFile(text(options.logFile, env['AGENT_AUDIT_LOG'])),
    segmentBytesMax: Math.round(amount('maxSizeMB', options.maxSizeMB, 100, Number.MAX_SAFE_INTEGER) * mib),
    ageMsMax: amount('maxAgeDays', maxAgeDays, 30, Number.POSITIVE_INFINITY) * dayMs,
    totalBytesMax: amount('maxTotalSizeMB', options.maxTotalSizeMB, 2_048, Number.POSITIVE_INFINITY) * mib,
    linesMax: Math.ceil(amount('bufferSize', options.bufferSize, 100, 1_000_000)),
    delayMsMax: Math.min(delayMsMost, amount('flushInterval', options.flushInterval, 5_000, 86_400_000)),
    verbose: options.verbose ?? isTrue(env['AGENT_AUDIT_VERBOSE']),
    waitingBytesMax: amount('pendingBytesMax', options.pendingBytesMax, 16 * mib, Number.MAX_SAFE_INTEGER),
    failClosed: options.failClosed ?? false,
    hold: options.hold ?? false,
    identityKey: options.identityKey,
    traceContext: options.traceContext,
    handleSignals: options.handleSignals ?? false,
    onError: options.onError,
  };
}

function refuseUnknown(options: object): void {
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(names, name) ? names[name as keyof typeof names] : undefined;
    if (kind === undefined) throw unknownOption(name);
    if (value === undefined || value === null) continue;
    const actual = typeof value;
    const fits =
      kind === 'token'
        ? actual === 'string' || actual === 'object' || actual === 'function'
        : kind === 'key'
          ? actual === 'string' || isSigner(value)
          : actual === kind;
    if (!fits) throw invalid(name, `a ${actual} was given, a ${kind} is needed`);
  }
}

function isSigner(value: unknown): value is Signer {
  if (typeof value !== 'object' || value === null || !('sign' in value) || !('publicKey' in value)) return false;
  return typeof value.sign === 'function' && value.publicKey instanceof Uint8Array && value.publicKey.length === 32;
}

function unknownOption(name: string): AuditError {
  const near = Object.keys(names).find((known) => distance(known.toLowerCase(), name.toLowerCase()) <= 2);
  const hint = near === undefined ? `Known options: ${Object.keys(names).join(', ')}` : `Did you mean ${near}?`;
  return new AuditError('OPTION_UNKNOWN', 'stop', `unknown option ${JSON.stringify(name)}. ${hint}`);
}

/** Edits from one word to another (Levenshtein). */
function distance(a: string, b: string): number {
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

function amount(name: string, value: number | undefined, byDefault: number, most: number): number {
  if (value === undefined || value === 0) return byDefault;
  if (!(value > 0) || value > most) throw invalid(name, `${value} is not a number above 0${Number.isFinite(most) ? ` and up to ${most}` : ''}`);
  return value;
}

function text(...values: readonly (string | undefined)[]): string | undefined {
  return values.find((value) => value !== undefined && value !== '');
}

function isTrue(value: string | undefined): boolean {
  return value === '1' || value?.toLowerCase() === 'true';
}

function resolveLogFile(given: string | undefined): string {
  if (given === undefined) return defaultLogFile();
  const path = given.startsWith('~/') ? join(home(), given.slice(2)) : given;
  return isAbsolute(path) ? path : resolve(path);
}

function defaultLogFile(): string {
  return join(home(), '.openctem', 'audit.log');
}

function home(): string {
  try {
    return homedir();
  } catch (cause) {
    // A uid without an entry in passwd, as containers have.
    throw notWritable('~/.openctem/audit.log', `there is no home directory: ${messageOf(cause)}`, cause);
  }
}

/** The log's folder or file cannot be used: names the path, the uid, and the way out. */
export function notWritable(path: string, why: string, cause: unknown): AuditError {
  const uid = process.getuid?.() ?? 'this user';
  return new AuditError(
    'LOG_NOT_WRITABLE',
    'stop',
    `${path} cannot be written by uid ${uid}: ${why}. Choose a path that can, by the option logFile or the variable AGENT_AUDIT_LOG`,
    { cause },
  );
}

function remoteNotAvailable(remote: string): AuditError {
  return new AuditError(
    'REMOTE_NOT_AVAILABLE',
    'stop',
    `remoteEndpoint ${JSON.stringify(remote)}: this version ships nothing to a collector. Leave it (and AGENT_AUDIT_REMOTE) out, and use setRemoteSender, or read the log's files`,
  );
}

function invalid(name: string, why: string): AuditError {
  return new AuditError('OPTION_INVALID', 'stop', `option ${name}: ${why}`);
}
