import assert from 'node:assert/strict';
import { test } from 'node:test';
import { appendSignature, encodeBase64, openCosignatures, type Receipt, rootOfLeaves, signCheckpoint, utf8 } from '@agent-audit/log';
import { verifyEd25519 } from 'agent-audit/files';
import { DatabaseError } from '../db/database.ts';
import { Refusal } from '../refusal.ts';
import { codeOf, collectorOf, eventLine, outcomeOf, ownLine, principalOf, type TestCollector, TestLog } from './log.test.support.ts';
import { FaultyStore } from './faulty-store.test.support.ts';
import { livenessOf } from './liveness.ts';
import { MemoryStore } from './memory-store.test.support.ts';

const principal = principalOf();

type TestStore = FaultyStore<MemoryStore>;

interface Enrolled extends TestCollector {
  readonly store: TestStore;
}

async function enrolled(log: TestLog, store: TestStore = new FaultyStore(new MemoryStore())): Promise<Enrolled> {
  const collector = await collectorOf(store);
  await collector.ingest.enrol(principal, log.enrolment());
  return { ...collector, store };
}

async function refusalOf(promise: Promise<unknown>): Promise<Refusal> {
  const outcome = await outcomeOf(promise);
  assert.ok(outcome instanceof Refusal, 'it was not refused');
  return outcome;
}

/** The receipt's cosignature is this collector's, on the log's note at that size. */
function requireReceipt({ signer, clock }: TestCollector, log: TestLog, size: number, receipt: Receipt): void {
  assert.equal(receipt.size, size);
  const [cosignature, ...more] = openCosignatures(appendSignature(log.note(size), receipt.cosignature), [signer.key], verifyEd25519);
  assert.equal(more.length, 0);
  assert.equal(cosignature?.timeSeconds, Math.floor(clock.now() / 1000));
}

test('golden vector: a cosigned note, byte for byte', async () => {
  const log = new TestLog(1, 'scanner-7', 3);
  const collector = await enrolled(log);
  const receipt = await collector.ingest.entries(principal, log.gzip(0), 'gzip');
  assert.equal(collector.ingest.vkey, 'collector.example+566d6f47+BEgDPjFjpnJlfytzlK8yiKiCh9VwBR49bQi25yjOxO3o');
  const signature = 'Vm1vRwAAAABpVbkA/bJzZgwJKOnPriA1x7Yp9Q4fZoFNVtFUKP9eOVStHjcoJ6xuUzyHIFckl0mI2IP+yn5+KljfNGA8qnlCcaumDA==';
  assert.equal(receipt.cosignature, `— collector.example ${signature}`);
  assert.equal(collector.ingest.log(log.logId)?.note, `${log.note()}${receipt.cosignature}\n`);
  requireReceipt(collector, log, 3, receipt);
});

test('lines are stored byte for byte, in any number of requests, whatever they hold', async () => {
  const log = new TestLog(1, 'a', 5);
  log.add(utf8('no JSON at all\n')).add(Buffer.of(0xff, 0x00, 0x0d, 0x0a)).add(utf8('\n')).add(eventLine(3)).write(700);
  const collector = await enrolled(log);
  const { ingest, store } = collector;
  for (const [old, size] of [[0, 5], [5, 7], [7, 500], [500, log.size]] as const) {
    requireReceipt(collector, log, size, await ingest.entries(principal, log.body(old, size), 'identity'));
  }
  assert.deepEqual(store.inner.bytesOf(log.logId), Buffer.from(log.bytes(0)));
  const record = ingest.log(log.logId);
  assert.deepEqual([record?.size, record?.first, record?.end, record?.agent, record?.tenant], [log.size, 0, 'open', 'a', 'acme']);
  assert.equal(record?.newestEventMs, Date.UTC(2026, 0, 1) + log.size - 1);
});

test('another size than ours is a conflict that says what we have; a retry of what was answered too', async () => {
  const log = new TestLog(1, 'a', 10);
  const { ingest } = await enrolled(log);
  const fresh = await refusalOf(ingest.entries(principal, log.body(4), 'identity'));
  assert.deepEqual([fresh.code, fresh.members], ['SIZE_CONFLICT', { size: 0 }]);
  await ingest.entries(principal, log.body(0, 6), 'identity');
  for (const [old, size] of [[0, 6], [0, 10], [5, 10], [7, 10]] as const) {
    const { code, members } = await refusalOf(ingest.entries(principal, log.body(old, size), 'identity'));
    assert.deepEqual([code, members], ['SIZE_CONFLICT', { size: 6, note: ingest.log(log.logId)?.note }], `${old}–${size}`);
  }
});

