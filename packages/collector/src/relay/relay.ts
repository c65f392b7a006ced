// Events of agents that write no log of their own: the collector records them in a sealed log, one a tenant, and hands that to its own
// ingest. From there on they are as everybody's, but for the mark RELAYED: the collector vouches for them, not the agent.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isReservedType, LogError, parseLine, parseOrigin } from '@agent-audit/log';
import { type AuditEvent, createLogger, type Logger } from 'agent-audit';
import type { Clock } from '../clock.ts';
import { messageOf } from '../config/error.ts';
import { Feeder } from '../feed/feeder.ts';
import type { Ingest, Partition } from '../ingest/index.ts';
import type { Principal } from '../principal.ts';
import { Refusal } from '../refusal.ts';
import type { LineBatch } from '../store/store.ts';
import type { RelayedItem } from './events-body.ts';

/** What a relay works with. */
export interface RelayParts {
  /** Where the logs are. */
  readonly folder: string;
  readonly clock: Clock;
  readonly onTrouble: (code: string, message: string) => void;
}

/** What became of the events of one request. */
export interface Relayed {
  readonly accepted: number;
  readonly refused: readonly { readonly index: number; readonly why: string }[];
  /** The log that holds them, and where in it; none where none was taken. */
  readonly log?: string;
  readonly from?: number;
  readonly to?: number;
}

/** Events of one request, recorded. */
export interface Recorded {
  readonly relayed: Relayed;
  /** Resolves when they are durable and sealed. May be asked more than once. Throws a Refusal where that cannot be had now. */
  readonly durable: () => Promise<void>;
}

interface TenantLog {
  readonly logger: Logger;
  readonly feeder: Feeder;
}

/** The agent that a relayed log itself is of; its events are of the agents that they name. */
const relayAgent = 'relay';
/** Of an event that names no agent, by a token that is bound to none. */
const namelessAgent = 'unnamed';
/** Logs that are open at a time: each has a sealing thread. */
const tenantsMax = 256;
const retentionDays = 30;

/** The logs of all tenants. */
export class Relay {
  readonly #parts: RelayParts;
  readonly #logs = new Map<string, TenantLog>();
  readonly #logIds = new Set<string>();
  #ingest: Ingest | undefined;

  constructor(parts: RelayParts) {
    this.#parts = parts;
  }

  /** Goes on with the logs that there are: what of them is not stored yet will be. */
  open(ingest: Ingest): void {
    const { folder } = this.#parts;
    this.#ingest = ingest;
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder)) {
      const tenant = tenantOf(name);
      if (tenant !== undefined && this.#logs.size < tenantsMax) this.#logOf(tenant);
    }
  }

  /**
   * Records events. They are in the log's file when this returns; `durable` says when they are sealed.
   * @throws Refusal LOG_NOT_YOURS, UNAVAILABLE
   */
  record({ tenant, agent }: Principal, items: readonly RelayedItem[]): Recorded {
    if (tenant === '*') {
      throw new Refusal('LOG_NOT_YOURS', 'events belong to one tenant, and this token to none; send them with a token of their tenant');
    }
    const refused: { readonly index: number; readonly why: string }[] = [];
    const events: AuditEvent[] = [];
    for (const item of items) {
      const why = item.kind === 'refused' ? item.why : foreignAgent(item.event, agent);
      if (why !== undefined || item.kind === 'refused') refused.push({ index: item.index, why: why ?? '' });
      else events.push({ ...item.event, agentId: agent ?? item.event.agentId ?? namelessAgent });
    }
    // Who sends nothing that can be taken begins no log.
    if (events.length === 0) return { relayed: { accepted: 0, refused }, durable: async () => {} };
    const { logger } = this.#logOf(tenant);
    const seqs = events.flatMap((event) => logger.log(event) ?? []);
    const place = placeOf(seqs, events.length);
    const { logId } = parseOrigin(logger.origin);
    return { relayed: { accepted: events.length, refused, log: logId, ...place }, durable: async () => this.#durable(logger) };
  }

  /** Whether a log is one of these. */
  readonly has = (logId: string): boolean => this.#logIds.has(logId);

  /** Gives the lines of relayed logs to the agents that they are of. */
  readonly partition: Partition = (batch) => (this.#logIds.has(batch.logId) ? byAgent(batch) : [batch]);

  /** Seals everything, and hands it over as far as ingest takes it. */
  async close(): Promise<void> {
    await Promise.all(
      [...this.#logs.values()].map(async ({ logger, feeder }) => {
        await logger.stop().catch((error: unknown) => this.#parts.onTrouble('OWN_LOG_NOT_SEALED', messageOf(error)));
        await feeder.close();
      }),
    );
  }

  async #durable(logger: Logger): Promise<void> {
    try {
      await logger.flush();
    } catch (cause) {
      const message = 'the events could not be made durable yet: send them again, with the same Idempotency-Key';
      throw new Refusal('UNAVAILABLE', message, { retryAfterSeconds: 5, cause });
    }
  }

  #logOf(tenant: string): TenantLog {
    const known = this.#logs.get(tenant);
    if (known !== undefined) return known;
    const { clock, folder, onTrouble } = this.#parts;
    const ingest = this.#ingest;
    if (ingest === undefined) throw new Error('the relay is not open');
    if (this.#logs.size >= tenantsMax) {
      const message = `this collector relays for ${tenantsMax} tenants already; send to another, or let the agent write its own log`;
      throw new Refusal('UNAVAILABLE', message);
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const logger = createLogger({
      logFile: join(folder, fileOf(tenant)),
      agentId: relayAgent,
      tenantId: tenant,
      env: false,
      maxAgeDays: retentionDays,
      onError: ({ code, message }) => onTrouble(code, message),
    });
    this.#logIds.add(parseOrigin(logger.origin).logId);
    const principal: Principal = { tokenId: '_relay', name: 'the collector itself', tenant, agent: relayAgent, scopes: ['ingest'] };
    const feeder = new Feeder({ logger, ingest, principal, clock, onTrouble });
    // Segments that ingest does not have yet are not deleted, whatever their age.
    logger.setRemoteSender(async (events) => feeder.covered(events.at(-1)?.seq ?? 0));
    const log: TenantLog = { logger, feeder };
    this.#logs.set(tenant, log);
    return log;
  }
}

