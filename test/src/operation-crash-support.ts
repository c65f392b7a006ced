// A writer of operations that is killed at any moment.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from './program.ts';
import type { Random } from './random.ts';

/** Starts a writer on the log and kills it, or lets it stop. */
export async function runOperationWriter(logFile: string, run: number, random: Random, kill: boolean): Promise<void> {
  const given = [logFile, String(run), String(random.between(0, 0x7fff_ffff)), ...(kill ? [] : ['stop'])];
  const writer = start('operation-program', ...given);
  if (kill) {
    // One in three dies while it starts and recovers, wherever that is; the others within their work.
    if (random.oneIn(3)) await Promise.race([writer.line('work'), writer.ended, sleep(random.between(0, 150))]);
    else for (let works = random.between(1, 60); works > 0; works--) await writer.line('work');
    writer.child.kill('SIGKILL');
  }
  const { code, signal, stderr } = await writer.ended;
  assert.equal(stderr, '', `run ${run}`);
  assert.deepEqual([code, signal], kill ? [null, 'SIGKILL'] : [0, null], `run ${run}`);
}