test('who may: an unknown log, a foreign tenant, another agent, another key, an altered note', async () => {
  const log = new TestLog(1, 'a', 4);
  const other = new TestLog(2, 'a', 4);
  const { ingest } = await enrolled(log);
  assert.equal(await codeOf(ingest.entries(principal, other.body(0), 'identity')), 'LOG_UNKNOWN');
  assert.equal(await codeOf(ingest.entries(principalOf({ tenant: 'rival' }), log.body(0), 'identity')), 'LOG_NOT_YOURS');
  assert.equal(await codeOf(ingest.entries(principalOf({ agent: 'b' }), log.body(0), 'identity')), 'LOG_NOT_YOURS');
  assert.equal(await codeOf(ingest.evidence(principalOf({ tenant: 'rival' }), log.logId, '{}')), 'LOG_NOT_YOURS');
  const forged = log.note().replace('\n4\n', '\n5\n');
  assert.equal(await codeOf(ingest.entries(principal, log.body(0, 4, { size: 5, note: forged }), 'identity')), 'SIGNATURE_INVALID');
  assert.equal(await codeOf(ingest.entries(principal, log.body(0, 4, { note: log.note(3) }), 'identity')), 'REQUEST_MALFORMED');
  assert.equal((await ingest.entries(principalOf({ agent: 'a' }), log.body(0), 'identity')).size, 4);
});

test('a log is enrolled once, for one tenant and agent; its key must be the one that the origin names', async () => {
  const log = new TestLog(1, 'scanner-7', 4);
  const other = new TestLog(2, 'scanner-7', 4);
  const { ingest, signer, journal } = await collectorOf(new MemoryStore());
  const mine = principalOf({ agent: 'bound' });
  assert.deepEqual(await ingest.enrol(mine, log.enrolment()), { size: 0, cosigners: [ingest.vkey] });
  assert.deepEqual([ingest.log(log.logId)?.agent, ingest.vkey.startsWith(signer.key.name)], ['bound', true]);
  await ingest.entries(mine, log.body(0), 'identity');
  const again = await ingest.enrol(principal, log.enrolment());
  assert.deepEqual([again.size, again.note], [4, ingest.log(log.logId)?.note]);
  assert.equal(await codeOf(ingest.enrol(principalOf({ tenant: 'rival' }), log.enrolment())), 'LOG_NOT_YOURS');
  assert.equal(await codeOf(ingest.enrol(principalOf({ tenant: '*' }), other.enrolment())), 'LOG_NOT_YOURS');
  assert.equal(await codeOf(ingest.enrol(principal, new TestLog(1, 'renamed', 1).enrolment())), 'KEY_MISMATCH');
  const swapped = JSON.stringify({ vkey: other.vkey.replace(other.origin, log.origin), note: log.note() });
  assert.equal(await codeOf(ingest.enrol(principal, swapped)), 'REQUEST_MALFORMED');
  assert.equal(await codeOf(ingest.enrol(principal, JSON.stringify({ vkey: other.vkey, note: log.note() }))), 'SIGNATURE_INVALID');
  assert.equal(await codeOf(ingest.enrol(principal, JSON.stringify({ vkey: ingest.vkey, note: log.note() }))), 'KEY_MISMATCH');
  assert.equal(await codeOf(ingest.enrol(principal, '[]')), 'REQUEST_MALFORMED');
  assert.deepEqual(journal.entries.map(({ type }) => type), ['log_enrolled', 'alarm_raised', 'alarm_raised']);
});

