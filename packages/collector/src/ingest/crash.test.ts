// Real kills of a real collector on its embedded database, while agents send: what it acknowledged is there, once, when it comes back.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { collectorUrl, entriesPath, logsPath, parseConflict, parseProblem, parseReceipt } from '@agent-audit/log';
import { openEmbedded } from '../db/embedded.ts';
import { wholeOf } from '../store/row-values.ts';
import { openStore } from '../store/open-store.ts';
import { cannotEmbed } from '../store/store.test.support.ts';
import { TestLog } from './log.test.support.ts';

const program = fileURLToPath(new URL('./crash-program.test.support.js', import.meta.url));
const agents = 3;
const linesPerRequest = 400;
const kills = 5;

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly token: string;
}

async function start(folder: string, port: number): Promise<Running> {
  const child = spawn(process.execPath, [program, folder, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(child.stdout !== null);
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, ...(JSON.parse(line) as { url: string; token: string }) };
}

/** Sends the next lines; what is acknowledged after it. A connection that breaks leaves that as it was. */
async function sendNext(url: string, token: string, log: TestLog, acked: number): Promise<number> {
  const headers = { authorization: `Bearer ${token}`, 'content-encoding': 'gzip' };
  const body = log.gzip(acked, Math.min(log.size, acked + linesPerRequest));
  let status = 0;
  let text = '';
  try {
    const response = await fetch(collectorUrl(url, entriesPath), { method: 'POST', headers, body });
    text = await response.text();
    status = response.status;
  } catch {
    return acked;
  }
  if (status === 200) return parseReceipt(text).size;
  const problem = parseProblem(text);
  assert.equal(problem?.code, 'SIZE_CONFLICT', text);
  const { size } = parseConflict(problem?.members ?? {});
  assert.ok(size >= acked, `acknowledged were ${acked}, there are ${size}`);
  return size;
}

test('a collector that is killed again and again has what it acknowledged, once', { skip: cannotEmbed }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-collector-crash-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const logs = Array.from({ length: agents }, (_, i) => new TestLog(50 + i, `agent-${i}`, 4000));
  const acked = logs.map(() => 0);
  let running = await start(folder, 0);
  const { token, url } = running;
  for (const log of logs) {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(collectorUrl(url, logsPath), { method: 'POST', headers, body: log.enrolment() });
    assert.equal(response.status, 200, await response.text());
  }
  const sendAll = (): Promise<number>[] => logs.map(async (log, i) => (acked[i] = await sendNext(url, token, log, acked[i] ?? 0)));
  for (let kill = 0; kill < kills; kill++) {
    // All are on their way, or one is acknowledged and the others wait or are being committed.
    const sends = sendAll();
    if (kill % 2 === 0) await Promise.race(sends);
    const ended = once(running.child, 'exit');
    running.child.kill('SIGKILL');
    await Promise.all([...sends, ended]);
    running = await start(folder, Number(new URL(url).port));
    assert.equal(running.url, url);
  }
  while (logs.some((log, i) => (acked[i] ?? 0) < log.size)) await Promise.all(sendAll());
  const ended = once(running.child, 'exit');
  running.child.kill('SIGKILL');
  await ended;
  await requireStored(join(folder, 'store'), logs);
});

async function requireStored(folder: string, logs: readonly TestLog[]): Promise<void> {
  const database = await openEmbedded({ folder, database: 'agent_audit' });
  const store = await openStore({ database });
  try {
    for (const { logId, lines, size } of logs) {
      const stored = await store.lines(logId, 0, size + 1);
      assert.deepEqual(Buffer.from(stored.bytes), Buffer.concat(lines));
      const [row] = await database.rows({
        sql: 'SELECT count() AS rows FROM events WHERE log_id = {log:String} LIMIT 1',
        parameters: { log: logId },
      });
      assert.equal(row === undefined ? -1 : wholeOf(row, 'rows'), size, 'rows, doubled ones included');
    }
    assert.deepEqual(await store.alarms({}, 10), []);
  } finally {
    await store.close();
  }
}
