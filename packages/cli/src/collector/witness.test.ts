// Witnessed checkpoints and proofs, from a collector.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { checkpointPath, formatVerifierKey, parseOrigin, type ProofAnswer, proofAnswer, proofPath } from '@agent-audit/log';
import { proveEvent } from 'agent-audit/files';
import { jobLog, temporaryFolder, TestLog, witness } from '../log.test.support.ts';
import { runCli, type RunResult } from '../run.test.support.ts';
import { answer, goodToken, refuse, TestCollector } from './collector.test.support.ts';

/** A collector that keeps this note of a log. */
async function keeperOf(context: TestContext, { origin }: TestLog, note: string): Promise<TestCollector> {
  const collector = await TestCollector.start(context);
  collector.answers.set(checkpointPath(parseOrigin(origin).logId), (request, response) => {
    if (request.headers.authorization !== `Bearer ${goodToken}`) return refuse(response, 'TOKEN_MISSING', 'no token');
    response.setHeader('content-type', 'text/plain; charset=utf-8');
    return response.end(note);
  });
  return collector;
}

const cosigned = (log: TestLog): string => readFileSync(log.file(log.names.cosigned), 'utf8');

/** The collector is the one that is set, so that its token is sent. */
const verify = (collector: TestCollector, log: TestLog, more: readonly string[] = []): Promise<RunResult> =>
  runCli(['verify', log.path, '--witness', collector.url, '--utc', ...more], {
    env: { AGENT_AUDIT_COLLECTOR: collector.url, AGENT_AUDIT_TOKEN: goodToken },
  });

describe('verify --witness COLLECTOR', () => {
  it('vouches for a log that is what the collector has seen', async (context) => {
    const log = jobLog(temporaryFolder(context)).cosign();
    const collector = await keeperOf(context, log, cosigned(log));
    const { status, out } = await verify(collector, log.event('x', 'INFO', 'more').seal());
    assert.equal(status, 0, out);
    assert.match(out, /^✔ sound {3}scanner-7\//);
    assert.match(out, /witnessed {2}12, collector\.example 2026-11-24 14:03:58 UTC/);
  });

  it('finds what was cut off together with its checkpoints, and prints both of them', async (context) => {
    const folder = temporaryFolder(context);
    const [old, whole] = [jobLog(join(folder, 'old')), jobLog(join(folder, 'whole')).event('x', 'INFO', 'm').seal().cosign()];
    const collector = await keeperOf(context, whole, cosigned(whole));
    const { status, out } = await verify(collector, old);
    assert.equal(status, 1);
    assert.match(out, /^✘ MISSING .* TRUNCATED/);
    assert.ok(out.includes(`checkpoint of ${collector.url}\n    ${whole.origin}\n    13\n`), out);
    assert.ok(out.includes(`    ${whole.origin}\n    12\n`), out);
    const json = JSON.parse((await verify(collector, old, ['--json'])).out) as { evidence: { source: string; note: string }[] };
    assert.deepEqual(json.evidence[0], { source: collector.url, note: cosigned(whole) });
    assert.equal(json.evidence.length, 2);
  });

  it('finds a log that was written anew with the same key', async (context) => {
    const folder = temporaryFolder(context);
    const [forged, seen] = [new TestLog(join(folder, 'a')), new TestLog(join(folder, 'b'))].map((log) => log.event('x', 'INFO', 'm'));
    assert.ok(forged !== undefined && seen !== undefined);
    forged.event('job_completed', 'INFO', 'all is well').seal();
    seen.event('job_failed', 'ERROR', 'it was not').seal().cosign();
    const { status, out } = await verify(await keeperOf(context, seen, cosigned(seen)), forged);
    assert.equal(status, 1);
    assert.match(out, /^✘ TAMPERED/);
    assert.match(out, /ROOT_MISMATCH|CHECKPOINT_FORK/);
  });

  it('says so where the collector does not know the log, does not let one ask, or is not there', async (context) => {
    const log = jobLog(temporaryFolder(context)).cosign();
    const collector = await TestCollector.start(context);
    const unknown = await verify(collector, log);
    assert.equal(unknown.status, 4);
    assert.match(unknown.err, /it knows no checkpoint of the log [0-9a-f]{32}; .* {3}WITNESS_FAILED\n$/);
    const keeper = await keeperOf(context, log, cosigned(log));
    const stranger = await runCli(['verify', log.path, '--witness', keeper.url], { env: { AGENT_AUDIT_TOKEN: goodToken } });
    assert.match(stranger.err, /asks for a token: .* {3}WITNESS_FAILED\n$/, 'the token is for a collector that is not this one');
    const file = log.file('token');
    writeFileSync(file, goodToken);
    assert.equal((await runCli(['verify', log.path, '--witness', keeper.url, '--token-file', file])).status, 0);
  });
});

describe('prove --collector', () => {
  type Change = (proof: ProofAnswer) => ProofAnswer;

  async function prover(context: TestContext, change: Change = (proof) => proof): Promise<[TestCollector, TestLog]> {
    const log = jobLog(temporaryFolder(context)).cosign();
    const { event, proof, vkey } = await proveEvent(log.path, 8);
    const collector = await TestCollector.start(context);
    const line = Buffer.from(event).toString('base64');
    const given = change({ line_base64: line, proof, vkey, cosigners: [formatVerifierKey(witness.key)] });
    collector.answers.set(proofPath(parseOrigin(log.origin).logId, 8), (_, response) => answer(response, proofAnswer, given));
    return [collector, log];
  }

  const prove = (collector: TestCollector, name: string, out: string): Promise<RunResult> =>
    runCli(['prove', '8', '--log', name, '--out', out, '--collector', collector.url, '--utc'], { env: { AGENT_AUDIT_TOKEN: goodToken } });

  it('writes what verify --proof takes, by the id or the origin of the log', async (context) => {
    const [collector, log] = await prover(context);
    for (const name of [log.origin, parseOrigin(log.origin).logId]) {
      const out = join(temporaryFolder(context), 'evidence');
      const { status, out: told, err } = await prove(collector, name, out);
      assert.equal(status, 0, err);
      assert.match(told, /^✔ proven {3}line 8\n {2}witnessed {2}collector\.example 2026-11-24 14:03:58 UTC\n/);
      assert.equal((await runCli(['verify', '--proof', out, '--key', log.vkey])).status, 0);
    }
  });

  it('writes nothing of a proof that does not hold', async (context) => {
    const changes: readonly (readonly [RegExp, Change])[] = [
      [/PROOF_INVALID/, (proof) => ({ ...proof, line_base64: Buffer.from('{"seq":8,"type":"forged"}').toString('base64') })],
      [/CHECKPOINT_OTHER_ORIGIN/, (proof) => ({ ...proof, vkey: new TestLog(temporaryFolder(context), 9).vkey })],
      [/PROOF_MALFORMED/, (proof) => ({ ...proof, proof: 'no proof' })],
    ];
    for (const [code, change] of changes) {
      const [collector, log] = await prover(context, change);
      const out = join(temporaryFolder(context), 'evidence');
      const { status, err } = await prove(collector, log.origin, out);
      assert.equal(status, 4);
      assert.match(err, /the proof that it gives for line 8 does not hold: .*COLLECTOR_ANSWER_MALFORMED/);
      assert.match(err, code);
      assert.throws(() => readFileSync(join(out, 'event.json')));
    }
    const [collector] = await prover(context);
    assert.match((await prove(collector, 'audit.log', 'x')).err, /with --collector, --log ID says which log.*USAGE_CONFLICT/);
  });
});