test('two roots at one size are a fork: both notes are kept, nothing more is taken, also after a restart', async () => {
  const log = new TestLog(1, 'a', 6);
  const fork = log.forkAt(5).add(eventLine(5, 'another truth'));
  const { ingest, store } = await enrolled(log);
  await ingest.entries(principal, log.body(0), 'identity');
  const ours = ingest.log(log.logId)?.note;
  const refusal = await refusalOf(ingest.entries(principal, fork.body(5), 'identity'));
  assert.deepEqual([refusal.code, refusal.members['note']], ['ROOT_MISMATCH', ours]);
  const [alarm, ...more] = await store.alarms({}, 10);
  assert.deepEqual([alarm?.kind, alarm?.notes, alarm?.tenant, more.length], ['FORK', [ours, fork.note()], 'acme', 0]);
  log.write(1);
  const restarted = await collectorOf(store);
  for (const collector of [ingest, restarted.ingest]) {
    assert.equal(await codeOf(collector.entries(principal, log.body(6), 'identity')), 'LOG_FORKED');
    assert.equal(await codeOf(collector.entries(principal, log.body(7), 'identity')), 'LOG_FORKED');
  }
  assert.deepEqual(store.inner.bytesOf(log.logId), Buffer.from(log.bytes(0, 6)));
});

test('lines that do not hash to the signed root are refused and told, and are no proof of a fork', async () => {
  const log = new TestLog(1, 'a', 6);
  const { ingest, store } = await enrolled(log);
  const body = log.body(0);
  body[body.length - 4] = 0x21;
  for (let i = 0; i < 3; i++) assert.equal(await codeOf(ingest.entries(principal, body, 'identity')), 'ROOT_MISMATCH');
  const alarms = await store.alarms({}, 10);
  assert.deepEqual(alarms.map(({ kind, notes }) => [kind, notes]), [['ROOT_MISMATCH', [log.note()]]]);
  assert.equal(store.inner.rows.size, 0);
  assert.equal((await ingest.entries(principal, log.body(0), 'identity')).size, 6);
});

test('more or fewer lines than the head says are refused', async () => {
  const log = new TestLog(1, 'a', 6);
  const { ingest, store } = await enrolled(log);
  const less = log.body(0).subarray(0, -(log.lines[5]?.length ?? 0));
  assert.equal(await codeOf(ingest.entries(principal, less, 'identity')), 'REQUEST_MALFORMED');
  assert.equal(await codeOf(ingest.entries(principal, Buffer.concat([log.body(0), eventLine(6)]), 'identity')), 'REQUEST_MALFORMED');
  assert.equal(await codeOf(ingest.entries(principal, log.body(0).subarray(0, -1), 'identity')), 'REQUEST_MALFORMED');
  await ingest.entries(principal, log.body(0), 'identity');
  assert.equal(await codeOf(ingest.entries(principal, Buffer.concat([log.body(6), eventLine(6)]), 'identity')), 'REQUEST_MALFORMED');
  assert.deepEqual(store.inner.bytesOf(log.logId), Buffer.from(log.bytes(0)));
});

test('what its writer said it has is known of a log, and what is still to come of that; an older writer says nothing', async () => {
  const log = new TestLog(1, 'a', 9);
  const { ingest } = await enrolled(log);
  const told = (): unknown => ingest.log(log.logId)?.toldSize;
  assert.equal(told(), 9, 'by the checkpoint that it was enrolled with');
  await ingest.entries(principal, log.body(0, 4), 'identity');
  assert.equal(told(), undefined);
  await ingest.entries(principal, log.body(4, 6, { sealed: 8 }), 'identity');
  assert.equal(told(), 8);
  assert.equal(livenessOf(ingest.log(log.logId) ?? assert.fail(), 0), 'behind');
  await ingest.entries(principal, log.body(6), 'identity');
  await ingest.entries(principal, log.body(9), 'identity');
  assert.equal(told(), 9, 'by a heartbeat: there is no more');
  assert.equal(livenessOf(ingest.log(log.logId) ?? assert.fail(), 0), 'live');
});

test('a heartbeat is cosigned anew, costs no commit of its own, and is written soon and at the end', async () => {
  const log = new TestLog(1, 'a', 3);
  const collector = await enrolled(log);
  const { ingest, store, clock } = collector;
  await ingest.entries(principal, log.body(0), 'identity');
  const commits = store.commits.length;
  for (let i = 0; i < 3; i++) {
    clock.advance(1000);
    requireReceipt(collector, log, 3, await ingest.entries(principal, log.body(3), 'identity'));
  }
  assert.equal(store.commits.length, commits);
  const heard = ingest.log(log.logId);
  assert.deepEqual([heard?.seenAtMs, (heard?.seenAtMs ?? 0) - (heard?.grownAtMs ?? 0)], [clock.now(), 3000]);
  clock.advance(5000);
  await ingest.close();
  assert.deepEqual(await store.record(log.logId), heard);
  assert.equal(await codeOf(ingest.entries(principal, log.body(3), 'identity')), 'UNAVAILABLE');
});

