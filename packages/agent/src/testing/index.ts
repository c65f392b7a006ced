// `agent-audit/testing`: a logger in memory, whose disk fails and whose clock moves when the test says so.
import { isDeepStrictEqual } from 'node:util';
import { isReservedType, parseLine, type RecordedEvent } from '@agent-audit/log';
import type { Catalog } from '../catalog.ts';
import type { LogLine } from '../files/index.ts';
import { Logger, type Machine } from '../logger.ts';
import type { LoggerOptions } from '../options.ts';
import { FaultyDisk } from './faulty-disk.ts';
import { ManualClock } from './manual-clock.ts';
import { readLines } from './read-lines.ts';

export { FaultyDisk } from './faulty-disk.ts';
export { ManualClock } from './manual-clock.ts';
export { MemoryDisk, type RandomSource } from './memory-disk.ts';

/** A logger under test. */
export interface TestLogger<C extends Catalog = {}> {
  /** The real logger, started. */
  readonly audit: Logger<C>;
  /** All that is in the log, closed segments included; the log's own lines (`log.*`) left out. */
  readonly events: () => RecordedEvent[];
  /** The logger's clock: it stands still until `advance(ms)` or `jump(ms)`. */
  readonly clock: ManualClock;
  /** The logger's disk: `failNextSync(code)`, `fill()`, `heal()`. */
  readonly disk: FaultyDisk;
}

const logFile = '/audit/audit.log';

/**
 * A logger, started, in memory. Nothing of the machine is touched: no file, no thread, no environment variable; and nothing is shipped,
 * whatever `remoteEndpoint` says.
 */
export function createTestLogger<const C extends Catalog = {}>(options: LoggerOptions<C> = {}): TestLogger<C> {
  const clock = new ManualClock();
  const disk = new FaultyDisk(() => clock.now());
  const lines = async function* ({ from }: { readonly from: number }): AsyncGenerator<LogLine> {
    yield* readLines(disk, logFile).filter(({ seq }) => seq >= from);
  };
  const machine: Machine = { disk, clock, sealOn: 'main', shipOn: 'none', lines: (_logFile, range) => lines(range) };
  const audit = new Logger<C>({ agentId: 'test', onError: () => {}, ...options, logFile, env: false }, machine);
  audit.start();
  const events = (): RecordedEvent[] => {
    audit.writeNow();
    return readLines(disk, logFile).flatMap(({ line }) => {
      const event = parseLine(line);
      return isReservedType(event.type) ? [] : [event];
    });
  };
  return { audit, clock, disk, events };
}

/** Fields that an event is to have. */
export type ExpectedEvent = Partial<Omit<RecordedEvent, 'details'>> & { readonly details?: Readonly<Record<string, unknown>> };

/** The event that has all these fields; of `details` those that are named. A failure prints the nearest events. */
export function assertLogged(test: Pick<TestLogger, 'events'>, expected: ExpectedEvent): RecordedEvent {
  const events = test.events();
  const scored = events.map((event) => ({ event, misses: missesOf(event, expected) }));
  const found = scored.find(({ misses }) => misses.length === 0);
  if (found !== undefined) return found.event;
  const nearest = scored.toSorted((a, b) => a.misses.length - b.misses.length).slice(0, 3);
  const shown = nearest.map(({ event, misses }) => `  ${JSON.stringify(event)}\n    differs in ${misses.join(', ')}`);
  const what = `no event with ${JSON.stringify(expected)} among ${events.length}`;
  throw new Error(shown.length === 0 ? what : `${what}; the nearest:\n${shown.join('\n')}`);
}

function missesOf(event: RecordedEvent, expected: ExpectedEvent): string[] {
  const { details = {}, ...fields } = expected;
  const got = new Map<string, unknown>(Object.entries(event));
  const gotDetails = new Map<string, unknown>(Object.entries(event.details ?? {}));
  const misses = Object.entries(fields).filter(([name, value]) => !isDeepStrictEqual(got.get(name), value));
  const detailMisses = Object.entries(details).filter(([name, value]) => !isDeepStrictEqual(gotDetails.get(name), value));
  return [...misses.map(([name]) => name), ...detailMisses.map(([name]) => `details.${name}`)];
}
