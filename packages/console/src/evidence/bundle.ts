// Evidence in one text, as it stands within a file that proves itself: one JSON object a line. First what was asked, by whom and when;
// then keys; then the events, each with all that proves it; last a SHA-256 of every line before, so that a change of any byte is told.
// The last line guards against accidents and says where a change is: whoever changes the file can write it anew. The proofs they cannot.
import { decodeBase64, decodeDecimal, decodeUtf8, encodeBase64, equalBytes, type Hash, hasher, utf8 } from '@agent-audit/log';

/** Events of one file, at most. */
export const bundleEventsMax = 1_000;

/** What the form is called, and its version. */
const form = 'agent-audit/evidence@v1';

/** What the exporter says. No signature covers it. */
export interface BundleHead {
  /** What was asked, in words, and as a search. */
  readonly title: string;
  readonly search: string;
  /** RFC 3339: events of [since, until). */
  readonly since?: string;
  readonly until?: string;
  /** Who exported, by the name of their token. */
  readonly exportedBy: string;
  readonly tenant: string;
  /** By the clock of their browser. */
  readonly exportedAt: string;
  /** Where the console was opened. */
  readonly collector: string;
  /** Events that belong to the question but are not in the file, and why. */
  readonly left: readonly { readonly why: string; readonly events: number }[];
  /** What the collector said of how complete its answer is. */
  readonly completeness: string;
}

/** A key, and whether the exporter had pinned it. */
export interface BundleKey {
  readonly vkey: string;
  readonly isPinned: boolean;
}

/** An event, with what proves it. */
export interface BundleEvent {
  readonly logId: string;
  readonly seq: number;
  /** Without its LF. */
  readonly line: Uint8Array;
  /** The line's leaf hash when it was exported: it tells a changed line from a changed proof. */
  readonly leaf: Hash;
  /** C2SP tlog-proof. */
  readonly proof: string;
}

/** All of it. */
export interface Bundle {
  readonly head: BundleHead;
  readonly keys: readonly BundleKey[];
  readonly events: readonly BundleEvent[];
}

/** A line of the text, read. */
export type BundleRecord =
  | { readonly kind: 'head'; readonly head: BundleHead; readonly events: number }
  | { readonly kind: 'key'; readonly key: BundleKey }
  | { readonly kind: 'event'; readonly event: BundleEvent };

/** A line of the text, with what is to be said of it. */
export interface BundleLine {
  /** From 1. */
  readonly number: number;
  /** Undefined where it cannot be read. */
  readonly record?: BundleRecord;
  /** It is not what was exported: its hash is not the one that the last line has. */
  readonly isChanged: boolean;
}

/** A text, read. Nothing about it is verified but the hashes of its lines. */
export interface BundleReading {
  readonly lines: readonly BundleLine[];
  /** What is wrong with the text as a whole. */
  readonly problems: readonly string[];
}

/** The text of a bundle. readBundle is its inverse. It holds no `<`, so that it can stand within a script element. */
export function formatBundle({ head, keys, events }: Bundle): string {
  const records: object[] = [
    { form, events: events.length, ...headMembers(head) },
    ...keys.map(({ vkey, isPinned }) => ({ vkey, pinned: isPinned })),
    ...events.map(eventMembers),
  ];
  const lines = records.map((record) => JSON.stringify(record).replaceAll('<', String.raw`\u003c`));
  const sums = lines.map((line) => encodeBase64(sumOf(line)));
  return `${[...lines, JSON.stringify({ sums })].join('\n')}\n`;
}

/** SHA-256 of the whole text: what the exporter can note elsewhere, so that the file is known again. */
export function bundleSum(text: string): Hash {
  return sumOf(text);
}

/** Reads the text of a bundle. Never throws: what cannot be read is told. */
export function readBundle(text: string): BundleReading {
  const lines = text.split('\n');
  const problems: string[] = [];
  if (lines.pop() !== '') problems.push('The evidence is cut off: it does not end with a line feed.');
  const sums = readSums(lines.at(-1) ?? '');
  if (sums === undefined) problems.push('The last line, with the hash of every line before it, cannot be read: it was changed.');
  const body = sums === undefined ? lines : lines.slice(0, -1);
  if (sums !== undefined && sums.length !== body.length) {
    problems.push(`There are ${body.length} lines, ${sums.length} were exported: some were taken out or put in.`);
  }
  const read = body.map((line, i): BundleLine => {
    const record = readRecord(line);
    const sum = sums?.[i];
    const isChanged = sums !== undefined && (sum === undefined || !equalBytes(sum, sumOf(line)));
    return { number: i + 1, ...(record === undefined ? {} : { record }), isChanged };
  });
  const first = read[0]?.record;
  const events = read.filter(({ record }) => record?.kind === 'event').length;
  if (first?.kind !== 'head') problems.push('What was asked, by whom and when, cannot be read: its line was changed.');
  else if (first.events !== events) problems.push(`${events} of ${first.events} events can be read.`);
  return { lines: read, problems };
}

