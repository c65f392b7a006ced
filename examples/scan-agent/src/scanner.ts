import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const childFile = fileURLToPath(new URL('scan-child.js', import.meta.url));
const childHeapMB = 512;
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

/** What to scan, and where its SARIF report goes: a file named `<report id>.sarif`. */
export interface ScanRequest {
  readonly directory: string;
  readonly reportFile: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type ScanErrorCode = 'SCAN_FAILED' | 'SCAN_TIMEOUT' | 'SCANNER_DIED' | 'SCANNER_REPLY_MALFORMED';

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
export async function scan({ directory, reportFile, timeoutMs, signal }: ScanRequest): Promise<ScanSummary> {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [`--max-old-space-size=${childHeapMB}`, childFile, directory, reportFile], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const kill = (): boolean => child.kill('SIGKILL');
  let isLate = false;
  const timer = setTimeout(() => (isLate = kill()), timeoutMs);
  signal.addEventListener('abort', kill);
  try {
    const [text] = await Promise.all([readBounded(child.stdout, kill), once(child, 'close')]);
    signal.throwIfAborted();
    if (isLate) throw new ScanError('SCAN_TIMEOUT', `the scan of ${directory} took longer than ${timeoutMs} ms, and was ended`);
    if (child.exitCode !== 0) throw new ScanError('SCANNER_DIED', `${howItEnded(child)}; to see why: ${child.spawnargs.join(' ')}`);
    const reply = parseScanReply(text);
    if (!reply.ok) throw new ScanError('SCAN_FAILED', reply.message);
    return reply.summary;
  } finally {
    clearTimeout(timer);
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
