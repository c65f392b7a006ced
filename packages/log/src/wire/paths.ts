// Where a collector answers, below the address that it is given (which may end in a path of its own).

/** Takes sealed lines: the request of `formatEntriesHead`, answered by a receipt. */
export const entriesPath = '/v1/entries';

/** Takes a new log: an enrolment. */
export const logsPath = '/v1/logs';

/** Takes two checkpoints of one log that cannot both be true. */
export function evidencePath(logId: string): string {
  return `${logsPath}/${logId}/evidence`;
}

/** Gives what proves one line: see the collector's OpenAPI description at `/v1/openapi.json`. */
export function proofPath(logId: string, seq: number): string {
  return `${logsPath}/${logId}/${seq}/proof`;
}

/** Gives lines of a log by their place, at most `logLinesMax`: parameters `from` and `to`. */
export function linesPath(logId: string): string {
  return `${logsPath}/${logId}/lines`;
}

/** Gives the newest checkpoint of a log with cosignatures, as text: a C2SP signed note. */
export function checkpointPath(logId: string): string {
  return `${logsPath}/${logId}/checkpoint`;
}

/** POST takes plain events, from agents that write no log of their own; GET gives events. */
export const eventsPath = '/v1/events';

/** How many events a search finds. */
export const countPath = '/v1/events/count';

/** Counts over time. */
export const histogramPath = '/v1/histogram';

/** The most frequent values of fields. */
export const facetsPath = '/v1/facets';

/** Statistics of what a search finds. */
export const statsPath = '/v1/stats';

/** Jobs, summed up. */
export const jobsPath = '/v1/jobs';

/** Every log with its agent, and how it is. */
export const agentsPath = '/v1/agents';

/** How many events of some logs there are over time. */
export const ratesPath = '/v1/agents/rates';

/** How complete everything is. */
export const completenessPath = '/v1/completeness';

/** What an auditor must hear of. */
export const alarmsPath = '/v1/alarms';

/** GET lists tokens, POST makes one. */
export const tokensPath = '/v1/tokens';

/** A browser's session. POST signs in with a token, GET tells who is signed in, DELETE signs out. */
export const sessionPath = '/v1/session';

/** What the collector says of itself. */
export const collectorPath = '/v1/collector';

/** Gives what comes in, as server-sent events; a reader that was cut off goes on with the header `Last-Event-ID`. */
export const tailPath = '/v1/tail';

/** Gives all that a search finds, oldest first: `format=ndjson|csv|parquet`. */
export const exportPath = '/v1/export';

/** Gives one job. (No address can name the jobs `.` and `..`; a search can.) */
export function jobPath(jobId: string): string {
  return `${jobsPath}/${encodeURIComponent(jobId)}`;
}

/** Takes one token back. */
export function tokenPath(tokenId: string): string {
  return `${tokensPath}/${encodeURIComponent(tokenId)}`;
}

/**
 * The address of a path at a collector.
 * @throws TypeError where `base` is no absolute http or https address
 */
export function collectorUrl(base: string, path: string): URL {
  const url = new URL(base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError(`${base} is not an http or https address`);
  url.pathname = url.pathname.replace(/\/+$/, '') + path;
  return url;
}
