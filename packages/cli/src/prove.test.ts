import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { formatVerifierKey } from '@agent-audit/log';
import { jobLog, temporaryFolder, TestLog, witness } from './log.test.support.ts';
import { golden, runCli } from './run.test.support.ts';

/** A log, and a proof of its line 8 in `evidence`. */
async function proven(context: TestContext): Promise<{ log: TestLog; folder: string; out: string }> {
  const log = jobLog(temporaryFolder(context)).cosign();
  const folder = log.file('evidence');
  const { status, out, err } = await runCli(['prove', '8', log.path, '--out', folder]);
  assert.deepEqual([status, err], [0, '']);
  return { log, folder, out: out.replaceAll(folder, 'evidence') };
}

describe('prove', () => {
  it('writes the event, its proof and the key', async (context) => {
    const { log, folder, out } = await proven(context);
    assert.equal(
      out,
      golden(`
        ✔ proven   line 8
          evidence/event.json
          evidence/event.tlog-proof
          evidence/log.vkey
          Hand out the folder. Who has the key of the log from elsewhere checks it with:
            agent-audit verify --proof evidence --key VKEY
      `),
    );
    assert.equal(readFileSync(join(folder, 'event.json'), 'utf8'), readFileSync(log.path, 'utf8').split('\n')[1]);
    assert.match(readFileSync(join(folder, 'event.tlog-proof'), 'utf8'), /^c2sp\.org\/tlog-proof@v1\nindex 8\n/);
    assert.equal(readFileSync(join(folder, 'log.vkey'), 'utf8'), `${log.vkey}\n`);
    const { out: json } = await runCli(['prove', '#8', log.path, '--out', folder, '--json']);
    assert.deepEqual(JSON.parse(json), {
      seq: 8,
      folder,
      files: ['event.json', 'event.tlog-proof', 'log.vkey'].map((name) => join(folder, name)),
    });
  });

  const mistakes: [argv: string[], status: number, code: string][] = [
    [[], 2, 'USAGE_MISSING_ARGUMENT'],
    [['eight'], 2, 'USAGE_BAD_VALUE'],
    [['-8'], 2, 'USAGE_UNKNOWN_OPTION'],
    [['8.5'], 2, 'USAGE_BAD_VALUE'],
    [['99'], 4, 'LINE_NOT_SEALED'],
    [['8', '--out', '/dev/null/x'], 4, 'COULD_NOT_WRITE'],
  ];
  for (const [argv, status, code] of mistakes) {
    it(`refuses ${argv.join(' ') || 'nothing'} with ${code}`, async (context) => {
      const log = jobLog(temporaryFolder(context));
      const result = await runCli(['prove', ...argv, '--log', log.path]);
      assert.deepEqual([result.status, result.out], [status, '']);
      assert.ok(result.err.includes(`   ${code}\n`), result.err);
    });
  }
});

