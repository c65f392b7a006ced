// What reading routes share: entering, the journal, and what is known of how complete an answer is.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Completeness, completenessLogsMax } from '@agent-audit/log';
import type { Query } from '@agent-audit/search';
import type { JournalEntry } from '../own-log/journal.ts';
import type { LogRecord } from '../store/store.ts';
import { agentsOf, completenessOf } from './completeness.ts';
import { Gaps } from './gaps.ts';
import type { ReadParts } from './parts.ts';
import { defaultReadLimits, type Reader, ReadGate, type ReadLimits } from './read-gate.ts';

/** The media type of answers. */
export const jsonMediaType = 'application/json; charset=utf-8';

/** Made once, given to every reading route. */
export class Reading {
  readonly parts: ReadParts;
  readonly limits: ReadLimits;
  readonly gate: ReadGate;
  readonly gaps: Gaps;

  constructor(parts: ReadParts) {
    this.parts = parts;
    this.limits = { ...defaultReadLimits, ...parts.limits };
    this.gate = new ReadGate(parts.authorise, parts.clock, this.limits);
    this.gaps = new Gaps(parts.store);
  }

  /** @see ReadGate.admit */
  admit(request: FastifyRequest, reply: FastifyReply): Reader {
    return this.gate.admit(request, reply);
  }

  /** The logs that somebody may see, of the agents that a search is only about. */
  logsOf({ visible }: Reader, query: Query): readonly LogRecord[] {
    const agents = agentsOf(query);
    const logs = this.parts.logs.logs(visible);
    return agents === undefined ? logs : logs.filter(({ agent }) => agents.has(agent));
  }

  /**
   * Which logs an answer is about, and how complete it is. The logs are looked at before the store is asked, so that what comes in
   * meanwhile makes the answer more complete than it says, never less.
   */
  completenessBefore(reader: Reader, query: Query): () => Promise<Completeness> {
    const logs = this.logsOf(reader, query);
    const nowMs = this.parts.clock.now();
    return async () => completenessOf(logs, await this.gaps.listed(logs, completenessLogsMax), nowMs);
  }

  /** How complete an answer would be, without a look at any event. Throws what the store does. */
  async completenessNow(reader: Reader, query: Query): Promise<Completeness> {
    const logs = this.logsOf(reader, query);
    const nowMs = this.parts.clock.now();
    return completenessOf(logs, await this.gaps.untimed(logs, completenessLogsMax), nowMs);
  }

  /** Writes down what somebody read, before they have it. */
  record({ principal }: Reader, entry: Omit<JournalEntry, 'by' | 'outcome'>): void {
    this.parts.journal.record({ ...entry, by: principal, outcome: 'success' });
  }
}

/** Sends the text of an answer. */
export function sendJson(reply: FastifyReply, text: string): FastifyReply {
  return reply.type(jsonMediaType).send(text);
}
