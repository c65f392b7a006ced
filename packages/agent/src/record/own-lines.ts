// What the log says of itself when a writer opens it.
import { hostname } from 'node:os';
import { formatVersion, type LogOpenDetails, Severity } from '@agent-audit/log';
import type { EncodableEvent } from '../encode/index.ts';
import type { OpenedLog } from '../open/open.ts';
import { version } from '../version.ts';

/** The first line of a start, and of every segment that begins at `first`. It carries nothing that must be computed from the log. */
export function openEvent({ identity, previous }: Pick<OpenedLog, 'identity' | 'previous'>, first: number): EncodableEvent {
  const details: LogOpenDetails = {
    format: formatVersion,
    origin: identity.origin,
    vkey: identity.vkey,
    host: hostname(),
    pid: process.pid,
    node: process.versions.node,
    version,
    first,
    ...(previous === undefined ? {} : { previous: { origin: previous.origin, why: previous.why } }),
  };
  return { type: 'log.open', severity: Severity.Info, message: 'Log opened', details };
}
