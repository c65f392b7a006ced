// What a logger can be told: by option, by environment, by default, in this order. Checked once, here; the rest of the package
// works with the result.
import { hostname } from 'node:os';
import { type Catalog, checkCatalog } from './catalog.ts';
import { AuditError, messageOf } from './error.ts';
import { flagVariable, variable } from './environment.ts';
import type { Signer } from './identity.ts';
import { defaultLogFile, resolveLogFile } from './log-path.ts';
import { checkOptions } from './option-check.ts';
import { compileRedactor, type RedactOptions, type Redactor } from './redact/index.ts';
import { type RemoteOptions, resolveRemote } from './remote-options.ts';
import { freeBytesMinDefault } from './seal/free-space.ts';

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
  /** The oldest closed segments go above this. 2,048, or twice maxSizeMB where that is more; it must be above maxSizeMB. */
  readonly maxTotalSizeMB?: number | undefined;
  /** The oldest closed segments go while the disk has less free than this, or than a tenth of a small disk. 512. */
  readonly minFreeDiskMB?: number | undefined;
  /** Lines that wait for the disk's sync at most. 100. */
  readonly bufferSize?: number | undefined;
  /** Milliseconds that a line waits for the disk's sync at most. 5,000; a checkpoint is made at least every second. */
  readonly flushInterval?: number | undefined;
  /** A line on stderr for each event. */
  readonly verbose?: boolean | undefined;
  /** A collector's address, to which sealed lines are shipped: `https://audit.example`. What it has not cosigned is not deleted. */
  readonly remoteEndpoint?: string | undefined;
  /** The bearer token for it: as it is, in a file that is read again for each request, or from a function, at most once a minute. */
  readonly remoteToken?: string | { readonly file: string } | (() => Promise<string>) | undefined;
  /** The vkeys that may cosign. Without them those of the first answer are pinned, in `<stem>.collector`. */
  readonly remoteKey?: string | readonly string[] | undefined;
  /** Certificates (PEM) that are trusted for it instead of the system's, or their file, which is read once. */
  readonly remoteCa?: string | { readonly file: string } | undefined;
  /** Allows plain http to another machine: whoever is on the way reads the events and the token. */
  readonly remoteInsecure?: boolean | undefined;
  /** Bytes of events that may wait in memory for a disk that refuses. 16 MiB. */
  readonly pendingBytesMax?: number | undefined;
  /** Of the log's segments and checkpoints, for shippers that run as others: 0o600, 0o640 or 0o644. The key stays its owner's. 0o600. */
  readonly fileMode?: number | undefined;
  /** Event types with a schema for their details: see defineEvents. */
  readonly events?: C | undefined;
  /** Secrets are masked in details, message and error. More to look for, and how it is shown; false: nothing is masked. */
  readonly redact?: false | RedactOptions | undefined;
  /** log() throws NOT_RECORDED where an event cannot be recorded at once. */
  readonly failClosed?: boolean | undefined;
  /** Nothing is deleted. */
  readonly hold?: boolean | undefined;
  /** PEM (PKCS #8, Ed25519) or a signer, instead of the log's own key file. */
  readonly identityKey?: string | Signer | undefined;
  /** Asked at each event for the trace that it belongs to, so that it carries those ids. */
  readonly traceContext?: (() => { readonly traceId: string; readonly spanId: string } | undefined) | undefined;
  /** SIGTERM and SIGINT stop the logger, then end the process as they would have; process 1, which they would spare, by its exit status. */
  readonly handleSignals?: boolean | undefined;
  /** false: the environment's variables (AGENT_AUDIT_…) are not looked at. */
  readonly env?: false | undefined;
  /**
   * Told every trouble; those of single events (action `drop`) once a second for each code, with how many there were. Without it:
   * process.emitWarning, once per code and minute.
   */
  readonly onError?: ((error: AuditError) => void) | undefined;
}

/** Options with every default in place. */
export interface ResolvedOptions {
  readonly agentId: string | undefined;
  readonly tenantId: string | undefined;
  /** The agent's part of the origin: agentId, or the host's name. */
  readonly agent: string;
  readonly logFile: string;
  /** Who gave the path, for messages. The default is never wrong as a name. */
  readonly logFileFrom: 'option logFile' | 'variable AGENT_AUDIT_LOG';
  readonly segmentBytesMax: number;
  readonly ageMsMax: number;
  readonly totalBytesMax: number;
  readonly freeBytesMin: number;
  readonly linesMax: number;
  readonly delayMsMax: number;
  readonly verbose: boolean;
  readonly waitingBytesMax: number;
  readonly fileMode: number;
  readonly redactor: Redactor | undefined;
  readonly failClosed: boolean;
  readonly hold: boolean;
  readonly identityKey: string | Signer | undefined;
  readonly traceContext: (() => { readonly traceId: string; readonly spanId: string } | undefined) | undefined;
  readonly handleSignals: boolean;
  readonly onError: ((error: AuditError) => void) | undefined;
  /** undefined: nothing is shipped. */
  readonly remote: RemoteOptions | undefined;
}

/** The seed's configuration, with every value in place. */
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

/**
 * What a logger without options uses, environment included: to be looked at, or changed and handed to `new Logger`, which then
 * still obeys the environment in all that was left as it is.
 * @throws AuditError OPTION_INVALID, where a variable is neither on nor off
 */
