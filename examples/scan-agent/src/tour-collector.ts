// The collector of the tour, and those who send to it besides the agent: another scan agent, and a program that writes no log of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A collector in a process of its own. */
export interface TourCollector {
  readonly url: string;
  /** Files that hold a token for agents, and one for people. */
  readonly agentTokenFile: string;
  readonly adminTokenFile: string;
  /** Another agent scans a directory, and ships its log. Resolves when it has ended. */
  scanElsewhere(directory: string): Promise<void>;
  /** A program of another language posts what it did. */
  sendPlainEvents(): Promise<void>;
  end(): Promise<void>;
}

/** Why there is none. */
export interface NoCollector {
  readonly why: string;
}

const main = fileURLToPath(new URL('main.js', import.meta.url));

/** Starts `agent-audit collect` on a folder, which each run goes on with; or tells why it cannot be, on a platform without its database. */
export async function startCollector(cli: string, data: string): Promise<TourCollector | NoCollector> {
  const folder = join(data, 'collector');
  const tokens = { admin: join(data, 'admin.token'), agents: join(data, 'agents.token') };
  mkdirSync(data, { recursive: true, mode: 0o700 });
  const child = spawn(process.execPath, [cli, 'collect', '--json', '--data', folder, '--port', '0'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let trouble = '';
  child.stderr.on('data', (chunk: Buffer) => {
    trouble += chunk.toString();
  });
  const line = await firstLine(child);
  const started = line === undefined ? undefined : readStart(line);
  if (started === undefined) return { why: trouble.trim() || 'agent-audit collect did not start' };
  if (started.admin !== undefined) writeFileSync(tokens.admin, `${started.admin}\n`, { mode: 0o600 });
  if (started.ingest !== undefined) writeFileSync(tokens.agents, `${started.ingest}\n`, { mode: 0o600 });
  const { url } = started;
  const end = async (): Promise<void> => {
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
  };
  if (!existsSync(tokens.admin) || !existsSync(tokens.agents)) {
    await end();
    return { why: `${folder} is there, and its tokens (${tokens.admin}) are not: delete the folder to begin anew` };
  }
  return {
    url,
    agentTokenFile: tokens.agents,
    adminTokenFile: tokens.admin,
    scanElsewhere: async (directory) => scanElsewhere(join(data, 'second-agent'), directory, { url, tokenFile: tokens.agents }),
    sendPlainEvents: async () => sendPlainEvents(url, readFileSync(tokens.agents, 'utf8').trim()),
    end,
  };
}

async function firstLine(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  for await (const line of createInterface({ input: child.stdout })) return line;
  return undefined;
}

interface Start {
  readonly url: string;
  readonly admin: string | undefined;
  readonly ingest: string | undefined;
}

function readStart(line: string): Start | undefined {
  const value: unknown = JSON.parse(line);
  const url = memberOf(value, 'url');
  const tokens = memberOf(value, 'tokens');
  return typeof url === 'string' ? { url, admin: textOf(tokens, 'admin'), ingest: textOf(tokens, 'ingest') } : undefined;
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function textOf(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name);
  return typeof member === 'string' ? member : undefined;
}

/** All that connects an agent to a collector is in its environment. */
async function scanElsewhere(data: string, directory: string, to: { readonly url: string; readonly tokenFile: string }): Promise<void> {
  const env = { ...process.env, AGENT_AUDIT_REMOTE: to.url, AGENT_AUDIT_TOKEN_FILE: to.tokenFile };
  const child = spawn(process.execPath, [main, '--name', 'scan-agent-2', '--data', data, directory], { env, stdio: 'ignore' });
  await once(child, 'close');
}

/** As `curl` would; a Go program writes durations in nanoseconds. */
async function sendPlainEvents(url: string, token: string): Promise<void> {
  const at = new Date().toISOString();
  const event = { timestamp: at, agent_id: 'go-agent', job_id: 'nightly-backup' };
  const events = [
    { ...event, type: 'job_started', severity: 'INFO', message: 'Job started: backup' },
    { ...event, type: 'job_failed', severity: 'ERROR', message: 'Job failed', error: 'disk quota exceeded', duration_ms: 1_250_000_000 },
  ];
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/events?duration=ns`, { method: 'POST', headers, body: JSON.stringify(events) });
  if (response.status !== 200) throw new Error(`the collector answers ${response.status}: ${await response.text()}`);
}
