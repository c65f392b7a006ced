import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cursorOf, logFileFor } from './logger.test.support.ts';
import { Receiver } from './receiver.test.support.ts';

const program = fileURLToPath(new URL('./crash-program.test.support.js', import.meta.url));

function start(logFile: string, receiver: Receiver, lines: number): ChildProcess {
  return spawn(process.execPath, [program, logFile, receiver.url, String(lines)], { stdio: ['ignore', 'ignore', 'inherit'] });
}

test('a process that is killed at any moment around a receipt: what is sent again is there once, and nothing is missing', async (t) => {
  const receiver = await Receiver.start(t);
  const logFile = logFileFor(t);
  // Before the lines are looked at; stored, and the receipt lost; the receipt on its way, or taken, and the cursor not yet written.
  for (const moment of ['break', 'lose_answer', undefined, undefined] as const) {
    const child = start(logFile, receiver, 1_000_000);
    const ended = once(child, 'exit');
    let entries = 0;
    receiver.behave = (path) => {
      if (path !== '/v1/entries' || ++entries < 3) return undefined;
      if (moment === undefined) setImmediate(() => child.kill('SIGKILL'));
      else child.kill('SIGKILL');
      return moment;
    };
    assert.deepEqual(await ended, [null, 'SIGKILL']);
  }
  receiver.behave = () => undefined;
  const last = start(logFile, receiver, 100);
  assert.deepEqual(await once(last, 'exit'), [0, null]);
  const { log } = receiver;
  assert.equal(receiver.logs.size, 1);
  assert.deepEqual(log?.lines.map((line) => Number(/^\{"seq":(\d+),/.exec(line)?.[1])), log?.lines.map((_, seq) => seq));
  assert.deepEqual([log?.gaps, log?.hasLost, log?.evidence], [[], false, []]);
  assert.match(log?.lines.at(-1) ?? '', /"reason":"stop"/);
  assert.equal(cursorOf(logFile), log?.lines.length);
});
