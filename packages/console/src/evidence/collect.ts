// Gets together what goes into a file of evidence: the events of a search, or one, and for each its proof. Each proof is verified before it
// goes in: a file that leaves here holds, or is not made.
import {
  decodeBase64,
  erasedLeaf,
  eventsAnswer,
  eventsPath,
  hasher,
  proofAnswer,
  proofPath,
  type ReadEvent,
} from '@agent-audit/log';
import { read, type Parameters } from '../api/client.ts';
import { isPassing, Problem } from '../api/problem.ts';
import { completenessText } from '../app/completeness.tsx';
import { after } from '../clock.ts';
import { rememberingVerify } from '../integrity/ed25519.ts';
import { inspect, type LineEvidence } from '../integrity/inspect.ts';
import { failuresOf, partTitle } from '../integrity/sentence.ts';
import { isPinned, type Pin } from '../integrity/trust.ts';
import { type Bundle, type BundleEvent, bundleEventsMax, type BundleHead } from './bundle.ts';

/** The place of an event. */
interface Place {
  readonly log: string;
  readonly seq: number;
}

/** What is to be collected. */
export interface Wanted {
  readonly q: string;
  readonly range: Parameters;
  /** One event instead of a search. */
  readonly event?: Place;
}

/** Who exports, and where from. */
export interface Exporter {
  readonly name: string;
  readonly tenant: string;
  readonly collector: string;
  readonly pins: readonly Pin[];
  readonly nowMs: number;
}

/** How far it is. */
export interface Progress {
  readonly proven: number;
  readonly events: number;
}

/** Requests at a time: a token may have 16, and the rest of the console asks too. */
const atOnce = 6;
const retryMs = 1_100;
const triesMax = 30;

/**
 * Collects and verifies it.
 * @throws Problem where the collector refuses; Error where a proof does not hold, naming the event and the part
 */
export async function collectEvidence(
  wanted: Wanted,
  exporter: Exporter,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Promise<Bundle> {
  const found = await findPlaces(wanted, signal);
  const collected = new Map<number, LineEvidence>();
  const left = new Map<string, number>();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let at = next++; at < found.places.length; at = next++) {
      const place = found.places[at];
      if (place === undefined) continue;
      const evidence = await proofOf(place, signal);
      if (typeof evidence === 'string') left.set(evidence, (left.get(evidence) ?? 0) + 1);
      else collected.set(at, evidence);
      onProgress({ proven: collected.size, events: found.places.length });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  const evidence = [...collected].toSorted(([a], [b]) => a - b).map(([, one]) => one);
  verifyAll(evidence);
  return bundleOf(evidence, headOf(wanted, exporter, found, left), exporter.pins);
}

interface Found {
  readonly places: readonly Place[];
  readonly more: boolean;
  readonly completeness: string;
}

async function findPlaces({ q, range, event }: Wanted, signal: AbortSignal): Promise<Found> {
  if (event !== undefined) return { places: [event], more: false, completeness: 'one event was asked for' };
  const parameters = { ...range, q: q === '' ? undefined : q, order: 'asc', limit: bundleEventsMax };
  const places: Place[] = [];
  let cursor: string | undefined;
  let completeness: string;
  do {
    const answer = await read(eventsAnswer, eventsPath, { ...parameters, cursor }, signal);
    places.push(...answer.events.map(({ log, seq }: ReadEvent) => ({ log, seq })));
    completeness = completenessText(answer.completeness);
    cursor = answer.next;
  } while (cursor !== undefined && places.length < bundleEventsMax);
  return { places: places.slice(0, bundleEventsMax), more: cursor !== undefined || places.length > bundleEventsMax, completeness };
}

/** What proves a line; in words, why there is nothing that does. A collector that is asked too often is asked again. */
async function proofOf({ log, seq }: Place, signal: AbortSignal): Promise<LineEvidence | string> {
  for (let tries = 1; ; tries++) {
    try {
      const { line_base64: line, proof, vkey, cosigners } = await read(proofAnswer, proofPath(log, seq), {}, signal);
      return { logId: log, seq, line: decodeBase64(line) ?? new Uint8Array(), proof, vkey, cosigners };
    } catch (error) {
      if (error instanceof Problem && error.code === 'NOT_FOUND') return 'not witnessed yet, or no longer stored: there is no proof';
      if (!isPassing(error) || tries >= triesMax) throw error;
      await waitFor(retryMs, signal);
    }
  }
}

function waitFor(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((done, fail) => {
    const giveUp = (): void => fail(new DOMException('given up', 'AbortError'));
    const cancel = after(delayMs, () => {
      signal.removeEventListener('abort', stop);
      done();
    });
    const stop = (): void => {
      cancel();
      giveUp();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
}

function verifyAll(all: readonly LineEvidence[]): void {
  const verify = rememberingVerify();
  for (const evidence of all) {
    const inspection = inspect(evidence, verify);
    if (inspection.holds) continue;
    const parts = failuresOf(inspection).map(partTitle).join(', ');
    throw new Error(`line ${evidence.seq} of log ${evidence.logId} is not proven by what the collector gave (${parts}): no file was made`);
  }
}

function bundleOf(all: readonly LineEvidence[], head: BundleHead, pins: readonly Pin[]): Bundle {
  const vkeys = new Set([...all.map(({ vkey }) => vkey), ...all.flatMap(({ cosigners }) => cosigners)]);
  const events = all.map(({ logId, seq, line, proof }): BundleEvent => {
    const leaf = erasedLeaf(line, 0, line.length) ?? hasher.leaf(line, 0, line.length);
    return { logId, seq, line, leaf, proof };
  });
  return { head, keys: [...vkeys].map((vkey) => ({ vkey, isPinned: isPinned(pins, vkey) })), events };
}

function headOf(wanted: Wanted, exporter: Exporter, { completeness, more }: Found, left: ReadonlyMap<string, number>): BundleHead {
  const { q, range, event } = wanted;
  const search = event === undefined ? q : `line ${event.seq} of log ${event.log}`;
  const times = {
    ...(event === undefined && typeof range['since'] === 'string' ? { since: range['since'] } : {}),
    ...(event === undefined && typeof range['until'] === 'string' ? { until: range['until'] } : {}),
  };
  return {
    title: titleOf(wanted),
    search,
    ...times,
    exportedBy: exporter.name,
    tenant: exporter.tenant,
    exportedAt: new Date(exporter.nowMs).toISOString(),
    collector: exporter.collector,
    left: [...left].map(([why, events]) => ({ why, events })),
    completeness: more ? `${completeness}; the search finds more than ${bundleEventsMax} events, these are its first` : completeness,
  };
}

function titleOf({ q, event }: Wanted): string {
  if (event !== undefined) return 'Evidence: one event';
  const job = /^job_id:(\S+)$/.exec(q)?.[1];
  return job === undefined ? 'Evidence: what a search found' : `Evidence: job ${job}`;
}
