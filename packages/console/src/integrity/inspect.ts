// Takes the proof of one line apart and says of each part whether it holds. The last word has verifyProof of @agent-audit/log: what it
// refuses never counts as proven, whatever the parts look like.
import {
  type Checkpoint,
  cosignatureKeyType,
  decodeUtf8,
  type Ed25519Verify,
  equalBytes,
  erasedLeaf,
  type Hash,
  hasher,
  LogError,
  type LogProof,
  openCheckpoint,
  openCosignatures,
  originMatchesKey,
  parseOrigin,
  parseProof,
  parseVerifierKey,
  policyOfLog,
  readCheckpoint,
  requireKeyType,
  type VerifierKey,
  verifyProof,
} from '@agent-audit/log';
import { climb, type MerklePath } from './merkle-path.ts';

/** All that is there to prove one line. Nothing about it is verified. */
export interface LineEvidence {
  /** The log that was asked for: the 32 hex digits of its origin. */
  readonly logId: string;
  /** The line that was asked for. */
  readonly seq: number;
  /** Without its LF. */
  readonly line: Uint8Array;
  /** C2SP tlog-proof. */
  readonly proof: string;
  readonly vkey: string;
  /** Vkeys of witnesses whose cosignatures count. */
  readonly cosigners: readonly string[];
  /** The leaf hash as somebody wrote it down before: it tells a changed line from a changed proof. It proves nothing by itself. */
  readonly leaf?: Hash;
}

/** What a proof consists of. */
export type PartName = 'key' | 'proof' | 'line' | 'path' | 'signature' | 'cosignature';

/** One part, looked at. */
export interface Part {
  readonly name: PartName;
  /** `unknown`: another part does not hold, so that nothing can be said. `absent`: a witness that did not cosign, which refutes nothing. */
  readonly state: 'holds' | 'fails' | 'unknown' | 'absent';
  /** For a person. */
  readonly why: string;
  /** Of a cosignature: by whom. */
  readonly by?: string;
}

/** A witness whose cosignature holds. */
export interface Witnessed {
  readonly key: VerifierKey;
  readonly timeSeconds: number;
}

/** What was found. */
export interface Inspection {
  /** Every part holds, and so does the whole. */
  readonly holds: boolean;
  readonly parts: readonly Part[];
  /** Who says so; each only where it could be read. */
  readonly log?: VerifierKey;
  readonly checkpoint?: Checkpoint;
  /** Where the checkpoint's signature holds only: the lines that this key vouches for. */
  readonly isSigned: boolean;
  /** The signed note. */
  readonly note?: string;
  readonly path?: MerklePath;
  readonly witnesses: readonly Witnessed[];
  /** The line's content is gone by an erasure; what is proven is the hash that it had. */
  readonly isErased: boolean;
}

type Reading<T> = { readonly value: T } | { readonly why: string };

/** Looks at every part. Never throws on what it is given. */
export function inspect(evidence: LineEvidence, verify: Ed25519Verify): Inspection {
  const key = reading(() => readLogKey(evidence));
  const proof = reading(() => readProof(evidence));
  const log = 'value' in key ? key.value : undefined;
  const parsed = 'value' in proof ? proof.value : undefined;
  const signed = signatureOf(parsed, log, verify);
  const cosigners = evidence.cosigners.map((vkey) => cosignatureOf(vkey, parsed, verify));
  const line = lineOf(evidence, parsed, signed);
  const parts: Part[] = [
    part('line', line.line),
    part('path', line.path),
    part('proof', judge(proof, `It is of line ${evidence.seq}.`)),
    part('signature', signed.judgement),
    ...cosigners.map(({ part: found }) => found),
    part('key', judge(key, 'The origin certifies it: its digits are a hash of it.')),
  ];
  const witnesses = cosigners.flatMap(({ witnessed }) => witnessed ?? []);
  const refusal = log === undefined ? undefined : refusalOf(evidence, log, witnesses, verify);
  const isWhole = parts.every(({ state }) => state === 'holds' || state === 'absent');
  // No part failed, but the whole does: never shown as proven.
  if (isWhole && refusal !== undefined) parts.push({ name: 'proof', state: 'fails', why: refusal });
  return {
    holds: isWhole && log !== undefined && refusal === undefined,
    parts,
    ...(log === undefined ? {} : { log }),
    ...(parsed === undefined ? {} : { note: parsed.checkpoint }),
    ...(signed.checkpoint === undefined ? {} : { checkpoint: signed.checkpoint }),
    isSigned: signed.judgement.state === 'holds',
    ...(line.climbed === undefined ? {} : { path: line.climbed }),
    witnesses,
    isErased: erasedLeaf(evidence.line, 0, evidence.line.length) !== undefined,
  };
}

