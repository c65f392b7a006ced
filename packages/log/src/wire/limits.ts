// What one request may hold. An agent keeps to these, a collector refuses what goes beyond them.
import { noteBytesMax } from '../note.ts';
import { sidecarRecordBytesMax } from '../sidecar.ts';

/** Raw lines of one request to `POST /v1/entries`, in bytes, each with its LF: 4 MiB. */
export const entriesBytesMax: number = 4 * 1024 * 1024;

/** The first line of such a request: two notes (each character may be escaped) and a base record, in bytes. */
export const entriesHeadBytesMax: number = 4 * noteBytesMax + sidecarRecordBytesMax + 1024;

/** How often a log that grows no more says that its writer lives. */
export const heartbeatMs = 60_000;
