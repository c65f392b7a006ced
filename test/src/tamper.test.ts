// Every way to tamper with a log on disk: what verification says of it, and what a logger does that is opened on it. What nobody can tell
// from the files alone stands in docs/format.md, section 8; here it is shown that it is so.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseLine, parseSidecar, readCheckpoint } from '@agent-audit/log';
import { AuditError, createLogger, EventType } from 'agent-audit';
import { lines, verifyLogFile } from 'agent-audit/files';
import { closedLog, closedSegments, type LogImage } from './log-image.ts';
import { inActive, inCheckpoints, inOlderSegments, notDetectable, sidecarAt, sizesOf } from './tampering.ts';

let original: LogImage;
let newest: { readonly origin: string; readonly size: number; readonly note: string };
before(async () => {
  original = await closedLog();
  const { note } = parseSidecar(original.read(sidecarAt(original, -1))).records.at(-1) ?? assert.fail('no record');
  newest = { ...readCheckpoint(note), note };
  assert.ok(sizesOf(original, sidecarAt(original, -1)).length > 2 && original.closed.length >= closedSegments);
});
after(() => original.delete());

for (const [part, tamperings] of Object.entries({ 'active segment': inActive, log: { ...inOlderSegments, ...inCheckpoints } })) {
  for (const [what, { damage, told, logger }] of Object.entries(tamperings)) {
    const reaction = 'goesOn' in logger ? 'goes on' : `gives up (${logger.givesUp.join(', ')})`;
    test(`${part}, ${what}: verification names ${told.join(', ') || 'nothing'}, a logger ${reaction}`, async (t) => {
      const log = original.copy();
      t.after(() => log.delete());
      damage(log);
      const codes = await verify(log);
      for (const code of told) assert.ok(codes.includes(code), `${code} is among ${codes.join(', ') || 'no problems'}`);
      if (told.length === 0) assert.deepEqual(codes, []);
      await ('goesOn' in logger ? assertGoesOn(log, codes) : assertGivesUp(log, logger.givesUp));
    });
  }
}

for (const [what, { damage }] of Object.entries(notDetectable)) {
  test(`not to be told from the files alone: ${what}`, async (t) => {
    const log = original.copy();
    t.after(() => log.delete());
    damage(log);
    assert.deepEqual(await verify(log), []);
    await assertGoesOn(log, []);
  });
}

test('what is cut off together with its checkpoints, or put back from an old copy, a kept checkpoint tells', async (t) => {
  const log = original.copy();
  t.after(() => log.delete());
  notDetectable['the end cut off together with its checkpoints']?.damage(log);
  const report = await verifyLogFile(log.logFile, { witnesses: [{ source: 'kept elsewhere', note: newest.note }] });
  assert.deepEqual(
    report.problems.map(({ code }) => code),
    ['TRUNCATED'],
  );
});

test('a log put in the place of another is told by the origin', async (t) => {
  const other = await closedLog();
  t.after(() => other.delete());
  const report = await verifyLogFile(other.logFile, { origin: newest.origin });
  assert.ok(report.problems.some(({ code }) => code === 'KEY_MISMATCH'));
  assert.equal((await verifyLogFile(original.logFile, { origin: newest.origin })).anchored, true);
});

test('a log that must be given up is left alone where its key is the caller’s own: no origin begins twice under one key', async (t) => {
  const log = original.copy();
  t.after(() => log.delete());
  const identityKey = log.read('audit.key').toString('utf8');
  log.remove('audit.key');
  log.edit('audit.log', (all) => all.slice(0, -1));
  const damaged = new Map(log.names().map((name) => [name, log.read(name)]));
  assert.throws(
    () => createLogger({ logFile: log.logFile, env: false, identityKey }),
    (error) => error instanceof AuditError && error.code === 'LOG_REFUSED' && error.message.includes('another identityKey'),
  );
  assert.deepEqual(new Map(log.names().map((name) => [name, log.read(name)])), damaged, 'nothing was changed');
});

async function verify(log: LogImage): Promise<string[]> {
  const { problems, ok } = await verifyLogFile(log.logFile);
  assert.equal(ok, problems.length === 0);
  return [...new Set(problems.map(({ code }) => code))];
}

/** A logger's life on it: some events, sealed. Its origin, and what it was told. */
async function live(log: LogImage): Promise<{ origin: string; troubles: AuditError[] }> {
  const troubles: AuditError[] = [];
  const audit = createLogger({ logFile: log.logFile, env: false, agentId: 'tamper', onError: (error) => troubles.push(error) });
  for (let i = 0; i < 10; i++) audit.info(EventType.ScanCompleted, `later ${i}`);
  await audit.flush().catch((error: unknown) => assert.ok(error instanceof AuditError && error.code === 'LOG_REFUSED', String(error)));
  await audit.stop();
  return { origin: audit.origin, troubles };
}

/** Messages of the events from this line on. */
async function messagesFrom(log: LogImage, from: number): Promise<string[]> {
  const messages: string[] = [];
  for await (const { line } of lines(log.logFile, { from })) {
    const { type, message } = parseLine(line);
    if (!type.startsWith('log.')) messages.push(message);
  }
  return messages;
}

const later = Array.from({ length: 10 }, (_, i) => `later ${i}`);

async function assertGoesOn(log: LogImage, codes: readonly string[]): Promise<void> {
  const { origin, troubles } = await live(log);
  assert.equal(origin, newest.origin);
  assert.deepEqual(troubles, []);
  assert.deepEqual(log.names(/refused|\.tmp$/), []);
  assert.deepEqual((await messagesFrom(log, newest.size - 20)).slice(-10), later);
  assert.deepEqual((await verify(log)).toSorted(), codes.toSorted(), 'what was wrong is still told');
}

async function assertGivesUp(log: LogImage, why: readonly string[]): Promise<void> {
  const damaged = new Map(log.names().map((name) => [name, log.read(name)]));
  const { origin, troubles } = await live(log);
  assert.notEqual(origin, newest.origin);
  assert.deepEqual([...new Set(troubles.map(({ code }) => code))], ['LOG_REFUSED']);
  assert.deepEqual(await verify(log), []);
  assert.deepEqual(await messagesFrom(log, 0), later);

  const [first] = log.lines('audit.log');
  const previous = parseLine(first ?? '').details?.['previous'];
  assert.ok(typeof previous === 'object' && previous !== null && 'origin' in previous && 'why' in previous);
  assert.deepEqual([previous.origin, why.includes(String(previous.why))], [newest.origin, true], JSON.stringify(previous));

  const [refused = '', ...more] = log.names(/^audit\.refused-/);
  assert.deepEqual(more, []);
  assert.ok(statSync(log.path(refused)).isDirectory());
  assert.ok(troubles[0]?.message.includes(log.path(refused)), troubles[0]?.message);
  const kept = readdirSync(log.path(refused));
  for (const [name, bytes] of damaged) {
    assert.ok(kept.includes(name), `${name} is kept`);
    assert.ok(readFileSync(join(log.path(refused), name)).subarray(0, bytes.length).equals(bytes), `${name} is kept as it was`);
  }
}