type Judgement = Pick<Part, 'state' | 'why'>;

function part(name: PartName, judgement: Judgement): Part {
  return { name, ...judgement };
}

function judge(read: Reading<unknown>, good: string): Judgement {
  return 'why' in read ? { state: 'fails', why: read.why } : { state: 'holds', why: good };
}

function reading<T>(read: () => T): Reading<T> {
  try {
    return { value: read() };
  } catch (error) {
    if (error instanceof LogError) return { why: sentence(error.message) };
    throw error;
  }
}

function readLogKey({ vkey, logId }: LineEvidence): VerifierKey {
  const key = parseVerifierKey(vkey);
  policyOfLog(key);
  if (parseOrigin(key.name).logId !== logId) throw new LogError('KEY_MALFORMED', `this is the key of another log, ${key.name}`);
  if (originMatchesKey(key.name, key.publicKey)) return key;
  throw new LogError('KEY_MALFORMED', `the origin ${key.name} does not certify this key: somebody put another one there`);
}

function readProof({ proof, seq }: LineEvidence): LogProof {
  const parsed = parseProof(proof);
  if (parsed.index === seq) return parsed;
  throw new LogError('PROOF_INVALID', `it is of line ${parsed.index}, not of line ${seq}`);
}

interface Signed {
  readonly judgement: Judgement;
  /** Also where its signature does not hold: what it claims. */
  readonly checkpoint?: Checkpoint;
}

function signatureOf(proof: LogProof | undefined, log: VerifierKey | undefined, verify: Ed25519Verify): Signed {
  if (proof === undefined) return { judgement: { state: 'unknown', why: 'The proof that holds the checkpoint cannot be used.' } };
  const claimed = readClaim(proof.checkpoint);
  if (log === undefined) return { judgement: { state: 'unknown', why: 'The key to check it with cannot be used.' }, ...claimed };
  const opened = reading(() => openCheckpoint(proof.checkpoint, log, verify));
  if ('why' in opened) return { judgement: { state: 'fails', why: opened.why }, ...claimed };
  const { size } = opened.value;
  const why = `The log’s key signed this root, of its first ${size === 1 ? 'line' : `${size} lines`}.`;
  return { judgement: { state: 'holds', why }, checkpoint: opened.value };
}

function readClaim(note: string): { checkpoint?: Checkpoint } {
  const claim = reading(() => readCheckpoint(note));
  return 'value' in claim ? { checkpoint: claim.value } : {};
}

/** The last second that a Date can tell. */
const secondsMax = 8_640_000_000_000;

function cosignatureOf(vkey: string, proof: LogProof | undefined, verify: Ed25519Verify): { part: Part; witnessed?: Witnessed } {
  const key = reading(() => readCosigner(vkey));
  if ('why' in key) return { part: { name: 'cosignature', state: 'fails', why: key.why, by: vkey.split('+')[0] ?? '' } };
  const by = key.value.name;
  if (proof === undefined) return { part: { name: 'cosignature', state: 'unknown', why: 'There is no checkpoint to look at.', by } };
  const opened = reading(() => openCosignatures(proof.checkpoint, [key.value], verify));
  if ('why' in opened) return { part: { name: 'cosignature', state: 'fails', why: opened.why, by } };
  const times = opened.value.map(({ timeSeconds }) => timeSeconds);
  if (times.length === 0) {
    return { part: { name: 'cosignature', state: 'absent', why: 'This witness did not cosign this checkpoint.', by } };
  }
  const timeSeconds = Math.min(...times);
  if (timeSeconds > secondsMax) return { part: { name: 'cosignature', state: 'fails', why: 'It tells a time beyond all calendars.', by } };
  const time = new Date(timeSeconds * 1000).toISOString().replace('.000Z', 'Z');
  const why = `At ${time}, by its clock, this witness saw the same root, consistent with all that it had seen of the log before.`;
  return { part: { name: 'cosignature', state: 'holds', why, by }, witnessed: { key: key.value, timeSeconds } };
}

