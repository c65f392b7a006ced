// Asks the collector that served this page. Addresses are relative to the page, so that a collector below a path works; who asks is told by
// the session's cookie, which no script can read. What it says is read by the wire's own parsers: nothing unchecked gets to a page.
import { LogError, type Message, parseProblem } from '@agent-audit/log';
import { Problem } from './problem.ts';

/** Parameters of a request; those that are undefined are left out. */
export type Parameters = Readonly<Record<string, string | number | undefined>>;

/** What every request that changes something says of itself: a page of another site cannot. */
const ownHeader = { 'x-agent-audit': '1' } as const;

/** The address of a path of the collector, such as `/v1/events`. */
export function apiUrl(path: string, parameters: Parameters = {}): URL {
  const url = new URL(path.replace(/^\//, ''), document.baseURI);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  return url;
}

/**
 * Reads something.
 * @throws Problem
 */
export async function read<T>(message: Message<T>, path: string, parameters: Parameters, signal?: AbortSignal): Promise<T> {
  const response = await ask(apiUrl(path, parameters), { signal: signal ?? null });
  return parseAnswer(message, await response.text());
}

/**
 * Reads something that is no JSON object: a note.
 * @throws Problem
 */
export async function readText(path: string, signal?: AbortSignal): Promise<string> {
  return (await ask(apiUrl(path), { signal: signal ?? null })).text();
}

/**
 * Opens a stream that has no end of its own.
 * @throws Problem
 */
export async function openStream(
  path: string,
  parameters: Parameters,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const { body } = await ask(apiUrl(path, parameters), { headers, signal });
  if (body === null) throw new Problem('ANSWER_UNREADABLE', 'The collector answered without anything to read.');
  return body;
}

/**
 * Changes something; `body` is JSON text.
 * @throws Problem
 */
export async function change<T>(message: Message<T>, method: 'POST' | 'DELETE', path: string, body?: string): Promise<T> {
  const response = await ask(apiUrl(path), changing(method, body));
  return parseAnswer(message, await response.text());
}

/**
 * Changes something of which there is nothing to be told.
 * @throws Problem
 */
export async function changeSilently(method: 'POST' | 'DELETE', path: string, body?: string): Promise<void> {
  await ask(apiUrl(path), changing(method, body));
}

function changing(method: 'POST' | 'DELETE', body: string | undefined): RequestInit {
  if (body === undefined) return { method, headers: ownHeader };
  return { method, headers: { ...ownHeader, 'content-type': 'application/json' }, body };
}

async function ask(url: URL, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, credentials: 'same-origin', redirect: 'error' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Problem('UNREACHABLE', 'The collector does not answer. Look whether it runs, and whether this machine can reach it.');
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

async function problemOf(response: Response): Promise<Problem> {
  const { status } = response;
  const problem = parseProblem(await response.text().catch(() => ''));
  if (problem !== undefined) return new Problem(problem.code, problem.detail, status, problem.members);
  const what = `Something answered with status ${status}, but not as a collector does`;
  return new Problem('ANSWER_UNREADABLE', `${what}: a proxy in between, perhaps.`, status);
}

function parseAnswer<T>(message: Message<T>, body: string): T {
  try {
    return message.parse(body);
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    throw new Problem('ANSWER_UNREADABLE', `The collector's answer cannot be read: ${error.message}. It may be of another version.`);
  }
}
