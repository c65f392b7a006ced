// One key, two histories: a copy of an agent's folder that runs beside it, and a folder that was set back. Both sides say so, both keep
// what proves it, and the agent goes on under a new origin that names the old one.
import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type Checkpoint, openCheckpoint, parseLine, type ReadAlarm } from '@agent-audit/log';
import { readLogKey, verifyEd25519, verifyLogFile } from 'agent-audit/files';
import { Agent } from './agent.ts';
import { cannotCollect } from './collector.ts';
import { assertProven, assertStoredOnce } from './promises.ts';
import { Site } from './site.ts';

interface Evidence {
  readonly why: string;
  readonly note: string;
  readonly theirs: string;
}

/** What an agent keeps of the origin that it gave up. */
function refused(agent: Agent): { readonly logFile: string; readonly evidence: Evidence } {
  const [folder, ...others] = readdirSync(agent.folder).filter((name) => /^audit\.refused-[0-9a-f]{8}$/.test(name));
  assert.ok(folder !== undefined && others.length === 0, 'one origin was given up');
  const path = join(agent.folder, folder);
  const evidence = JSON.parse(readFileSync(join(path, 'audit.evidence'), 'utf8')) as Evidence;
  return { logFile: join(path, 'audit.log'), evidence };
}

/** Both notes are of this log, signed by its own key. */
async function opened(logFile: string, ...notes: readonly string[]): Promise<readonly Checkpoint[]> {
  const key = await readLogKey(logFile);
  return notes.map((note) => openCheckpoint(note, key, verifyEd25519));
}

/** The new log says which one it follows, and why; and it is shipped. */
async function assertGoesOn(site: Site, agent: Agent, previous: string, why: string): Promise<void> {
  await agent.when('a new log is begun', ({ origin }) => origin !== previous);
  await agent.log(20);
  const { origin } = await agent.shipped();
  const [first] = await agent.lines();
  assert.ok(first !== undefined);
  const { type, details } = parseLine(first.line);
  assert.equal(type, 'log.open');
  assert.deepEqual(details?.['previous'], { origin: previous, why });
  assert.equal((await site.reader.log(origin))?.state, 'live');
  await assertStoredOnce(site, agent);
  await assertProven(site, agent, 3);
}

function notesOf(alarms: readonly ReadAlarm[], kind: string): readonly string[] {
  return alarms.find((alarm) => alarm.kind === kind)?.notes ?? [];
}

test('a copy of an agent that runs beside it is a fork: told on both sides, two notes, two logs', { skip: cannotCollect }, async (t) => {
  const site = await Site.open(t);
  const first = await site.agent('scanner-1');
  await first.log(100);
  const { origin } = await first.shipped();
  await first.stop();
  const copied = Agent.copy(first.options, join(site.folder, 'copy'));

  const original = await site.start(first.options);
  await original.log(50);
  await original.shipped();
  // It has more lines than the collector has seen: it is no older copy.
  const copy = await site.start(copied);
  await copy.log(200);
  await copy.troubled('REMOTE_CONTRADICTS');
  await assertGoesOn(site, copy, origin, 'fork');
  // The collector takes nothing more under the forked origin, of nobody.
  await original.log(10);
  await original.troubled('REMOTE_CONTRADICTS');
  await assertGoesOn(site, original, origin, 'fork');

  const alarms = await site.reader.alarms();
  assert.ok(alarms.every(({ kind, origin: about }) => kind === 'FORK' && about === origin), JSON.stringify(alarms));
  assert.equal((await site.reader.log(origin))?.state, 'forked');
  const { completeness } = await site.reader.count('agent_id:scanner-1');
  assert.equal(completeness.logs.forked, 1);
  const { logFile, evidence } = refused(copy);
  assert.equal(evidence.why, 'fork');
  const kept = await opened(logFile, evidence.note, evidence.theirs);
  const raised = await opened(logFile, ...notesOf(alarms, 'FORK'));
  for (const notes of [kept, raised]) {
    assert.equal(notes.length, 2);
    assert.equal(new Set(notes.map(({ root }) => Buffer.from(root).toString('hex'))).size, 2, 'two roots');
  }
  assert.equal(refused(original).evidence.why, 'fork');
  for (const agent of [original, copy]) {
    assert.deepEqual((await verifyLogFile(refused(agent).logFile)).problems, [], 'the old files are whole');
  }
  const { events } = await site.reader.events('agent_id:scanner-1');
  const shipped = events.filter((event) => event.origin === origin).map(({ line }) => line);
  const own = readFileSync(refused(original).logFile, 'utf8').split('\n').slice(0, shipped.length);
  assert.deepEqual(shipped, own, 'what was shipped first stays');
});

test('an agent whose folder is set back is a rollback: alarm on both sides, both notes, a new log', { skip: cannotCollect }, async (t) => {
  const site = await Site.open(t);
  const first = await site.agent('scanner-1');
  await first.log(100);
  await first.shipped();
  await first.stop();
  const old = join(site.folder, 'old');
  cpSync(first.folder, old, { recursive: true });
  const second = await site.start(first.options);
  await second.log(100);
  const { origin, size } = await second.shipped();
  await second.stop();
  rmSync(second.folder, { recursive: true });
  renameSync(old, second.folder);

  const third = await site.start(first.options);
  await third.log(1);
  await third.troubled('REMOTE_CONTRADICTS');
  await assertGoesOn(site, third, origin, 'rollback');
  const alarms = await site.reader.alarms();
  assert.deepEqual(alarms.map(({ kind, origin: about }) => ({ kind, about })), [{ kind: 'ROLLBACK', about: origin }]);
  const { logFile, evidence } = refused(third);
  assert.equal(evidence.why, 'rollback');
  const [ours, theirs] = await opened(logFile, evidence.note, evidence.theirs);
  assert.ok((theirs?.size ?? 0) >= size && (ours?.size ?? 0) < size);
  assert.equal((await opened(logFile, ...notesOf(alarms, 'ROLLBACK'))).length, 2);
  assert.deepEqual((await verifyLogFile(logFile)).problems, []);
});
