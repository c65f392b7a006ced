// C2SP tlog-policy: which logs and witnesses somebody trusts, and how many of the witnesses must have cosigned a checkpoint.
import { decodeDecimal, decodeUtf8, equalBytes, utf8 } from './bytes.ts';
import { parseCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { openCosignatures } from './cosignature.ts';
import type { Cosignature } from './cosignature.ts';
import { LogError } from './error.ts';
import { cosignatureKeyType, ed25519KeyType, formatVerifierKey, parseVerifierKey, requireKeyType } from './key.ts';
import type { Ed25519Verify, KeyType, VerifierKey } from './key.ts';
import { openNote, parseNote } from './note.ts';

/** A log whose checkpoints are accepted. Its key's name is the origin. */
export interface PolicyLog {
  readonly key: VerifierKey;
  readonly url?: string;
}

/** A witness, under the name that the policy alone gives it. */
export interface PolicyWitness {
  readonly kind: 'witness';
  readonly name: string;
  readonly key: VerifierKey;
  readonly url?: string;
}

/** A group of witnesses and groups: it has witnessed what at least `threshold` of its members have. */
export interface PolicyGroup {
  readonly kind: 'group';
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly (PolicyWitness | PolicyGroup)[];
}

/** Whose cosignatures a checkpoint needs. */
export type PolicyQuorum = PolicyWitness | PolicyGroup | { readonly kind: 'none' };

/** A policy, its names resolved. */
export interface Policy {
  readonly logs: readonly PolicyLog[];
  readonly witnesses: readonly PolicyWitness[];
  readonly quorum: PolicyQuorum;
}

/** A witness of the policy whose cosignature holds. */
export interface PolicyWitnessed {
  readonly witness: PolicyWitness;
  /** When it cosigned, by its clock; its first time where it cosigned more than once. */
  readonly timeSeconds: number;
  /** Whether the quorum counts this witness. */
  readonly counted: boolean;
}

/** What a policy says of a checkpoint whose signatures hold. */
export type PolicyVerdict = {
  readonly checkpoint: Checkpoint;
  /** The key of the log that signed it. */
  readonly log: VerifierKey;
  readonly witnesses: readonly PolicyWitnessed[];
} & (
  | {
      readonly satisfied: true;
      /** When the quorum was complete: the checkpoint is no younger. Absent where the policy asks for no witness. */
      readonly quorumSeconds?: number;
    }
  | {
      readonly satisfied: false;
      /** Whose cosignatures the quorum lacks, in words. */
      readonly lacking: string;
    }
);

/** Bytes of the longest policy file. */
export const policyBytesMax = 1_048_576;

/** Logs, witnesses and groups of one policy, each. C2SP asks for at least 32. */
export const policyEntriesMax = 1024;

const lineFeed = 0x0a;
const tab = 0x09;
const space = 0x20;

/** What the lines read so far define. */
interface Draft {
  readonly logs: PolicyLog[];
  readonly witnesses: PolicyWitness[];
  readonly names: Map<string, PolicyWitness | PolicyGroup>;
  /** Members of some group already. Each counts in one way only. */
  readonly grouped: Set<PolicyWitness | PolicyGroup>;
  quorum: PolicyQuorum | undefined;
}

/**
 * Reads a policy file. Names are compared octet by octet, as C2SP asks; a file that may not be UTF-8 is given as its bytes.
 * @throws LogError POLICY_MALFORMED, naming the line
 */
export function parsePolicy(policy: string | Uint8Array): Policy {
  const octets = typeof policy === 'string' ? utf8(policy) : policy;
  if (octets.length > policyBytesMax) throw malformed(`the policy has ${octets.length} bytes, the most is ${policyBytesMax}`);
  const draft: Draft = { logs: [], witnesses: [], names: new Map(), grouped: new Set(), quorum: undefined };
  let line = 0;
  for (let at = 0; at < octets.length; ) {
    line++;
    const end = octets.indexOf(lineFeed, at);
    try {
      // A cut-off last line could still be a policy, with a shorter name as its quorum: so it is no line.
      if (end < 0) throw malformed('it does not end with a line feed; was the file cut off?');
      readLine(itemsOf(octets.subarray(at, end)), draft);
    } catch (cause) {
      if (!(cause instanceof LogError)) throw cause;
      throw new LogError('POLICY_MALFORMED', `policy, line ${line}: ${cause.message}`, { cause });
    }
    at = end + 1;
  }
  const { logs, witnesses, quorum } = draft;
  if (quorum === undefined) throw malformed('the policy has no quorum line; write "quorum <name>", or "quorum none" to ask for no witness');
  return { logs, witnesses, quorum };
}

/** The policy that trusts one log and asks for no witness. */
export function policyOfLog(key: VerifierKey): Policy {
  requireKeyType(key, ed25519KeyType);
  return { logs: [{ key }], witnesses: [], quorum: { kind: 'none' } };
}

/** The policy with one more log: for a policy of witnesses alone, and a log whose key is known otherwise. */
export function withLog(policy: Policy, key: VerifierKey): Policy {
  return { ...policy, logs: [...policy.logs, ...policyOfLog(key).logs] };
}

/**
 * Judges a checkpoint: one of the policy's logs must have signed it under its own origin, which is required; whether the quorum
 * of witnesses is reached is the verdict. Signatures by others are ignored.
 * @throws LogError POLICY_NOT_SATISFIED where the policy does not list the log, and as openNote, parseCheckpoint and
 *   openCosignatures do
 */
export function satisfiesPolicy(note: string, policy: Policy, verify: Ed25519Verify): PolicyVerdict {
  const checkpoint = parseCheckpoint(parseNote(note).text);
  const log = openLog(note, checkpoint, policy, verify);
  const keys = policy.witnesses.map(({ key }) => key);
  const times = firstTimes(policy, openCosignatures(note, keys, verify));
  const counting = membersOf(policy.quorum);
  const witnesses = [...times].map(([witness, timeSeconds]) => ({ witness, timeSeconds, counted: counting.has(witness) }));
  const evidence = { checkpoint, log, witnesses };
  if (policy.quorum.kind === 'none') return { ...evidence, satisfied: true };
  const quorumSeconds = reachedSeconds(policy.quorum, times);
  return quorumSeconds === Infinity
    ? { ...evidence, satisfied: false, lacking: describeLack(policy.quorum, times) }
    : { ...evidence, satisfied: true, quorumSeconds };
}

function openLog(note: string, checkpoint: Checkpoint, policy: Policy, verify: Ed25519Verify): VerifierKey {
  const keys = policy.logs.map(({ key }) => key).filter(({ name }) => name === checkpoint.origin);
  const [log] = keys.length === 0 ? [] : openNote(note, keys, verify).verified;
  if (log !== undefined) return log;
  throw new LogError('POLICY_NOT_SATISFIED', `the policy does not list the log ${checkpoint.origin}; if you trust it, add "log <vkey>"`);
}

function firstTimes(policy: Policy, cosignatures: readonly Cosignature[]): Map<PolicyWitness, number> {
  const times = new Map<PolicyWitness, number>();
  for (const { key, timeSeconds } of cosignatures) {
    const witness = policy.witnesses.find((candidate) => candidate.key === key);
    if (witness !== undefined) times.set(witness, Math.min(timeSeconds, times.get(witness) ?? Infinity));
  }
  return times;
}

/** The time at which a member had witnessed: a group, when its threshold's last one had. Infinity where it has not. */
function reachedSeconds(member: PolicyWitness | PolicyGroup, times: ReadonlyMap<PolicyWitness, number>): number {
  if (member.kind === 'witness') return times.get(member) ?? Infinity;
  const reached = member.members.map((one) => reachedSeconds(one, times)).toSorted((a, b) => a - b);
  return reached[member.threshold - 1] ?? Infinity;
}

function describeLack(member: PolicyWitness | PolicyGroup, times: ReadonlyMap<PolicyWitness, number>): string {
  if (member.kind === 'witness') return `witness ${member.name}`;
  const lacking = member.members.filter((one) => reachedSeconds(one, times) === Infinity);
  const have = member.members.length - lacking.length;
  return `${member.threshold - have} more of group ${member.name} (${lacking.map((one) => describeLack(one, times)).join(', ')})`;
}

function membersOf(quorum: PolicyQuorum): Set<PolicyQuorum> {
  return new Set(quorum.kind === 'group' ? quorum.members.flatMap((member) => [...membersOf(member)]) : [quorum]);
}

function readLine(items: readonly string[], draft: Draft): void {
  const [keyword, ...rest] = items;
  switch (keyword) {
    case undefined:
      return;
    case 'log':
      return readLog(rest, draft);
    case 'witness':
      return readWitness(rest, draft);
    case 'group':
      return readGroup(rest, draft);
    case 'quorum':
      return readQuorum(rest, draft);
    default:
      throw malformed(`${shown(keyword)} is none of log, witness, group, quorum`);
  }
}

function readLog([vkey, url, ...rest]: readonly string[], draft: Draft): void {
  if (vkey === undefined || rest.length > 0) throw malformed('the form is "log <vkey> [<url>]"');
  const key = readKey(vkey, ed25519KeyType, draft.logs);
  draft.logs.push(url === undefined ? { key } : { key, url });
}

function readWitness([name, vkey, url, ...rest]: readonly string[], draft: Draft): void {
  if (name === undefined || vkey === undefined || rest.length > 0) throw malformed('the form is "witness <name> <vkey> [<url>]"');
  const key = readKey(vkey, cosignatureKeyType, draft.witnesses);
  const witness: PolicyWitness = { kind: 'witness', name, key, ...(url === undefined ? {} : { url }) };
  define(name, witness, draft);
  draft.witnesses.push(witness);
}

function readGroup([name, threshold, ...names]: readonly string[], draft: Draft): void {
  if (name === undefined || threshold === undefined || names.length === 0) {
    throw malformed('the form is "group <name> all|any|<k> <name>..."');
  }
  const members = names.map((member) => resolve(member, draft));
  for (const member of members) {
    if (draft.grouped.has(member)) throw malformed(`${shown(member.name)} is a member of a group already; it can count in one way only`);
    draft.grouped.add(member);
  }
  define(name, { kind: 'group', name, threshold: readThreshold(threshold, members.length), members }, draft);
}

function readQuorum([name, ...rest]: readonly string[], draft: Draft): void {
  if (name === undefined || rest.length > 0) throw malformed('the form is "quorum <name>" or "quorum none"');
  if (draft.quorum !== undefined) throw malformed('there is a quorum line already; a policy has one');
  draft.quorum = name === 'none' ? { kind: 'none' } : resolve(name, draft);
}

function readThreshold(text: string, count: number): number {
  if (text === 'any') return 1;
  if (text === 'all') return count;
  const threshold = decodeDecimal(text);
  if (threshold !== undefined && threshold >= 1 && threshold <= count) return threshold;
  throw malformed(`threshold ${shown(text)} is none of all, any, and a decimal from 1 to ${count}, the number of members`);
}

function readKey(vkey: string, type: KeyType, known: readonly { readonly key: VerifierKey }[]): VerifierKey {
  const key = parseVerifierKey(vkey);
  requireKeyType(key, type);
  if (known.length >= policyEntriesMax) throw malformed(`more than ${policyEntriesMax} lines of its kind`);
  const twin = known.find((other) => equalBytes(other.key.publicKey, key.publicKey));
  if (twin !== undefined) throw malformed(`its public key is listed already, as ${formatVerifierKey(twin.key)}`);
  return key;
}

function define(name: string, member: PolicyWitness | PolicyGroup, draft: Draft): void {
  if (name === 'none') throw malformed('"none" is reserved for the quorum; choose another name');
  if (draft.names.has(name)) throw malformed(`${shown(name)} is defined already; witnesses and groups share their names`);
  if (draft.names.size >= 2 * policyEntriesMax) throw malformed(`more than ${2 * policyEntriesMax} names`);
  draft.names.set(name, member);
}

function resolve(name: string, draft: Draft): PolicyWitness | PolicyGroup {
  const member = draft.names.get(name);
  if (member !== undefined) return member;
  throw malformed(`${shown(name)} is not defined on a line before this one`);
}

/** The items of a line; none for a blank line and a comment. */
function itemsOf(line: Uint8Array): string[] {
  const control = line.find((octet) => (octet < space && octet !== tab) || octet === 0x7f);
  if (control !== undefined) {
    const hint = control === 0x0d ? '; lines end with a line feed alone' : '';
    throw malformed(`control character 0x${control.toString(16).padStart(2, '0')} is not allowed${hint}`);
  }
  const items: string[] = [];
  for (let at = 0; at < line.length; ) {
    const isBlank = line[at] === space || line[at] === tab;
    const next = line.subarray(at).findIndex((octet) => (octet === space || octet === tab) !== isBlank);
    const end = next < 0 ? line.length : at + next;
    if (!isBlank) items.push(textOf(line.subarray(at, end)));
    at = end;
  }
  return items[0]?.startsWith('#') === true ? [] : items;
}

/** An item as text. Where it is not UTF-8, an octet above ASCII becomes a lone surrogate: other octets stay another name. */
function textOf(octets: Uint8Array): string {
  const text = decodeUtf8(octets);
  if (text !== undefined) return text;
  return Array.from(octets, (octet) => String.fromCharCode(octet < 0x80 ? octet : 0xdc00 + octet)).join('');
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

function malformed(why: string): LogError {
  return new LogError('POLICY_MALFORMED', why);
}
