// The one event that every contender logs: type, message, job and five details, about 340 bytes as a line of the format.
//
// The events are made before the clock starts, a ring of them with differing values: what the caller spends on making an event is not the
// logger's, and one event over and over would let a cache look like speed.

/** What a contender is given; the agent and the job are bound when it opens, in its own way. */
export interface BenchEvent {
  readonly type: 'scan_started' | 'scan_completed' | 'chunk_uploaded' | 'upload_completed';
  readonly message: string;
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

export const agentId = 'scanner-7';
/** Unique in every line, so that counting it counts what was kept. */
export const jobId = 'j-4f2a9c41d07b0e55';

const ringLength = 1024;
const types = ['scan_started', 'scan_completed', 'chunk_uploaded', 'upload_completed'] as const;

function makeEvent(index: number): BenchEvent {
  return {
    type: types[index % types.length] ?? 'scan_started',
    message: `Template finished on host ${String(index % 250).padStart(3, '0')}`,
    details: {
      target: `https://web-${String(index % 97).padStart(2, '0')}.example.com/login`,
      template: `http/cves/2026/CVE-2026-${String(10_000 + index)}.yaml`,
      status: index % 5 === 0 ? 404 : 200,
      elapsed_ms: (index % 700) + 0.25,
      matched: index % 9 === 0,
    },
  };
}

const ring: readonly BenchEvent[] = Array.from({ length: ringLength }, (_, index) => makeEvent(index));

/** The event of a position; positions beyond the ring begin again. */
export function eventAt(position: number): BenchEvent {
  // The ring has an event at every masked position; the fallback is for the type only.
  return ring[position & (ringLength - 1)] ?? makeEvent(position);
}
