// For tests only: a collector in a folder of its own, at a port of its own, which goes when the test does.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryTokens } from '../auth/memory-tokens.test.support.ts';
import type { CollectorOptions } from '../config/options.ts';
import { MemoryStore } from '../ingest/memory-store.test.support.ts';
import type { EventStore, SharedStore, Store, StoreUpkeep, TokenStore } from '../store/store.ts';
import { Closing } from './closing.ts';
import { type Collector, composeCollector, type StartParts } from './collector.ts';

export interface Started {
  readonly collector: Collector;
  readonly admin: string;
  readonly ingest: string;
  readonly troubles: string[];
  /** Asks the collector; `token` goes into the Authorization header. */
  readonly ask: (path: string, options?: RequestInit & { readonly token?: string }) => Promise<Answer>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The problem's code, or undefined. */
  readonly code: unknown;
  readonly json: Record<string, unknown>;
}

const refuse = async (): Promise<never> => {
  throw new Error('this store is for tests that do not read');
};
const unreadable: EventStore & SharedStore = {
  othersRecords: async () => [],
  events: refuse,
  arrivals: refuse,
  count: refuse,
  histogram: refuse,
  rates: refuse,
  facets: refuse,
  stats: refuse,
  jobs: refuse,
  export: () => ({ [Symbol.asyncIterator]: () => ({ next: refuse }) }),
};

/** A store in memory, for tests of what is in front of it. */
const inMemory = async (): Promise<Store> => {
  const tokens = new MemoryTokens();
  const upkeep: StoreUpkeep & { close(): Promise<void> } = {
    retention: async () => [],
    setRetention: async () => {},
    prune: async () => [],
    usage: async () => ({ events: 0, bytes: 0 }),
    close: async () => {},
  };
  const tokenStore: TokenStore = { tokens: async () => tokens.tokens(), put: async (token) => tokens.put(token) };
  return Object.assign(new MemoryStore(), tokenStore, upkeep, unreadable);
};

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'collector-'));
  finallyDo(t, async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const closings = new WeakMap<TestContext, Closing>();

/** When the test has ended; what was asked for last comes first. (`t.after` begins with the first.) */
export function finallyDo(t: TestContext, step: () => Promise<void>): void {
  const closing = closings.get(t) ?? new Closing();
  if (!closings.has(t)) t.after(() => closing.run());
  closings.set(t, closing);
  closing.add(step);
}

/** Starts a collector on a store in memory, which does otherwise where `other` says so. */
export async function start(
  t: TestContext,
  options: CollectorOptions = {},
  parts: StartParts = {},
  other: Partial<Store> = {},
): Promise<Started> {
  const troubles: string[] = [];
  const dataFolder = options.dataFolder ?? join(temporaryFolder(t), 'data');
  const onTrouble = (code: string): void => void troubles.push(code);
  const openStore = async (): Promise<Store> => Object.assign(await inMemory(), other);
  const collector = await composeCollector(openStore, { port: 0, ...options, dataFolder }, { env: {}, onTrouble, ...parts });
  finallyDo(t, () => collector.close());
  const { admin = '', ingest = '' } = collector.firstTokens ?? {};
  return { collector, admin, ingest, troubles, ask: async (path, request) => ask(collector.url + path, request) };
}

export async function ask(url: string, { token, ...options }: RequestInit & { readonly token?: string } = {}): Promise<Answer> {
  const headers = new Headers(options.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`);
  const response = await fetch(url, { ...options, headers });
  const text = await response.text();
  const json = jsonOf(text);
  return { status: response.status, headers: response.headers, text, code: json['code'], json };
}

/** What a collector wrote into its own log, of one type. */
export function journalOf({ config }: Collector, type: string): readonly Record<string, unknown>[] {
  const lines = readFileSync(join(config.dataFolder, 'collector.log'), 'utf8').trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['type'] === type);
}

function jsonOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

export function post(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Comes back once something is so, whenever that is: the test's own timeout is the only limit. `what` is for who reads that. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let turn = 1; !(await isSo()); turn++) {
    if (turn % 1_000 === 0) console.log(`waiting: ${what}`);
    await sleep(5);
  }
}
