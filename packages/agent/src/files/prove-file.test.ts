import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseProof, parseVerifierKey, readCheckpoint, verifyProof } from '@agent-audit/log';
import fc from 'fast-check';
import { verifyEd25519 } from '../crypto.ts';
import { FilesError, type FilesErrorCode } from './error.ts';
import { FixtureLog, temporaryFolder } from './fixture.test.support.ts';
import { proveEvent } from './prove-file.ts';

/** Proves a line and checks the proof as somebody would who has these three files alone; the size of the tree that proves it. */
async function prove(log: FixtureLog, seq: number): Promise<number> {
  const { event, proof, vkey } = await proveEvent(log.logFile, seq);
  assert.equal(Buffer.from(event).toString(), log.model[seq]);
  const proven = verifyProof({ event, proof, policy: parseVerifierKey(vkey), verify: verifyEd25519 });
  assert.equal(proven.index, seq);
  return readCheckpoint(parseProof(proof).checkpoint).size;
}

function refuses(code: FilesErrorCode, log: FixtureLog, seq: number): Promise<void> {
  return assert.rejects(proveEvent(log.logFile, seq), (error) => error instanceof FilesError && error.code === code);
}

test('every line that a checkpoint covers can be proven', async (t) => {
  const segments = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
  const property = fc.asyncProperty(segments, fc.boolean(), async (counts, pack) => {
    const log = FixtureLog.create(temporaryFolder(t));
    for (const count of counts) {
      const { first } = log.lines(count);
      log.rotate();
      if (pack) log.pack(first);
    }
    log.lines(2).checkpoint();
    for (const seq of log.model.keys()) assert.equal(await prove(log, seq), log.size);
  });
  await fc.assert(property, { numRuns: 12 });
});

test('a cosigned checkpoint proves more than a newer one', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(4).cosign().lines(2).checkpoint();
  assert.equal(await prove(log, 4), 5);
  assert.equal(await prove(log, 5), 7);
});

test('a pruned log is proven from its base record; one without it, from the segment before', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(5).rotate().lines(5).rotate().lines(5).rotate().lines(1);
  log.prune(7, [0]);
  assert.equal(await prove(log, 9), log.size);
  assert.equal(await prove(log, 20), log.size);
  await refuses('LINE_PRUNED', log, 6);
  const sidecar = log.path(log.names.checkpoints(14));
  writeFileSync(sidecar, readFileSync(sidecar, 'utf8').replace(/^.*\n/, ''));
  assert.equal(await prove(log, 16), log.size);
  writeFileSync(log.path(log.names.checkpoints(7)), '');
  await refuses('NOT_PROVABLE', log, 8);
});

test('an erased line is proven by its stub', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(5).rotate().erase(3, 0);
  await prove(log, 3);
  await prove(log, 4);
});

test('what is not sealed, and what is not what was sealed, is not proven', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(5).checkpoint().lines(1);
  await refuses('LINE_NOT_SEALED', log, 6);
  await refuses('LINE_NOT_SEALED', log, 60);
  const good = readFileSync(log.logFile, 'utf8');
  writeFileSync(log.logFile, good.replace('"seq":2,"é":"', '"seq":7,"é":"'));
  await refuses('NOT_PROVABLE', log, 4);
  writeFileSync(log.logFile, good.replace(/\{"seq":2,.*\n/, ''));
  await refuses('NOT_PROVABLE', log, 1);
  writeFileSync(log.logFile, good.slice(0, good.indexOf('{"seq":4,')));
  await refuses('NOT_PROVABLE', log, 1);
});
