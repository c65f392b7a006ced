import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseLine } from '@agent-audit/log';
import { lines, verifyLogFile } from 'agent-audit/files';
import { start } from './program.ts';

const kills = 6;

test(`a remote sender killed ${kills} times is handed every event at least once, in order, and none that the log has not`, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-sender-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const logFile = join(folder, 'audit.log');
  const sentFile = join(folder, 'sent');
  for (let run = 0; run < kills; run++) {
    const program = start('sender-program', logFile, sentFile, String(run));
    for (let batches = 0; batches <= run % 3; batches++) await program.line('sent');
    program.child.kill('SIGKILL');
    assert.equal((await program.ended).signal, 'SIGKILL');
  }
  const { code, stderr } = await start('sender-program', logFile, sentFile, String(kills), 'stop').ended;
  assert.equal(code, 0, stderr);

  assert.deepEqual((await verifyLogFile(logFile)).problems, []);
  const logged: string[] = [];
  for await (const { seq, line } of lines(logFile)) {
    const { type, message } = parseLine(line);
    if (type === 'scan_completed') logged.push(`${seq} ${message}`);
  }
  const sent = readFileSync(sentFile, 'utf8').split('\n').slice(0, -1);
  assert.deepEqual([...new Set(sent)], logged, 'each once when repetitions are left out, in the order of the log');
});
