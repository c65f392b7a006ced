// What the tests of habits ask of a log, whoever wrote it and wherever.
import assert from 'node:assert/strict';
import { isReservedType, parseLine } from '@agent-audit/log';
import { lines, verifyLogFile } from 'agent-audit/files';

export { temporaryFolder } from '../temporary-folder.ts';

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
