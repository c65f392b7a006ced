import type { WireEvent } from '@agent-audit/search';
import { Durations } from './histogram.ts';
import { Tally } from './tally.ts';
import { TimeCounts } from './time-counts.ts';
import { text } from '../wire-values.ts';

/** What the logs say of themselves. */
export interface OwnRecords {
  /** Events that could not be kept. */
  lostEvents: number;
  losses: number;
  prunes: number;
  /** Lines that were erased. */
  erasures: number;
  recoveries: number;
  /** Operations of which nobody saw the end. */
  orphans: number;
  starts: number;
}

const textUnitsMax = 120;
const operationsMax = 1_000;
const endings = /_(completed|failed|timeout)$/;

/** What many events have in common, in constant memory. */
export class Statistics {
  events = 0;
  readonly times: TimeCounts = new TimeCounts();
  readonly types: Tally = new Tally();
  readonly severities: Tally = new Tally();
  readonly agents: Tally = new Tally();
  /** `upload_failed`, and the first line of its error, apart by a line feed. */
  readonly errors: Tally = new Tally(4_000);
  readonly durations: Map<string, Durations> = new Map();
  readonly own: OwnRecords = { lostEvents: 0, losses: 0, prunes: 0, erasures: 0, recoveries: 0, orphans: 0, starts: 0 };

  add(event: WireEvent): void {
    const type = text(event['type']);
    this.events++;
    this.times.add(Date.parse(text(event['timestamp'])));
    this.types.add(type);
    this.severities.add(text(event['severity']));
    this.agents.add(text(event['agent_id']));
    const error = text(event['error']);
    if (error !== '') this.errors.add(`${type}\n${(error.split(/\r?\n/, 1)[0] ?? '').slice(0, textUnitsMax)}`);
    const durationMs = event['duration_ms'];
    if (typeof durationMs === 'number' && durationMs >= 0) this.#addDuration(type.replace(endings, ''), durationMs);
    if (type.startsWith('log.')) this.#addOwn(type, event['details']);
  }

  #addDuration(operation: string, durationMs: number): void {
    const known = this.durations.get(operation);
    const durations = known ?? new Durations();
    if (known === undefined && this.durations.size >= operationsMax) return;
    if (known === undefined) this.durations.set(operation, durations);
    durations.add(durationMs);
  }

  #addOwn(type: string, details: unknown): void {
    const { own } = this;
    switch (type) {
      case 'log.loss':
        own.losses++;
        own.lostEvents += numberIn(details, 'events');
        break;
      case 'log.prune':
        own.prunes++;
        break;
      case 'log.erasure':
        own.erasures += lengthIn(details, 'seqs');
        break;
      case 'log.recovered':
        own.recoveries++;
        break;
      case 'log.orphan':
        own.orphans++;
        break;
      case 'log.open':
        own.starts++;
    }
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}

function numberIn(details: unknown, name: string): number {
  const value = memberOf(details, name);
  return typeof value === 'number' ? value : 0;
}

function lengthIn(details: unknown, name: string): number {
  const value = memberOf(details, name);
  return Array.isArray(value) ? value.length : 0;
}