/** A name that ends in 15 digits would be taken for that of a closed segment; no tenant has a `+` in its name. */
function fileOf(tenant: string): string {
  return `${/-[0-9]{15}$/.test(tenant) ? `${tenant}+` : tenant}.log`;
}

/** The tenant of a log's active file; undefined for other files. */
function tenantOf(name: string): string | undefined {
  const tenant = /^(.+)\.log$/.exec(name)?.[1]?.replace(/\+$/, '');
  return tenant === undefined || fileOf(tenant) !== name ? undefined : tenant;
}

function foreignAgent({ agentId }: AuditEvent, bound: string | undefined): string | undefined {
  if (bound === undefined || agentId === undefined || agentId === '' || agentId === bound) return undefined;
  return `"agent_id" is ${JSON.stringify(agentId)}, and the token writes for ${JSON.stringify(bound)} only`;
}

/** Where they stand, where all have their number. */
function placeOf(seqs: readonly number[], accepted: number): Pick<Relayed, 'from' | 'to'> {
  const [from, last] = [seqs[0], seqs.at(-1)];
  return from === undefined || last === undefined || seqs.length < accepted ? {} : { from, to: last + 1 };
}

/** The lines of a batch by the agents that they name, in runs. The log's own lines stay the relay's. */
function byAgent(batch: LineBatch): readonly LineBatch[] {
  const runs: LineBatch[] = [];
  let [start, seq] = [0, batch.from];
  let run: { readonly agent: string | undefined; readonly from: number; readonly start: number } | undefined;
  const close = (): void => {
    if (run === undefined) return;
    const { agent, from, start: runStart } = run;
    const part = { ...batch, from, lines: seq - from, bytes: batch.bytes.subarray(runStart, start) };
    runs.push(agent === undefined ? part : { ...part, agent, relayed: true });
  };
  for (let end = batch.bytes.indexOf(0x0a); end >= 0; end = batch.bytes.indexOf(0x0a, start)) {
    const agent = agentOfLine(batch.bytes.subarray(start, end));
    if (run === undefined || run.agent !== agent) {
      close();
      run = { agent, from: seq, start };
    }
    start = end + 1;
    seq++;
  }
  close();
  return runs;
}

/** undefined for the log's own lines, and for what is no event any more. */
function agentOfLine(line: Uint8Array): string | undefined {
  try {
    const { type, agentId } = parseLine(line);
    return isReservedType(type) ? undefined : agentId;
  } catch (error) {
    if (error instanceof LogError) return undefined;
    throw error;
  }
}