test('a gap that nobody can close is told, and the log goes on behind it', async () => {
  const log = new TestLog(1, 'a', 40);
  const { ingest, store } = await enrolled(log);
  await ingest.entries(principal, log.body(0, 10), 'identity');
  const before = ingest.log(log.logId)?.note;
  const base = log.base(25);
  const wrong = { ...base, frontier: log.frontier(26).slice(0, base.frontier.length) };
  assert.equal(await codeOf(ingest.entries(principal, log.body(25, 40, { base: wrong }), 'identity')), 'REQUEST_MALFORMED');
  const foreign = { ...base, note: new TestLog(2, 'a', 25).note() };
  assert.equal(await codeOf(ingest.entries(principal, log.body(25, 40, { base: foreign }), 'identity')), 'SIGNATURE_INVALID');
  assert.equal((await ingest.entries(principal, log.body(25, 40, { base }), 'identity')).size, 40);
  const [gap, ...more] = await store.alarms({}, 10);
  assert.deepEqual([gap?.kind, gap?.from, gap?.to, gap?.notes, more.length], ['GAP', 10, 25, [before, log.note(25)], 0]);
  assert.equal(ingest.log(log.logId)?.first, 25);
  log.write(5);
  // A base that is no longer needed does no harm.
  assert.equal((await ingest.entries(principal, log.body(40, 45, { base: log.base(40) }), 'identity')).size, 45);
  assert.equal((await store.alarms({}, 10)).length, 1);
});

test('a collector that was set back is told so by the agent that remembers', async () => {
  const log = new TestLog(1, 'a', 8);
  const { ingest } = await enrolled(log);
  const { cosignature } = await ingest.entries(principal, log.body(0, 6), 'identity');
  const seen = appendSignature(log.note(6), cosignature);
  const older = new FaultyStore(new MemoryStore());
  const restored = await enrolled(log, older);
  for (let i = 0; i < 2; i++) {
    const { code, members } = await refusalOf(restored.ingest.entries(principal, log.body(6, 8, { seen }), 'identity'));
    assert.deepEqual([code, members], ['SIZE_CONFLICT', { size: 0 }]);
  }
  const [lost, ...more] = await older.alarms({}, 10);
  assert.deepEqual([lost?.kind, lost?.notes, lost?.from, lost?.to, more.length], ['DATA_LOST', [seen], 0, 6, 0]);
  // While it is sent all of it again, it is one loss.
  assert.equal((await restored.ingest.entries(principal, log.body(0, 3, { seen }), 'identity')).size, 3);
  assert.equal((await restored.ingest.entries(principal, log.body(3, 5, { seen }), 'identity')).size, 5);
  assert.equal((await restored.ingest.entries(principal, log.body(5, 8, { seen }), 'identity')).size, 8);
  const others = await refusalOf(restored.ingest.entries(principal, log.body(0, 8, { seen: log.note(4) }), 'identity'));
  assert.deepEqual([others.code, (await older.alarms({}, 10)).length], ['SIZE_CONFLICT', 1]);
});

test("an agent's evidence is kept with both notes, once, and ends the log", async () => {
  for (const kind of ['fork', 'rollback'] as const) {
    const log = new TestLog(1, 'a', 5);
    const { ingest, store } = await enrolled(log);
    await ingest.entries(principal, log.body(0), 'identity');
    const ours = ingest.log(log.logId)?.note;
    const text = JSON.stringify({ kind, note: log.note(3), message: 'the disk was restored' });
    const unsigned = JSON.stringify({ kind, note: new TestLog(2, 'a', 3).note(), message: '' });
    assert.equal(await codeOf(ingest.evidence(principal, log.logId, unsigned)), 'SIGNATURE_INVALID');
    assert.equal(await codeOf(ingest.evidence(principal, log.logId, '{}')), 'REQUEST_MALFORMED');
    for (let i = 0; i < 2; i++) await ingest.evidence(principal, log.logId, text);
    const alarms = await store.alarms({}, 10);
    assert.deepEqual(alarms.map((alarm) => [alarm.kind, alarm.notes]), [[kind.toUpperCase(), [ours, log.note(3)]]]);
    assert.equal(await codeOf(ingest.entries(principal, log.body(5), 'identity')), 'LOG_FORKED');
  }
});

