// Answers about the logs and the collector themselves: agents, alarms, proofs, tokens.
import { type Completeness, completenessShape, type LogCounts, logCountsShape } from './read.ts';
import { base64, code, count, flag, list, logId, message, type Message, oneOf, optional, record, type Shape, text, time } from './shape.ts';

/** Version of the read API that this code speaks. It grows only where what was said before would be read wrongly. */
export const readApiVersion = 1;

/** Logs of one answer, at most. */
export const agentsAnswerMax = 1_000;

/** Logs whose rates one answer tells, at most. */
export const ratesLogsMax = 100;

/** Bars of each rate, at most. */
export const ratesBarsMax = 100;

/** Alarms of one answer, at most. */
export const alarmsAnswerMax = 1_000;

/** As the members of `LogCounts`. */
export type LogState = 'live' | 'behind' | 'stopped' | 'silent' | 'forked';

/** A log, and the agent that writes it. */
export interface ReadAgent {
  readonly log: string;
  readonly origin: string;
  readonly vkey: string;
  readonly tenant: string;
  readonly agent: string;
  readonly state: LogState;
  /** Lines, the ones before `first` too. */
  readonly size: number;
  /** The first seq that is here. */
  readonly first: number;
  readonly enrolled_at: string;
  /** When it was last heard of, by the collector's clock. */
  readonly seen_at: string;
  /** Milliseconds since then, by that clock too. */
  readonly lag_ms: number;
  /** Lines that it told of and that are not here; missing where nobody knows. */
  readonly lag_events?: number;
  /** By the event's own clock; missing where there is none. */
  readonly newest_event_at?: string;
  /** Events that its own log.loss lines say could not be kept. */
  readonly lost_events: number;
  /** Lines [from, to) that nobody will ever have here. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  /** Alarms about it, ever. */
  readonly alarms: number;
  /** The collector writes this log itself: events that came through `POST /v1/events`. They are of the agents that they name. */
  readonly relay?: boolean;
}

/** `GET /v1/agents?state&name&log&order=agent|state&cursor&limit`: by agent, then log; `state`: those that somebody must look at first. */
export interface AgentsAnswer {
  readonly agents: readonly ReadAgent[];
  /** How many stand before these. */
  readonly before: number;
  /** Of all that `name` and `log` find, whatever `state` and page are. */
  readonly counts: LogCounts;
  /** Goes on; missing where there is no more. */
  readonly next?: string;
  /** Goes back; missing at the beginning. */
  readonly previous?: string;
}

/** How many events of a log there are over time. */
export interface LogRate {
  readonly log: string;
  /** One number a bar, the oldest first, those without events too. */
  readonly counts: readonly number[];
}

/** `GET /v1/agents/rates?logs&since&until&bars`: without since and until, over all that is there. */
export interface RatesAnswer {
  readonly since: string;
  readonly until: string;
  readonly width_ms: number;
  /** In the order that was asked for; those that the reader may not see are left out, as those that there are not. */
  readonly rates: readonly LogRate[];
}

/** `GET /v1/completeness?q`: what every answer to that search would say of its completeness, without asking for events. */
export interface CompletenessAnswer {
  readonly completeness: Completeness;
}

/** Something that an auditor must hear of. */
export interface ReadAlarm {
  readonly id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly log: string;
  readonly origin: string;
  /** FORK, ROLLBACK, ROOT_MISMATCH, DATA_LOST, GAP, FOREIGN_IDENTITY; later versions may have more. */
  readonly kind: string;
  readonly at: string;
  readonly message: string;
  /** Signed notes: the evidence. */
  readonly notes: readonly string[];
  /** GAP: lines [from, to). */
  readonly from?: number;
  readonly to?: number;
}

/** `GET /v1/alarms?log&limit`: the newest first. */
export interface AlarmsAnswer {
  readonly alarms: readonly ReadAlarm[];
}

/** `GET /v1/logs/{id}/{seq}/proof`: what proves one line to somebody who has nothing else. */
export interface ProofAnswer {
  /** The line without its LF, byte for byte; of an erased line the stub. */
  readonly line_base64: string;
  /** C2SP tlog-proof, with the newest cosigned checkpoint. */
  readonly proof: string;
  /** The log's key, which hashes to its origin. */
  readonly vkey: string;
  /** The vkeys of the collectors whose cosignatures the checkpoint may carry. */
  readonly cosigners: readonly string[];
}

/** Makes a token: the body of `POST /v1/tokens`. */
export interface TokenRequest {
  /** What people call it. */
  readonly name: string;
  /** The maker's own, where missing. */
  readonly tenant?: string;
  /** Bound to one agent. */
  readonly agent?: string;
  readonly scopes: readonly TokenScope[];
  readonly expires_at?: string;
}

/** What a token may do; admin everything, in its tenant. */
export type TokenScope = 'ingest' | 'read' | 'admin';

/** A token, without its secret. */
export interface ReadToken {
  readonly id: string;
  readonly name: string;
  /** `*`: every tenant. */
  readonly tenant: string;
  readonly agent?: string;
  readonly scopes: readonly TokenScope[];
  readonly created_at: string;
  readonly expires_at?: string;
  readonly revoked_at?: string;
}

/** `GET /v1/tokens`: the newest first. */
export interface TokensAnswer {
  readonly tokens: readonly ReadToken[];
}

