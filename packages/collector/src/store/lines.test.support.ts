// Logs for tests of the store: every line follows from its log and its seq, so that whoever reads them back knows what must stand there.
import type { Commit, LineBatch, LogRecord } from './store.ts';

/** The line at a place. */
export function lineAt(logId: string, seq: number): string {
  const timestamp = new Date(Date.UTC(2026, 10, 24) + seq * 1_000).toISOString();
  return JSON.stringify({ seq, timestamp, type: 'scan_started', severity: 'INFO', message: `line ${seq} of ${logId}` });
}

/** Lines [from, to). */
export function bytesOf(logId: string, from: number, to: number): Uint8Array {
  const lines = Array.from({ length: to - from }, (_, index) => `${lineAt(logId, from + index)}\n`);
  return Buffer.from(lines.join(''));
}

/** A batch of them. */
export function batchOf(logId: string, from: number, to: number): LineBatch {
  const place = { logId, origin: `agent/${logId}`, tenant: 'acme', agent: 'agent' };
  return { ...place, from, bytes: bytesOf(logId, from, to), lines: to - from, receivedAtMs: Date.UTC(2026, 10, 24) };
}

/** The record of a log of so many lines. */
export function recordOf(logId: string, size: number): LogRecord {
  const whose = { logId, origin: `agent/${logId}`, vkey: `agent/${logId}+0+0`, tenant: 'acme', agent: 'agent' };
  const times = { enrolledAtMs: 1, seenAtMs: size, grownAtMs: size, newestEventMs: size };
  const how = { end: 'open', state: 'sound', erasing: [], toldSize: undefined } as const;
  return { ...whose, ...times, ...how, first: 0, size, frontier: [], note: `size ${size}` };
}

/** What brings logs to a size: lines, a node, an alarm, and the records. */
export function commitOf(logIds: readonly string[], from: number, to: number): Commit {
  const nodes = logIds.map((logId) => ({ logId, level: 0, index: from, hash: new Uint8Array(32).fill(to) }));
  const alarms = logIds.map((logId) => {
    const whose = { tenant: 'acme', agent: 'agent', logId, origin: `agent/${logId}` };
    return { id: `${logId} ${to}`, ...whose, kind: 'GAP' as const, atMs: to, message: 'a gap', notes: [] };
  });
  return {
    batches: logIds.map((logId) => batchOf(logId, from, to)),
    nodes,
    alarms,
    records: logIds.map((logId) => recordOf(logId, to)),
  };
}
