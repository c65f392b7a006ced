// The same as against the store in memory, against the real one on the embedded database. One process, one database: one file.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { parsePolicy, verifyProof } from '@agent-audit/log';
import { verifyEd25519 } from 'agent-audit/files';
import fc from 'fast-check';
import { openStore, type OpenStore } from '../store/open-store.ts';
import { cannotEmbed, temporaryDatabase } from '../store/store.test.support.ts';
import { collectorOf, ownLine, principalOf, TestLog } from './log.test.support.ts';
import { histories, live, World } from './model.test.support.ts';
import { requireContract } from './store-contract.test.support.ts';

describe('ingest on the embedded database', { skip: cannotEmbed }, () => {
  let store: OpenStore;
  let remove: () => Promise<void>;
  before(async () => {
    const temporary = await temporaryDatabase();
    remove = temporary.remove;
    store = await openStore({ database: temporary.database });
  });
  after(async () => {
    await remove();
  });

  it('the store keeps what a store is held to', async () => {
    await requireContract(store, 1000);
  });

  it('lines are stored, proven, erased, and proven again by a collector that starts anew', async () => {
    const log = new TestLog(2000, 'a', 700).add(Buffer.of(0xff, 0x0a)).add(ownLine(701, 'log.erasure', { seqs: [5], why: 'w', by: 'b' }));
    const principal = principalOf();
    const first = await collectorOf(store);
    await first.ingest.enrol(principal, log.enrolment());
    await first.ingest.entries(principal, log.gzip(0, 300), 'gzip');
    await first.ingest.entries(principal, log.gzip(300), 'gzip');
    await first.ingest.close();
    const { ingest } = await collectorOf(store);
    await ingest.idle();
    assert.deepEqual(ingest.log(log.logId), { ...first.ingest.log(log.logId), erasing: [] });
    for (const seq of [0, 5, 255, 256, 699, 701]) {
      const { line, proof, vkey, cosigner } = await ingest.proof(log.logId, seq);
      assert.deepEqual(Buffer.concat([line, Buffer.of(0x0a)]), Buffer.from(seq === 5 ? log.stub(5) : (log.lines[seq] ?? line)));
      const policy = parsePolicy(`log ${vkey}\nwitness w ${cosigner}\nquorum w\n`);
      assert.equal(verifyProof({ event: line, proof, policy, verify: verifyEd25519 }).index, seq);
    }
    await ingest.close();
  });

  it('whatever happens: what was acknowledged is stored, and everything arrives in the end', async () => {
    let seed = 10_000;
    await fc.assert(
      fc.asyncProperty(histories, async (history) => {
        seed += 10;
        await live(new World(store, seed), history);
      }),
      { numRuns: 6, endOnFailure: true },
    );
  });
});