/** `POST /v1/tokens`: its secret, told this once. (`DELETE /v1/tokens/{id}` revokes, and answers with a `ReadToken`.) */
export interface TokenMade {
  readonly secret: string;
  readonly token: ReadToken;
}

/** Signs a browser in: the body of `POST /v1/session`. */
export interface SessionRequest {
  readonly token: string;
}

/** Whoever is signed in: what their token may do. */
export interface SessionPrincipal {
  /** What people call the token. */
  readonly name: string;
  /** `*`: every tenant. */
  readonly tenant: string;
  readonly agent?: string;
  readonly scopes: readonly TokenScope[];
}

/** `POST /v1/session` and `GET /v1/session`; the session itself is in a cookie that no script can read. */
export interface SessionAnswer {
  readonly principal: SessionPrincipal;
}

/** `GET /v1/collector`: what answers here, and to whom. Any token may ask. */
export interface CollectorAnswer {
  /** Of the collector's package. */
  readonly version: string;
  /** Of the read API: `readApiVersion`. */
  readonly api: number;
  /** The newest format of lines that it knows: `formatVersion`. */
  readonly format: number;
  /** Vkeys of all collectors that cosign here. */
  readonly cosigners: readonly string[];
  /** Where events are kept. */
  readonly store: 'embedded' | 'clickhouse';
  /** The asker's own token. */
  readonly token: ReadToken;
}

const tokenScope: Shape<TokenScope> = oneOf('ingest', 'read', 'admin');

const readToken: Shape<ReadToken> = record<ReadToken>({
  id: text,
  name: text,
  tenant: text,
  agent: optional(text),
  scopes: list(tokenScope),
  created_at: time,
  expires_at: optional(time),
  revoked_at: optional(time),
});

const readAgent: Shape<ReadAgent> = record<ReadAgent>({
  log: logId,
  origin: text,
  vkey: text,
  tenant: text,
  agent: text,
  state: oneOf('live', 'behind', 'stopped', 'silent', 'forked'),
  size: count,
  first: count,
  enrolled_at: time,
  seen_at: time,
  lag_ms: count,
  lag_events: optional(count),
  newest_event_at: optional(time),
  lost_events: count,
  gaps: list(record<ReadAgent['gaps'][number]>({ from: count, to: count })),
  alarms: count,
  relay: optional(flag),
});

const readAlarm: Shape<ReadAlarm> = record<ReadAlarm>({
  id: text,
  tenant: text,
  agent: text,
  log: logId,
  origin: text,
  kind: code,
  at: time,
  message: text,
  notes: list(text),
  from: optional(count),
  to: optional(count),
});

/** Reads and writes the list of agents. */
export const agentsAnswer: Message<AgentsAnswer> = message(
  'the list of agents',
  record<AgentsAnswer>({
    agents: list(readAgent, agentsAnswerMax),
    before: count,
    counts: logCountsShape,
    next: optional(text),
    previous: optional(text),
  }),
);

/** Reads and writes rates of logs. */
export const ratesAnswer: Message<RatesAnswer> = message(
  'the rates',
  record<RatesAnswer>({
    since: time,
    until: time,
    width_ms: count,
    rates: list(record<LogRate>({ log: logId, counts: list(count, ratesBarsMax) }), ratesLogsMax),
  }),
);

/** Reads and writes how complete everything is. */
export const completenessAnswer: Message<CompletenessAnswer> = message(
  'how complete everything is',
  record<CompletenessAnswer>({ completeness: completenessShape }),
);

/** Reads and writes the list of alarms. */
export const alarmsAnswer: Message<AlarmsAnswer> = message(
  'the list of alarms',
  record<AlarmsAnswer>({ alarms: list(readAlarm, alarmsAnswerMax) }),
);

/** Reads and writes what proves a line. Nothing in it is verified. */
export const proofAnswer: Message<ProofAnswer> = message(
  'the proof',
  record<ProofAnswer>({ line_base64: base64, proof: text, vkey: text, cosigners: list(text) }),
);

/** Reads and writes the request for a token. */
export const tokenRequest: Message<TokenRequest> = message(
  'the request for a token',
  record<TokenRequest>({ name: text, tenant: optional(text), agent: optional(text), scopes: list(tokenScope), expires_at: optional(time) }),
);

/** Reads and writes the list of tokens. */
export const tokensAnswer: Message<TokensAnswer> = message('the list of tokens', record<TokensAnswer>({ tokens: list(readToken) }));

/** Reads and writes one token. */
export const tokenAnswer: Message<ReadToken> = message('the token', readToken);

/** Reads and writes a new token with its secret. */
export const tokenMade: Message<TokenMade> = message('the new token', record<TokenMade>({ secret: text, token: readToken }));

/** Reads and writes the request for a session. */
export const sessionRequest: Message<SessionRequest> = message('the sign-in', record<SessionRequest>({ token: text }));

/** Reads and writes who is signed in. */
export const sessionAnswer: Message<SessionAnswer> = message(
  'the session',
  record<SessionAnswer>({
    principal: record<SessionPrincipal>({ name: text, tenant: text, agent: optional(text), scopes: list(tokenScope) }),
  }),
);

/** Reads and writes what a collector says of itself. */
export const collectorAnswer: Message<CollectorAnswer> = message(
  'what the collector says of itself',
  record<CollectorAnswer>({
    version: text,
    api: count,
    format: count,
    cosigners: list(text),
    store: oneOf('embedded', 'clickhouse'),
    token: readToken,
  }),
);