function sumOf(text: string): Hash {
  return hasher.digest(utf8(text));
}

function headMembers({ exportedBy, exportedAt, ...rest }: BundleHead): object {
  return { ...rest, exported_by: exportedBy, exported_at: exportedAt };
}

function eventMembers({ logId, seq, line, leaf, proof }: BundleEvent): object {
  const text = decodeUtf8(line);
  const raw = text === undefined ? { line_base64: encodeBase64(line) } : { line: text };
  return { log: logId, seq, ...raw, leaf: encodeBase64(leaf), proof };
}

function readSums(line: string): Hash[] | undefined {
  const sums = parse(line)?.get('sums');
  if (!Array.isArray(sums)) return undefined;
  const hashes = sums.map((sum: unknown) => (typeof sum === 'string' ? decodeBase64(sum) : undefined));
  const whole = hashes.filter((hash) => hash?.length === 32);
  return whole.length === hashes.length ? whole.filter((hash) => hash !== undefined) : undefined;
}

type Members = ReadonlyMap<string, unknown>;

function readRecord(line: string): BundleRecord | undefined {
  const members = parse(line);
  if (members === undefined) return undefined;
  if (members.has('form')) return readHead(members);
  if (members.has('vkey')) return readKey(members);
  return members.has('proof') ? readEvent(members) : undefined;
}

function readHead(members: Members): BundleRecord | undefined {
  const events = members.get('events');
  const completeness = textOf(members, 'completeness');
  const [title, search, exportedBy] = [textOf(members, 'title'), textOf(members, 'search'), textOf(members, 'exported_by')];
  const [tenant, exportedAt, collector] = [textOf(members, 'tenant'), timeOf(members, 'exported_at'), textOf(members, 'collector')];
  const [since, until, left] = [timeOf(members, 'since'), timeOf(members, 'until'), leftOf(members.get('left'))];
  if (members.get('form') !== form || typeof events !== 'number' || title === undefined || search === undefined) return undefined;
  if (exportedBy === undefined || tenant === undefined || exportedAt === undefined || collector === undefined) return undefined;
  if (left === undefined || completeness === undefined) return undefined;
  const times = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
  return { kind: 'head', events, head: { title, search, ...times, exportedBy, tenant, exportedAt, collector, left, completeness } };
}

function leftOf(value: unknown): BundleHead['left'] | undefined {
  if (!Array.isArray(value)) return undefined;
  const left = value.map((item: unknown) => {
    const members = membersOf(item);
    const [why, events] = [members?.get('why'), members?.get('events')];
    return typeof why === 'string' && typeof events === 'number' ? { why, events } : undefined;
  });
  const whole = left.filter((item) => item !== undefined);
  return whole.length === left.length ? whole : undefined;
}

function readKey(members: Members): BundleRecord | undefined {
  const [vkey, pinned] = [textOf(members, 'vkey'), members.get('pinned')];
  if (vkey === undefined || typeof pinned !== 'boolean') return undefined;
  return { kind: 'key', key: { vkey, isPinned: pinned } };
}

function readEvent(members: Members): BundleRecord | undefined {
  const [logId, proof, seq] = [textOf(members, 'log'), textOf(members, 'proof'), members.get('seq')];
  const text = textOf(members, 'line');
  const line = text === undefined ? decodeBase64(textOf(members, 'line_base64') ?? '=') : utf8(text);
  const leaf = decodeBase64(textOf(members, 'leaf') ?? '');
  if (logId === undefined || proof === undefined || line === undefined || leaf?.length !== 32) return undefined;
  if (typeof seq !== 'number' || decodeDecimal(String(seq)) !== seq) return undefined;
  return { kind: 'event', event: { logId, seq, line, leaf, proof } };
}

function parse(line: string): Members | undefined {
  try {
    return membersOf(JSON.parse(line));
  } catch {
    return undefined;
  }
}

function membersOf(value: unknown): Members | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return new Map<string, unknown>(Object.entries(value));
}

function textOf(members: Members, name: string): string | undefined {
  const value = members.get(name);
  return typeof value === 'string' ? value : undefined;
}

function timeOf(members: Members, name: string): string | undefined {
  const value = textOf(members, name);
  return value !== undefined && !Number.isNaN(Date.parse(value)) ? value : undefined;
}
