// For tests only: a collector in a folder of its own, at a port of its own, which goes when the test does.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { MemoryTokens } from '../auth/memory-tokens.test.support.ts';
import type { CollectorOptions } from '../config/options.ts';
import type { Store } from '../store/store.ts';
import { Closing } from './closing.ts';
import { type Collector, composeCollector, type OpenStore, type StartParts } from './collector.ts';

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

/** A store that holds tokens and nothing else, for tests of what is in front of it. */
const tokensOnly: OpenStore = async () => {
  const store = new MemoryTokens();
  const parts: Pick<Store, 'tokens' | 'put' | 'usage' | 'close'> = {
    tokens: async () => store.tokens(),
    put: async (token) => store.put(token),
    usage: async () => ({ events: 0, bytes: 0 }),
    close: async () => {},
  };
  return parts as Store;
};

export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'collector-'));
  finallyDo(t, async () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const closings = new WeakMap<TestContext, Closing>();

/** When the test has ended; what was asked for last comes first. (`t.after` begins with the first.) */
function finallyDo(t: TestContext, step: () => Promise<void>): void {
  const closing = closings.get(t) ?? new Closing();
  if (!closings.has(t)) t.after(() => closing.run());
  closings.set(t, closing);
  closing.add(step);
}

export async function start(t: TestContext, options: CollectorOptions = {}, parts: StartParts = {}): Promise<Started> {
  const troubles: string[] = [];
  const dataFolder = options.dataFolder ?? join(temporaryFolder(t), 'data');
  const onTrouble = (code: string): void => void troubles.push(code);
  const collector = await composeCollector(tokensOnly, { port: 0, ...options, dataFolder }, { env: {}, onTrouble, ...parts });
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
