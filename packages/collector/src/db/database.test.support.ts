// Databases for tests: embedded in a folder of its own, or remote through the front in a process of its own, or the server that
// AGENT_AUDIT_TEST_CLICKHOUSE_URL names.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Database } from './database.ts';
import { openEmbedded } from './embedded.ts';
import { openRemote } from './remote.ts';

/** Why embedded tests cannot run here; false where they can. For the option `skip` of a test. */
export const cannotEmbed: string | false = await import('chdb').then(
  () => false,
  (error: unknown) => `needs the optional package chdb: ${String(error)}`,
);

/** A database with nothing in it. */
export interface TemporaryDatabase {
  readonly database: Database;
  /** Where it is, for whoever opens it again: a folder or an address. */
  readonly place: string;
  /** Ends it, and takes it away. */
  readonly remove: () => Promise<void>;
}

/** Where a front runs. */
export interface Front {
  readonly url: string;
  /** Refuses from now on with the text of an exception, or no more where that is empty. */
  deny(what: 'all' | 'inserts', text: string): Promise<void>;
  end(): Promise<void>;
}

/** The server that the environment names for tests. */
const serverUrl = process.env['AGENT_AUDIT_TEST_CLICKHOUSE_URL'];
const frontProgram = fileURLToPath(new URL('clickhouse-front-program.test.support.js', import.meta.url));

/** Starts a front on a folder. */
export async function startFront(folder: string, credentials: readonly string[] = []): Promise<Front> {
  const child: ChildProcess = spawn(process.execPath, [frontProgram, folder, ...credentials], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (child.stdout === null) throw new Error('the front has no output');
  const url = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([line]) => String(line)),
    once(child, 'exit').then(() => Promise.reject(new Error('the front ended'))),
  ]);
  return {
    url,
    deny: async (what, text) => {
      await fetch(`${url}/deny?${what}=${encodeURIComponent(text)}`);
    },
    end: async () => {
      const ended = child.exitCode === null ? once(child, 'exit') : undefined;
      child.stdin?.end();
      await ended;
    },
  };
}

/** An embedded database. */
export async function temporaryEmbedded(): Promise<TemporaryDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-store-'));
  const database = await openEmbedded({ folder, database: 'agent_audit' });
  return {
    database,
    place: folder,
    remove: async () => {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A remote database. */
export async function temporaryRemote(): Promise<TemporaryDatabase> {
  const name = `agent_audit_test_${randomUUID().replaceAll('-', '')}`;
  if (serverUrl !== undefined) {
    const database = await openRemote({ url: serverUrl, database: name });
    return {
      database,
      place: serverUrl,
      remove: async () => {
        await database.execute({ sql: `DROP DATABASE ${name}` });
        await database.close();
      },
    };
  }
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-front-'));
  const front = await startFront(folder);
  const database = await openRemote({ url: front.url, database: name });
  return {
    database,
    place: front.url,
    remove: async () => {
      await database.close();
      await front.end();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Each kind of database, for suites that all of them pass. */
export const kinds: readonly { readonly name: string; readonly open: () => Promise<TemporaryDatabase> }[] = [
  { name: 'embedded', open: temporaryEmbedded },
  { name: 'remote', open: temporaryRemote },
];
