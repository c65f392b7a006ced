import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Limits, Pressure } from './governor.ts';

const childFile = fileURLToPath(new URL('scan-child.js', import.meta.url));
const replyCharsMax = 64 * 1024;

/** What one scan saw; the report holds the findings. */
export interface ScanSummary {
  readonly files: number;
  readonly bytes: number;
  /** Files and directories passed over: too large, not text, or not readable. */
  readonly skipped: number;
  /** Whether the scan stopped at its limit of files, with some left. */
  readonly limited: boolean;
  readonly findings: number;
  /** The first files with findings, relative to the directory. */
  readonly filesNamed: readonly string[];
}

/** What the scanning process prints, as one JSON text. */
export type ScanReply = { readonly ok: true; readonly summary: ScanSummary } | { readonly ok: false; readonly message: string };

/** What a scanning process may take: beyond `heapMB` it dies, beyond the others it slows itself down. */
export interface ScanLimits extends Limits {
  readonly heapMB: number;
}

/** What to scan, and where its SARIF report goes: a file named `<report id>.sarif`. */
export interface ScanRequest {
  readonly directory: string;
  readonly reportFile: string;
  /** Aborted: the scan is ended. */
  readonly signal: AbortSignal;
  readonly limits: ScanLimits;
  /** Is told when the scan is near a limit, slows down, and goes on. */
  readonly onPressure: (pressure: Pressure) => void;
}

export type ScanErrorCode = 'SCAN_FAILED' | 'SCANNER_DIED' | 'SCANNER_REPLY_MALFORMED';

/** A scan that could not be done. */
export class ScanError extends Error {
  override readonly name: string = 'ScanError';
  readonly code: ScanErrorCode;

  constructor(code: ScanErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * Scans a directory for leaked secrets in a process of its own, so that a hostile file can take down or hang the scan, but not the agent.
 * Settles only once that process is gone. When the signal aborts, the process is killed and the promise rejects with the signal's reason.
 * @throws {ScanError}
 */
export async function scan({ directory, reportFile, signal, limits, onPressure }: ScanRequest): Promise<ScanSummary> {
  signal.throwIfAborted();
  const { heapMB, cpuMax, memoryMaxMB } = limits;
  const options = [`--max-old-space-size=${heapMB}`, childFile, directory, reportFile, String(cpuMax), String(memoryMaxMB)];
  const child = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'ignore', 'ipc'] });
  const kill = (): boolean => child.kill('SIGKILL');
  child.on('message', (message) => {
    const pressure = parsePressure(message);
    if (pressure !== undefined) onPressure(pressure);
  });
  signal.addEventListener('abort', kill);
  try {
    const [text] = await Promise.all([readBounded(child.stdout ?? Readable.from([]), kill), once(child, 'close')]);
    signal.throwIfAborted();
    if (child.exitCode !== 0) throw new ScanError('SCANNER_DIED', `${howItEnded(child)}; to see why: ${child.spawnargs.join(' ')}`);
    const reply = parseScanReply(text);
    if (!reply.ok) throw new ScanError('SCAN_FAILED', reply.message);
    return reply.summary;
  } finally {
    signal.removeEventListener('abort', kill);
  }
}

function howItEnded({ exitCode, signalCode }: ChildProcess): string {
  return `the scanning process ended ${signalCode === null ? `with status ${exitCode}` : `by ${signalCode}`}, without a reply`;
}

async function readBounded(stream: Readable, tooMuch: () => void): Promise<string> {
  let text = '';
  for await (const piece of stream.setEncoding('utf8')) {
    text += String(piece);
    if (text.length > replyCharsMax) tooMuch();
  }
  return text;
}

/** Another process sent it; what is no pressure is passed over. */
export function parsePressure(message: unknown): Pressure | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  const { step, reason, cpu, memoryMB }: Readonly<Record<string, unknown>> = { ...message };
  const isStep = step === 'warning' || step === 'throttle' || step === 'resume';
  const isReason = reason === 'cpu' || reason === 'memory';
  if (!isStep || !isReason || typeof cpu !== 'number' || typeof memoryMB !== 'number') return undefined;
  return { step, reason, cpu, memoryMB };
}

/** Another process wrote the reply, so it is checked field by field. */
export function parseScanReply(text: string): ScanReply {
  const malformed = (what: string): ScanError => new ScanError('SCANNER_REPLY_MALFORMED', `the scanning process replied ${what}`);
  const fields = (value: unknown, name: string): Readonly<Record<string, unknown>> => {
    if (typeof value !== 'object' || value === null) throw malformed(`without ${name}`);
    return { ...value };
  };
  const reply = fields(parseJson(text), 'an object');
  if (reply['ok'] === false) return { ok: false, message: String(reply['message']) };
  const { limited, filesNamed, ...rest } = fields(reply['summary'], 'a summary');
  const count = (name: string): number => {
    const value = rest[name];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) throw malformed(`without a count of ${name}`);
    return value;
  };
  if (typeof limited !== 'boolean' || !Array.isArray(filesNamed)) throw malformed('without limited or filesNamed');
  const counts = { files: count('files'), bytes: count('bytes'), skipped: count('skipped'), findings: count('findings') };
  return { ok: true, summary: { ...counts, limited, filesNamed: filesNamed.map(String) } };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ScanError('SCANNER_REPLY_MALFORMED', `the scanning process replied no JSON, ${text.length} characters`, { cause: error });
  }
}