test('how a log ends is in its last line', async () => {
  const log = new TestLog(1, 'a', 2);
  const { ingest } = await enrolled(log);
  log.add(ownLine(2, 'log.close', { reason: 'stop' }));
  await ingest.entries(principal, log.body(0), 'identity');
  assert.equal(ingest.log(log.logId)?.end, 'stop');
  await ingest.entries(principal, log.body(3), 'identity');
  assert.equal(ingest.log(log.logId)?.end, 'stop');
  log.write(1).add(ownLine(4, 'log.close', { reason: 'rotate' }));
  await ingest.entries(principal, log.body(3), 'identity');
  assert.equal(ingest.log(log.logId)?.end, 'open');
});

test('a commit that was cut off anywhere is finished by the retry, and nothing is stored twice', async () => {
  for (const at of ['lines', 'some-lines', 'nodes', 'alarms', 'records', 'answer'] as const) {
    const log = new TestLog(1, 'a', 600);
    const { ingest, store } = await enrolled(log);
    await ingest.entries(principal, log.body(0, 100), 'identity');
    store.breaks = () => at;
    const failed = await refusalOf(ingest.entries(principal, log.body(100, 500), 'identity'));
    assert.deepEqual([failed.code, failed.retryAfterSeconds], ['UNAVAILABLE', 5]);
    store.fails = () => true;
    assert.equal(await codeOf(ingest.entries(principal, log.body(100, 500), 'identity')), 'UNAVAILABLE', 'what is in doubt is read back');
    store.fails = () => false;
    store.breaks = () => undefined;
    const retry = await outcomeOf(ingest.entries(principal, log.body(100), 'identity'));
    if (at === 'answer') {
      assert.ok(retry instanceof Refusal && retry.code === 'SIZE_CONFLICT' && retry.members['size'] === 500, at);
      await ingest.entries(principal, log.body(500), 'identity');
    }
    assert.deepEqual(store.inner.bytesOf(log.logId), Buffer.from(log.bytes(0)), at);
    assert.deepEqual([store.inner.repeated, store.inner.overwritten], [0, []], at);
    const { proof } = await ingest.proof(log.logId, 300);
    assert.ok(proof.includes(encodeBase64(rootOfLeaves(log.leaves))), at);
  }
});

test('after a crash between lines and record, other lines than those are a fork', async () => {
  const log = new TestLog(1, 'a', 20);
  const { ingest, store } = await enrolled(log);
  store.breaks = () => 'records';
  assert.equal(await codeOf(ingest.entries(principal, log.body(0), 'identity')), 'UNAVAILABLE');
  store.breaks = () => undefined;
  const { ingest: restarted } = await collectorOf(store);
  const fork = log.forkAt(10).add(eventLine(10, 'another truth')).write(30);
  assert.equal(await codeOf(restarted.entries(principal, fork.body(0), 'identity')), 'ROOT_MISMATCH');
  const [alarm] = await store.alarms({}, 10);
  assert.deepEqual([alarm?.kind, alarm?.notes, restarted.log(log.logId)?.state], ['FORK', [fork.note()], 'forked']);
  assert.deepEqual([store.inner.overwritten, store.inner.bytesOf(log.logId).length], [[], log.bytes(0).length]);
});

test('a full store says so', async () => {
  const log = new TestLog(1, 'a', 2);
  const { ingest, store, journal } = await enrolled(log);
  store.failure = new DatabaseError('DB_FULL', 'no space left on device');
  store.breaks = () => 'lines';
  for (let i = 0; i < 3; i++) assert.equal(await codeOf(ingest.entries(principal, log.body(0), 'identity')), 'STORE_FULL');
  assert.equal(journal.entries.filter(({ type }) => type === 'internal_error').length, 1, 'people are told once');
  store.breaks = () => undefined;
  assert.equal((await ingest.entries(principal, log.body(0), 'identity')).size, 2);
});

test('an impossible checkpoint, at no lines, is refused', async () => {
  const log = new TestLog(1, 'a', 1);
  const { ingest } = await enrolled(log);
  const note = signCheckpoint({ origin: log.origin, size: 0, root: new Uint8Array(32) }, log.signer);
  assert.equal(await codeOf(ingest.entries(principal, log.body(0, 0, { note }), 'identity')), 'ROOT_MISMATCH');
});