describe('verify --proof', () => {
  it('says what is proven where the key vouches for it', async (context) => {
    const { log, folder } = await proven(context);
    const { status, out } = await runCli(['verify', '--proof', folder, '--key', log.vkey]);
    assert.equal(
      out,
      golden(`
        ✔ proven   line 8 of ${log.origin}
          event      2026-11-24T14:03:45.230Z ERROR job_failed  Job failed
          signed     under a checkpoint of 12 lines, by a key that you trust
          cannot know: whether what was said is true; what else the log says
      `),
    );
    assert.equal(status, 0);
    assert.equal((await runCli(['verify', '--proof', join(folder, 'event.tlog-proof'), '--origin', log.origin])).status, 0);
  });

  it('says that nobody vouches for the key beside it', async (context) => {
    const { log, folder } = await proven(context);
    const { status, out } = await runCli(['verify', '--proof', folder]);
    assert.equal(
      out.replaceAll(folder, 'evidence'),
      golden(`
        ◌ proven, but nobody vouches for the log   line 8 of ${log.origin}   (exit 3)
          event      2026-11-24T14:03:45.230Z ERROR job_failed  Job failed
          signed     under a checkpoint of 12 lines, by the key beside it
          cannot know: whether what was said is true; what else the log says
          Compare this key with one that was kept elsewhere; if it is the same:
            agent-audit verify --proof evidence --key ${log.vkey}
      `),
    );
    assert.equal(status, 3);
  });

  it('names the witnesses of a policy', async (context) => {
    const { log, folder } = await proven(context);
    const policy = log.file('witnesses.policy');
    writeFileSync(policy, `witness collector ${formatVerifierKey(witness.key)}\nquorum collector\n`);
    const { status, out } = await runCli(['verify', '--proof', folder, '--policy', policy, '--utc']);
    assert.equal(status, 0);
    assert.match(out, /witnessed {2}collector 2026-11-24 14:03:58 UTC\n/);
    const { out: json } = await runCli(['verify', '--proof', folder, '--policy', policy, '--json']);
    assert.deepEqual(JSON.parse(json), {
      ok: true,
      origin: log.origin,
      seq: 8,
      size: 12,
      anchored: true,
      erased: false,
      witnessed: [{ name: 'collector', timeSeconds: 1_795_529_038 }],
      problems: [],
    });
  });

  it('finds every change to event, proof and key', async (context) => {
    const { log, folder } = await proven(context);
    const status = async (file: string, change: (text: string) => string, ...more: string[]): Promise<[number, string]> => {
      const copy = log.file('copy');
      mkdirSync(copy, { recursive: true });
      for (const name of ['event.json', 'event.tlog-proof', 'log.vkey']) {
        const text = readFileSync(join(folder, name), 'utf8');
        writeFileSync(join(copy, name), name === file ? change(text) : text);
      }
      const result = await runCli(['verify', '--proof', copy, '--json', ...more]);
      const { problems } = JSON.parse(result.out || '{"problems":[{"code":"(refused)"}]}') as { problems: { code: string }[] };
      return [result.status, problems[0]?.code ?? ''];
    };
    const key = ['--key', log.vkey];
    assert.deepEqual(await status('', (text) => text, ...key), [0, '']);
    assert.deepEqual(await status('event.json', (text) => text.replace('boom', 'bomb'), ...key), [1, 'PROOF_INVALID']);
    assert.deepEqual(await status('event.json', (text) => text.replace('"seq":8', '"seq":9'), ...key), [1, 'PROOF_INVALID']);
    assert.deepEqual(await status('event.tlog-proof', (text) => text.replace('index 8', 'index 9'), ...key), [1, 'PROOF_INVALID']);
    assert.deepEqual(await status('event.tlog-proof', (text) => text.replace('\n12\n', '\n13\n'), ...key), [1, 'NOTE_BAD_SIGNATURE']);
    assert.deepEqual(await status('event.tlog-proof', () => 'nonsense', ...key), [1, 'PROOF_MALFORMED']);
    const other = new TestLog(log.file('other'), 8);
    assert.deepEqual(await status('log.vkey', () => other.vkey), [1, 'POLICY_NOT_SATISFIED']);
    assert.deepEqual(await status('', (text) => text, '--key', other.vkey), [1, 'POLICY_NOT_SATISFIED']);
    assert.deepEqual(await status('', (text) => text, '--origin', other.origin), [1, 'CHECKPOINT_OTHER_ORIGIN']);
    assert.deepEqual(await status('log.vkey', () => 'nonsense'), [2, '(refused)']);
  });

  it('says which file is not there', async (context) => {
    const { log } = await proven(context);
    const { status, err } = await runCli(['verify', '--proof', log.file('nowhere')]);
    assert.equal(status, 4);
    assert.match(err, /COULD_NOT_READ/);
  });
});

describe('key', () => {
  it('shows the key of a log', async (context) => {
    const log = jobLog(temporaryFolder(context));
    assert.deepEqual(await runCli(['key', log.path]), { status: 0, out: `${log.vkey}\n`, err: '' });
    const { out } = await runCli(['key', '--json'], { env: { AGENT_AUDIT_LOG: log.path } });
    assert.deepEqual(JSON.parse(out), { origin: log.origin, vkey: log.vkey });
  });

  it('says so where the log names none', async (context) => {
    const path = join(temporaryFolder(context), 'plain.log');
    writeFileSync(path, '{"type":"x"}\n');
    const { status, err } = await runCli(['key', path]);
    assert.equal(status, 4);
    assert.match(err, /KEY_NOT_FOUND/);
  });
});
