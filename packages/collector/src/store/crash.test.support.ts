// A process that commits, killed again and again: nothing that it was told is stored is missing, and nothing is there twice.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openEmbedded } from '../db/embedded.ts';
import { bytesOf } from './lines.test.support.ts';
import { openStore } from './open-store.ts';
import { wholeOf } from './row-values.ts';

const program = fileURLToPath(new URL('crash-program.test.support.js', import.meta.url));
const logIds = ['a', 'b', 'c'].map((letter) => letter.repeat(32));

/** Runs it until it has told `acknowledgements` of a stored size, and kills it in the middle of whatever comes next. */
async function runAndKill(folder: string, acknowledgements: number, told: Map<string, number>): Promise<void> {
  const child = spawn(process.execPath, [program, folder, logIds.join(',')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let count = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    const [what = '', logId = '', size = '', stored = ''] = line.split(' ');
    if (what === 'found') {
      assert.ok(Number(size) >= (told.get(logId) ?? 0), `the record of ${logId} says ${size}, and ${told.get(logId)} was acknowledged`);
      assert.ok(Number(stored) >= Number(size), `${logId} has ${stored} lines of ${size}`);
    }
    if (what === 'stored') {
      told.set(logId, Number(size));
      if (++count >= acknowledgements) child.kill('SIGKILL');
    }
  }
  await ended;
}

/** Kills it so many times, and looks at what is there. */
export async function killAgainAndAgain(t: TestContext, kills: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-crash-'));
  t.after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const told = new Map<string, number>();
  for (let kill = 0; kill < kills; kill++) await runAndKill(folder, 1 + ((kill * 7) % 11), told);
  const database = await openEmbedded({ folder, database: 'agent_audit' });
  const store = await openStore({ database });
  try {
    for (const logId of logIds) {
      const size = (await store.record(logId))?.size ?? 0;
      assert.ok(size >= (told.get(logId) ?? 0) && size > 0);
      assert.deepEqual(Buffer.from((await store.lines(logId, 0, size)).bytes), Buffer.from(bytesOf(logId, 0, size)));
      const [row] = await database.rows({
        sql: 'SELECT count() - uniqExact(seq) AS doubled FROM events WHERE log_id = {log:String} LIMIT 1',
        parameters: { log: logId },
      });
      assert.equal(row === undefined ? -1 : wholeOf(row, 'doubled'), 0);
    }
  } finally {
    await store.close();
  }
}