test('while the store hangs, what is held is bounded: more is refused, and all of it is given back', async () => {
  const log = new TestLog(1, 'a', 400);
  const others = Array.from({ length: 20 }, (_, i) => new TestLog(100 + i, 'a', 200));
  const store = new FaultyStore(new MemoryStore());
  const { length: bodyBytes } = log.body(200);
  const limits = { inFlightBytesMax: 10 * bodyBytes, inFlightBytesPerLogMax: 2 * bodyBytes };
  const { ingest } = await collectorOf(store, { limits });
  for (const { enrolment } of [log, ...others].map((each) => ({ enrolment: each.enrolment() }))) await ingest.enrol(principal, enrolment);
  let open: () => void = () => {};
  store.gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = ingest.entries(principal, log.body(0, 200), 'identity');
  const again = [1, 2, 3, 4].map(() => codeOf(ingest.entries(principal, log.body(200), 'identity')));
  assert.deepEqual(await Promise.all(again.slice(1)), ['UNAVAILABLE', 'UNAVAILABLE', 'UNAVAILABLE'], 'one log');
  const rest = others.map((other) => codeOf(ingest.entries(principal, other.body(0), 'identity')));
  const refused = rest.slice(9);
  assert.deepEqual(await Promise.all(refused), refused.map(() => 'UNAVAILABLE'), 'all logs');
  open();
  assert.equal((await first).size, 200);
  assert.equal(await again[0], undefined);
  assert.deepEqual(await Promise.all(rest.slice(0, 8)), rest.slice(0, 8).map(() => undefined));
  for (const other of others.slice(9)) assert.equal((await ingest.entries(principal, other.body(0), 'identity')).size, 200);
});

test('a token has its rates, for requests and for enrolments', async () => {
  const log = new TestLog(1, 'a', 2);
  const limits = { requests: { perSecond: 1, burst: 2 }, enrolments: { perSecond: 1, burst: 1 } };
  const { ingest, clock } = await collectorOf(new MemoryStore(), { limits });
  await ingest.enrol(principal, log.enrolment());
  const { code, retryAfterSeconds } = await refusalOf(ingest.enrol(principal, log.enrolment()));
  assert.deepEqual([code, retryAfterSeconds], ['RATE_LIMITED', 1]);
  await ingest.enrol(principalOf({ tokenId: 'token-2' }), log.enrolment());
  await ingest.entries(principal, log.body(0), 'identity');
  await ingest.entries(principal, log.body(2), 'identity');
  assert.equal(await codeOf(ingest.entries(principal, log.body(2), 'identity')), 'RATE_LIMITED');
  clock.advance(1000);
  assert.equal((await ingest.entries(principal, log.body(2), 'identity')).size, 2);
});

test('what one log sends while another is stored goes into the next commit, all together', async () => {
  const logs = Array.from({ length: 30 }, (_, i) => new TestLog(200 + i, 'a', 10));
  const store = new FaultyStore(new MemoryStore());
  const { ingest } = await collectorOf(store);
  for (const log of logs) await ingest.enrol(principal, log.enrolment());
  const stored: number[] = [];
  const stop = ingest.onStored((batches) => stored.push(batches.length));
  const before = store.commits.length;
  await Promise.all(logs.map((log) => ingest.entries(principal, log.body(0), 'identity')));
  assert.ok(store.commits.length - before <= 3, `${store.commits.length - before} commits`);
  assert.equal(stored.reduce((sum, count) => sum + count, 0), 30);
  stop();
});

test('a heartbeat that waits to be written is never written over what its log has stored since', async () => {
  for (const at of [undefined, 'answer'] as const) {
    const [log, other] = [new TestLog(1, 'a', 3), new TestLog(2, 'a', 3)];
    const { ingest, store } = await enrolled(log);
    await ingest.enrol(principal, other.enrolment());
    await ingest.entries(principal, log.body(0, 0), 'identity');
    // After a failure works go one by one: the other's commit follows this one's at once.
    store.breaks = () => 'lines';
    await codeOf(ingest.entries(principal, other.body(0), 'identity'));
    let commits = 0;
    store.breaks = () => (commits++ === 0 ? at : undefined);
    await Promise.all([log, other].map((each) => codeOf(ingest.entries(principal, each.body(0), 'identity'))));
    assert.equal((await store.inner.record(log.logId))?.size, 3);
  }
});