function readCosigner(vkey: string): VerifierKey {
  const key = parseVerifierKey(vkey);
  requireKeyType(key, cosignatureKeyType);
  return key;
}

interface LineFound {
  readonly line: Judgement;
  readonly path: Judgement;
  readonly climbed?: MerklePath;
}

function lineOf(evidence: LineEvidence, proof: LogProof | undefined, { checkpoint, judgement }: Signed): LineFound {
  const { line, seq } = evidence;
  const leaf = erasedLeaf(line, 0, line.length) ?? hasher.leaf(line, 0, line.length);
  const start = `{"seq":${seq},`;
  const isForm = decodeUtf8(line.subarray(0, start.length)) === start && !line.includes(0x0a);
  const form: Judgement = isForm
    ? { state: 'holds', why: `It names itself line ${seq}.` }
    : { state: 'fails', why: `It is not one line that begins with ${start}` };
  if (proof === undefined || checkpoint === undefined) {
    return { line: form.state === 'holds' ? { state: 'unknown', why: 'There is no root to hold it against.' } : form, path: noRoot };
  }
  const climbed = climb(seq, checkpoint.size, leaf, proof.proof);
  if (climbed === undefined) {
    return { line: form, path: { state: 'fails', why: `It does not have the hashes that line ${seq} of ${checkpoint.size} needs.` } };
  }
  const arrives = equalBytes(climbed.root, checkpoint.root);
  if (!arrives && judgement.state === 'fails') {
    const why = 'The root that it should lead to is not one that was signed.';
    return { line: form.state === 'fails' ? form : { state: 'unknown', why }, path: { state: 'unknown', why }, climbed };
  }
  return { ...blame(form, arrives, evidence, { leaf, proof, checkpoint }), climbed };
}

const noRoot: Judgement = { state: 'unknown', why: 'There is no root to arrive at.' };

/** Which of both does not hold. Without a leaf that was noted before, nobody can tell a changed line from a changed hash beside it. */
function blame(
  form: Judgement,
  arrives: boolean,
  evidence: LineEvidence,
  { leaf, proof, checkpoint }: { leaf: Hash; proof: LogProof; checkpoint: Checkpoint },
): Pick<LineFound, 'line' | 'path'> {
  const noted = evidence.leaf;
  if (arrives) {
    const path: Judgement = { state: 'holds', why: 'Hashed with its siblings, the line leads to the root.' };
    if (noted === undefined || equalBytes(noted, leaf)) return { line: form, path };
    return { line: { state: 'fails', why: 'It is what was signed, but the hash that was noted beside it was changed.' }, path };
  }
  const lost: Judgement = { state: 'fails', why: 'Hashed with its siblings, the line does not lead to the root.' };
  if (noted === undefined) {
    const why = 'Either the line was changed, or a hash beside its path.';
    return { line: form.state === 'fails' ? form : { state: 'unknown', why }, path: lost };
  }
  if (equalBytes(noted, leaf)) {
    return { line: form, path: { ...lost, why: `${lost.why} The line is as it was noted, so a hash beside its path was changed.` } };
  }
  const original = climb(evidence.seq, checkpoint.size, noted, proof.proof);
  if (original !== undefined && equalBytes(original.root, checkpoint.root)) {
    return {
      line: { state: 'fails', why: 'It is not the line that was signed: another one, noted by its hash, leads to the root.' },
      path: { state: 'holds', why: 'It leads from the line that was signed to the root.' },
    };
  }
  return { line: { state: 'fails', why: 'It is not the line that was noted by its hash.' }, path: lost };
}

/** What the format's own verifier objects to; undefined where it is content. */
function refusalOf(evidence: LineEvidence, log: VerifierKey, witnesses: readonly Witnessed[], verify: Ed25519Verify): string | undefined {
  const witnessed = witnesses.map(({ key }, i) => ({ kind: 'witness' as const, name: `w${i}`, key }));
  const policy = { ...policyOfLog(log), witnesses: witnessed };
  const proven = reading(() => verifyProof({ event: evidence.line, proof: evidence.proof, policy, verify }));
  if ('why' in proven) return proven.why;
  return proven.value.index === evidence.seq ? undefined : `The proof is of line ${proven.value.index}.`;
}

function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}${/[.!?]$/.test(message) ? '' : '.'}`;
}
