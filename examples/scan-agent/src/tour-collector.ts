// The collector of the tour, and those who send to it besides the agent: another scan agent, and a program that writes no log of its own.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { spawnLeashed } from './leash.ts';
import { cli } from './tool.ts';

/** A collector in a process of its own. */
export interface TourCollector {
  readonly url: string;
  /** Where a browser finds its console; undefined where none is built. */
  readonly consoleUrl: string | undefined;
  /** Files that hold a token for agents, and one to read with. */
  readonly agentTokenFile: string;
  readonly readTokenFile: string;
  readonly pid: number | undefined;
  /** Another agent scans a directory, and ships its log. Resolves when it has ended. */
  scanElsewhere(directory: string, signal: AbortSignal): Promise<void>;
  /** A program of another language posts what it did. */
  sendPlainEvents(): Promise<void>;
  /** Resolves when it has ended, whatever the cause, to how. */
  readonly ended: Promise<string>;
  /** Ends it in order. */
  end(): Promise<void>;
}

/** Why there is none. */
export interface NoCollector {
  readonly code: string;
  readonly why: string;
}

const main = fileURLToPath(new URL('main.js', import.meta.url));

/**
 * Starts `agent-audit collect` on a folder, which each run goes on with; or tells why it cannot be: on a platform without its database,
 * or where another one has the folder (DATA_IN_USE) or the port (ADDRESS_IN_USE).
 */
export async function startCollector(data: string, port: number): Promise<TourCollector | NoCollector> {
  const files = { admin: join(data, 'admin.token'), agents: join(data, 'agents.token'), reader: join(data, 'reader.token') };
  mkdirSync(data, { recursive: true, mode: 0o700 });
  // Who has lost the first tokens gets others.
  const again = existsSync(join(data, 'collector')) && !existsSync(files.admin) ? ['--new-admin-token'] : [];
  const options = ['--json', '--data', join(data, 'collector'), '--port', String(port), ...again];
  const child = spawnLeashed(cli, ['collect', ...options], { stdout: 'pipe', stderr: 'pipe' });
  const ended = endOf(child);
  let trouble = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    trouble = `${trouble}${chunk.toString()}`.slice(-troubleCharsMax);
  });
  const line = await firstLine(child);
  const started = line === undefined ? undefined : readStart(line);
  if (started === undefined) return readTrouble(`${trouble.trim()}\n${await ended}`);
  const { url, consoleUrl } = started;
  const end = async (): Promise<void> => {
    child.kill('SIGTERM');
    await ended;
  };
  try {
    if (started.admin !== undefined) keepToken(files.admin, started.admin);
    if (started.ingest !== undefined) keepToken(files.agents, started.ingest);
    if (!existsSync(files.agents)) keepToken(files.agents, await makeToken(url, files.admin, 'agents of the tour', 'ingest'));
    // A new admin is one of a new store, or of one whose tokens were lost: what there was of others may be of no use.
    if (started.admin !== undefined || !existsSync(files.reader)) {
      keepToken(files.reader, await makeToken(url, files.admin, 'npm start', 'read'));
    }
  } catch (error) {
    await end();
    throw error;
  }
  return {
    url,
    consoleUrl,
    agentTokenFile: files.agents,
    readTokenFile: files.reader,
    pid: child.pid,
    scanElsewhere: async (directory, signal) => {
      const env = { ...process.env, AGENT_AUDIT_REMOTE: url, AGENT_AUDIT_TOKEN_FILE: files.agents };
      await scanElsewhere(['--name', 'scan-agent-2', '--data', join(data, 'second-agent'), directory], env, signal);
    },
    sendPlainEvents: async () => sendPlainEvents(url, readFileSync(files.agents, 'utf8').trim()),
    ended,
    end,
  };
}

const troubleCharsMax = 8_192;

/** How a process ended, once it has. */
export async function endOf(child: ChildProcess): Promise<string> {
  await once(child, 'close').catch((error: unknown) => error);
  if (child.signalCode !== null) return `ended by ${child.signalCode}`;
  return child.exitCode === null ? 'did not start' : `ended with status ${child.exitCode}`;
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  for await (const line of createInterface({ input: child.stdout })) return line;
  return undefined;
}

interface Start {
  readonly url: string;
  readonly consoleUrl: string | undefined;
  readonly admin: string | undefined;
  readonly ingest: string | undefined;
}

function readStart(line: string): Start | undefined {
  const value = parse(line);
  const tokens = memberOf(value, 'tokens');
  const url = textOf(value, 'url');
  if (url === undefined) return undefined;
  return { url, consoleUrl: textOf(value, 'console'), admin: textOf(tokens, 'admin'), ingest: textOf(tokens, 'ingest') };
}

/** The error is the last that it says, as JSON. */
function readTrouble(said: string): NoCollector {
  const errors = said.split('\n').map((line) => memberOf(parse(line), 'error'));
  const error = errors.findLast((one) => one !== undefined);
  const why = textOf(error, 'message') ?? `agent-audit collect did not start: ${said.trim()}`;
  return { code: textOf(error, 'code') ?? 'COLLECTOR_FAILED', why };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === 'string' ? member : undefined;
}

function keepToken(file: string, token: string): void {
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
}

async function makeToken(url: string, adminFile: string, name: string, scope: 'ingest' | 'read'): Promise<string> {
  const wish = { name, scopes: [scope], tenant: 'default' };
  const answer = await post(`${url}/v1/tokens`, readFileSync(adminFile, 'utf8').trim(), wish, 201);
  const secret = textOf(parse(answer), 'secret');
  if (secret === undefined) throw new Error(`the collector at ${url} made a token and did not tell it`);
  return secret;
}

/** All that connects an agent to a collector is in its environment. */
async function scanElsewhere(given: readonly string[], env: NodeJS.ProcessEnv, signal: AbortSignal): Promise<void> {
  const child = spawnLeashed(main, given, { env });
  const stop = (): void => void child.kill('SIGTERM');
  signal.addEventListener('abort', stop);
  await endOf(child);
  signal.removeEventListener('abort', stop);
}

/** As `curl` would; a Go program writes durations in nanoseconds. */
async function sendPlainEvents(url: string, token: string): Promise<void> {
  const at = new Date().toISOString();
  const event = { timestamp: at, agent_id: 'go-agent', job_id: 'nightly-backup' };
  const events = [
    { ...event, type: 'job_started', severity: 'INFO', message: 'Job started: backup' },
    { ...event, type: 'job_failed', severity: 'ERROR', message: 'Job failed', error: 'disk quota exceeded', duration_ms: 1_250_000_000 },
  ];
  await post(`${url}/v1/events?duration=ns`, token, events, 200);
}

async function post(url: string, token: string, body: unknown, status: number): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (response.status !== status) throw new Error(`the collector answers ${response.status}: ${text}`);
  return text;
}
