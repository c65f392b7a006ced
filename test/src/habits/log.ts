// What the tests of habits ask of a log, whoever wrote it and wherever.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { isReservedType, parseLine } from '@agent-audit/log';
import { lines, verifyLogFile } from 'agent-audit/files';

/** A folder that goes with the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-habits-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The messages of a log's events, without its own lines. */
export async function messagesIn(logFile: string): Promise<string[]> {
  const messages: string[] = [];
  for await (const { line } of lines(logFile)) {
    const { type, message } = parseLine(line);
    if (!isReservedType(type)) messages.push(message);
  }
  return messages;
}

/** The log has exactly these events, is sound, and was closed: sealed to its last line. */
export async function assertClosed(logFile: string, messages: readonly string[]): Promise<void> {
  assert.deepEqual(await messagesIn(logFile), messages);
  const { problems, unsigned, torn } = await verifyLogFile(logFile);
  assert.deepEqual({ problems, unsigned, torn }, { problems: [], unsigned: 0, torn: undefined });
}
