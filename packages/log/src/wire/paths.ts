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

/** Takes plain events, from agents that write no log of their own. */
export const eventsPath = '/v1/events';

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
