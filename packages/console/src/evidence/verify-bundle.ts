// The verdict on a bundle, event by event.
import { type Ed25519Verify, ed25519KeyType, LogError, parseOrigin, parseVerifierKey, type VerifierKey } from '@agent-audit/log';
import { inspect, type Inspection } from '../integrity/inspect.ts';
import { failuresOf, partTitle } from '../integrity/sentence.ts';
import type { BundleEvent, BundleHead, BundleKey, BundleReading } from './bundle.ts';

/** What was found of one event, or of a line where an event should be. */
export interface EventVerdict {
  /** The line of the evidence, from 1. */
  readonly number: number;
  readonly holds: boolean;
  /** What does not hold, by names; empty where all does. */
  readonly failing: readonly string[];
  /** Undefined where the line cannot be read. */
  readonly event?: BundleEvent;
  readonly inspection?: Inspection;
}

/** A key of the bundle, and how many events it vouches for. */
export interface KeyVerdict {
  readonly key: BundleKey;
  readonly kind: 'log' | 'witness' | 'unreadable';
  readonly name: string;
  readonly isChanged: boolean;
}

/** What was found of all. */
export interface BundleVerdict {
  readonly holds: boolean;
  readonly head?: BundleHead;
  readonly keys: readonly KeyVerdict[];
  readonly events: readonly EventVerdict[];
  /** What is wrong beside the events. */
  readonly problems: readonly string[];
}

/** Verifies all that is in it. */
export function verifyBundle(reading: BundleReading, verify: Ed25519Verify): BundleVerdict {
  const problems = [...reading.problems];
  const keys = reading.lines.flatMap(({ record, isChanged }) => (record?.kind === 'key' ? [keyVerdict(record.key, isChanged)] : []));
  const logs = new Map(keys.flatMap(({ kind, key, name }) => (kind === 'log' ? [[logIdOf(name), key.vkey] as const] : [])));
  const cosigners = keys.filter(({ kind }) => kind === 'witness').map(({ key }) => key.vkey);
  const events: EventVerdict[] = [];
  const seen = new Set<string>();
  let head: BundleHead | undefined;
  for (const { number, record, isChanged } of reading.lines) {
    if (record === undefined) events.push({ number, holds: false, failing: ['its record in this file, which cannot be read'] });
    else if (record.kind === 'head') {
      head = record.head;
      if (isChanged) problems.push('What was asked, by whom or when was changed after the export.');
    } else if (record.kind === 'event') {
      const name = `${record.event.logId}/${record.event.seq}`;
      const verdict = eventVerdict({ number, event: record.event, isChanged, isTwin: seen.has(name) }, logs, cosigners, verify);
      seen.add(name);
      events.push(verdict);
    }
  }
  for (const { isChanged, kind, name } of keys) {
    if (isChanged || kind === 'unreadable') problems.push(`The key of ${name} was changed after the export.`);
  }
  const holds = head !== undefined && problems.length === 0 && events.length > 0 && events.every((event) => event.holds);
  return { holds, ...(head === undefined ? {} : { head }), keys, events, problems };
}

interface EventLine {
  readonly number: number;
  readonly event: BundleEvent;
  readonly isChanged: boolean;
  readonly isTwin: boolean;
}

function eventVerdict(
  { number, event, isChanged, isTwin }: EventLine,
  logs: ReadonlyMap<string, string>,
  cosigners: readonly string[],
  verify: Ed25519Verify,
): EventVerdict {
  const inspection = inspect({ ...event, vkey: logs.get(event.logId) ?? '', cosigners }, verify);
  const failing = failuresOf(inspection).map((part) => {
    const isMissing = part.name === 'key' && !logs.has(event.logId);
    return isMissing ? 'the log’s key, which is not in this file' : lower(partTitle(part));
  });
  if (!inspection.holds && failing.length === 0) failing.push('the proof as a whole');
  if (isChanged) failing.push('its record in this file, changed after the export');
  if (isTwin) failing.push('its place in this file: the same line is there twice');
  return { number, holds: failing.length === 0, failing, event, inspection };
}

function keyVerdict(key: BundleKey, isChanged: boolean): KeyVerdict {
  const parsed = parseKey(key.vkey);
  if (parsed === undefined) return { key, kind: 'unreadable', name: key.vkey.split('+', 1)[0] ?? '', isChanged };
  return { key, kind: parsed.type === ed25519KeyType ? 'log' : 'witness', name: parsed.name, isChanged };
}

function parseKey(vkey: string): VerifierKey | undefined {
  try {
    return parseVerifierKey(vkey);
  } catch (error) {
    if (error instanceof LogError) return undefined;
    throw error;
  }
}

function logIdOf(origin: string): string {
  try {
    return parseOrigin(origin).logId;
  } catch (error) {
    if (error instanceof LogError) return origin;
    throw error;
  }
}

function lower(text: string): string {
  return `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
}