export function defaultLoggerConfig(): LoggerConfig {
  const env = process.env;
  return {
    agentId: variable(env, 'AGENT_ID') ?? '',
    tenantId: variable(env, 'TENANT_ID') ?? '',
    logFile: variable(env, 'LOG') ?? defaultLogFile(),
    maxSizeMB: maxSizeMBDefault,
    maxAgeDays: maxAgeDaysDefault,
    remoteEndpoint: variable(env, 'REMOTE') ?? '',
    bufferSize: bufferSizeDefault,
    flushInterval: flushIntervalDefault,
    verbose: flagVariable(env, 'VERBOSE') ?? false,
  };
}

const maxSizeMBDefault = 100;
const maxAgeDaysDefault = 30;
const maxTotalSizeMBDefault = 2_048;
const bufferSizeDefault = 100;
const flushIntervalDefault = 5_000;
const mib = 1024 * 1024;
const dayMs = 86_400_000;
/** Format §3: at least one checkpoint a second while lines arrive. */
const delayMsMost = 1_000;

/**
 * Checks the options and fills in the rest.
 * @throws AuditError OPTION_UNKNOWN, OPTION_INVALID
 */
export function resolveOptions(options: LoggerOptions<Catalog>, environment: NodeJS.ProcessEnv): ResolvedOptions {
  checkOptions(options);
  checkEvents(options.events ?? {});
  const env = options.env === false ? {} : environment;
  if (options.maxAgeDays === 0) throw invalid('maxAgeDays', '0 would delete every closed segment at once; Infinity keeps for ever');
  const agentId = text(options.agentId) ?? variable(env, 'AGENT_ID');
  const logFile = text(options.logFile);
  return {
    agentId,
    tenantId: text(options.tenantId) ?? variable(env, 'TENANT_ID'),
    agent: agentId ?? hostname(),
    logFile: resolveLogFile(logFile ?? variable(env, 'LOG')),
    logFileFrom: logFile === undefined ? 'variable AGENT_AUDIT_LOG' : 'option logFile',
    ...resolveLimits(options),
    verbose: options.verbose ?? flagVariable(env, 'VERBOSE') ?? false,
    redactor: resolveRedactor(options.redact),
    fileMode: options.fileMode ?? 0o600,
    failClosed: options.failClosed ?? false,
    hold: options.hold ?? false,
    identityKey: options.identityKey ?? undefined,
    traceContext: options.traceContext ?? undefined,
    handleSignals: options.handleSignals ?? false,
    onError: options.onError ?? undefined,
    remote: resolveRemote(options, env),
  };
}

type LimitName = 'segmentBytesMax' | 'ageMsMax' | 'totalBytesMax' | 'freeBytesMin' | 'linesMax' | 'delayMsMax' | 'waitingBytesMax';
type Limits = Pick<ResolvedOptions, LimitName>;

function resolveLimits(options: LoggerOptions<Catalog>): Limits {
  const { maxAgeDays, minFreeDiskMB, bufferSize, flushInterval, pendingBytesMax } = options;
  const segmentMB = amount('maxSizeMB', options.maxSizeMB, maxSizeMBDefault, Infinity);
  const totalMB = amount('maxTotalSizeMB', options.maxTotalSizeMB, Math.max(maxTotalSizeMBDefault, 2 * segmentMB), Infinity);
  if (totalMB <= segmentMB && totalMB !== Infinity) {
    const why = `${totalMB} is not above maxSizeMB, ${segmentMB}: every segment would be deleted as soon as it is closed`;
    throw invalid('maxTotalSizeMB', why);
  }
  return {
    segmentBytesMax: Math.round(segmentMB * mib),
    ageMsMax: amount('maxAgeDays', maxAgeDays, maxAgeDaysDefault, Infinity) * dayMs,
    totalBytesMax: totalMB * mib,
    freeBytesMin: amount('minFreeDiskMB', minFreeDiskMB, freeBytesMinDefault / mib, Infinity) * mib,
    linesMax: Math.ceil(amount('bufferSize', bufferSize, bufferSizeDefault, 1_000_000)),
    delayMsMax: Math.min(delayMsMost, amount('flushInterval', flushInterval, flushIntervalDefault, dayMs)),
    waitingBytesMax: amount('pendingBytesMax', pendingBytesMax, 16 * mib, Number.MAX_SAFE_INTEGER),
  };
}

function resolveRedactor(redact: false | RedactOptions | null | undefined): Redactor | undefined {
  if (redact === false) return undefined;
  try {
    return compileRedactor(redact ?? {});
  } catch (cause) {
    throw invalid('redact', messageOf(cause));
  }
}

function checkEvents(events: Catalog): void {
  try {
    checkCatalog(events);
  } catch (cause) {
    throw invalid('events', messageOf(cause));
  }
}

/** '' and 0 take the default; null is what a JavaScript caller may have for nothing. */
function amount(name: string, value: number | null | undefined, byDefault: number, most: number): number {
  if (value === undefined || value === null || value === 0) return byDefault;
  if (value > 0 && value <= most) return value;
  throw invalid(name, `${value} is not a number above 0${Number.isFinite(most) ? ` and up to ${most}` : ''}`);
}

function text(value: string | null | undefined): string | undefined {
  return value === null || value === '' ? undefined : value;
}

function invalid(name: string, why: string): AuditError {
  return new AuditError('OPTION_INVALID', 'stop', `option ${name}: ${why}`);
}
