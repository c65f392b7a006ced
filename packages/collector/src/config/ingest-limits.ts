// The section `ingest`: how much of what agents send is taken on at once.
import { defaultIngestLimits, type IngestLimits } from '../ingest/limits.ts';
import { CollectorError } from './error.ts';
import { type IngestLimitOptions, knownKeys } from './options.ts';
import type { Section } from './section.ts';

/** The section as it was said, checked key by key: what was not said is not there. */
export type ParsedIngestLimits = ReadonlyMap<keyof IngestLimitOptions, number>;

type Bounds = readonly [min: number, max: number];

const kibibyte = 1024;
const gibibyte = 1024 ** 3;
const hourMs = 3_600_000;
const rates: Bounds = [1, 1_000_000];

/** What each may be. Below the least an agent that keeps to the wire could not go on. */
const bounds: Readonly<Record<keyof IngestLimitOptions, Bounds>> = {
  bodyBytesMax: [defaultIngestLimits.bodyBytesMax, gibibyte],
  bodyDeadlineMs: [1_000, hourMs],
  inflationRatioMax: [16, 100_000],
  inflatedBytesFree: [64 * kibibyte, gibibyte],
  inFlightBytesMax: [defaultIngestLimits.bodyBytesMax, 64 * gibibyte],
  inFlightBytesPerLogMax: [defaultIngestLimits.bodyBytesMax, 64 * gibibyte],
  commitBytesMax: [64 * kibibyte, gibibyte],
  requestsPerSecond: rates,
  requestsBurst: rates,
  enrolmentsPerSecond: rates,
  enrolmentsBurst: rates,
  heartbeatsWrittenMs: [100, hourMs],
  erasureRetryMs: [1_000, hourMs],
};

/**
 * Reads the section.
 * @throws CollectorError CONFIG_UNKNOWN_KEY, CONFIG_INVALID
 */
export function ingestSectionOf(top: Section): ParsedIngestLimits | undefined {
  const section = top.section('ingest', knownKeys.ingest);
  if (section === undefined) return undefined;
  const said = knownKeys.ingest.map((key) => [key, section.count(key, ...bounds[key])] as const);
  return new Map(said.flatMap(([key, value]) => (value === undefined ? [] : [[key, value] as const])));
}

/**
 * The limits with every default in place.
 * @throws CollectorError CONFIG_INVALID where they do not go together
 */
export function ingestLimitsOf(...said: readonly (ParsedIngestLimits | undefined)[]): IngestLimits {
  const values = new Map(said.flatMap((map) => [...(map ?? [])]));
  const { requests, enrolments, ...plain } = defaultIngestLimits;
  const of = (key: keyof typeof plain): number => values.get(key) ?? plain[key];
  const limits: IngestLimits = {
    bodyBytesMax: of('bodyBytesMax'),
    bodyDeadlineMs: of('bodyDeadlineMs'),
    inflationRatioMax: of('inflationRatioMax'),
    inflatedBytesFree: of('inflatedBytesFree'),
    inFlightBytesMax: of('inFlightBytesMax'),
    inFlightBytesPerLogMax: of('inFlightBytesPerLogMax'),
    commitBytesMax: of('commitBytesMax'),
    requests: {
      perSecond: values.get('requestsPerSecond') ?? requests.perSecond,
      burst: values.get('requestsBurst') ?? requests.burst,
    },
    enrolments: {
      perSecond: values.get('enrolmentsPerSecond') ?? enrolments.perSecond,
      burst: values.get('enrolmentsBurst') ?? enrolments.burst,
    },
    heartbeatsWrittenMs: of('heartbeatsWrittenMs'),
    erasureRetryMs: of('erasureRetryMs'),
  };
  requireAtLeast(limits, 'inFlightBytesPerLogMax', 'bodyBytesMax', 'or no request of that size is ever taken');
  requireAtLeast(limits, 'inFlightBytesMax', 'inFlightBytesPerLogMax', 'or one log takes the room of all');
  return limits;
}

type SizeKey = 'bodyBytesMax' | 'inFlightBytesPerLogMax' | 'inFlightBytesMax';

function requireAtLeast(limits: IngestLimits, greater: SizeKey, lesser: SizeKey, why: string): void {
  if (limits[greater] >= limits[lesser]) return;
  const numbers = `ingest.${greater} is ${limits[greater]}, below ingest.${lesser}, which is ${limits[lesser]}`;
  throw new CollectorError('CONFIG_INVALID', `${numbers}: it must be at least that, ${why}`);
}
