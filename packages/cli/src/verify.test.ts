import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { formatVerifierKey } from '@agent-audit/log';
import { jobLog, temporaryFolder, TestLog, witness } from './log.test.support.ts';
import { golden, runCli } from './run.test.support.ts';

/** What is printed, but for the path and how long it took. */
function steady(text: string, { path }: TestLog): string {
  return text.replaceAll(path, 'audit.log').replaceAll(/\d+\.\d\d s/g, '0.00 s');
}

function flip(path: string, from: string, to: string): void {
  writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
}

describe('verify', () => {
  it('says sound where the key that was given vouches for the log', async (context) => {
    const log = jobLog(temporaryFolder(context)).cosign();
    const { status, out } = await runCli(['verify', '--key', log.vkey, '--utc', log.path]);
    assert.equal(
      steady(out, log),
      golden(`
        ✔ sound   ${log.origin}
          lines      0–11, no gap · 2 segments · 0.00 s
          signed     12, by the key you gave
          witnessed  12, collector.example 2026-11-24 14:03:58 UTC (as it claims; no key of it was given)
          pruned 0 · losses 0 · erasures 0
          cannot know: lines cut off the end together with their checkpoints (no line below 12, which
            a witness has seen); whether what was said is true, and whether all that happened was said;
            what the holder of the key wrote anew where no witness has seen it; whether the cosignatures
            are real: no key of a cosigner was given
      `),
    );
    assert.equal(status, 0);
    writeFileSync(log.file('scanner-7.vkey'), `${log.vkey}\n`);
    assert.equal((await runCli(['verify', '--key', log.file('scanner-7.vkey'), log.path])).status, 0);
    assert.equal((await runCli(['verify', '--origin', log.origin, log.path])).status, 0);
  });

  it('says that nobody vouches for it where nothing was given, and what to do', async (context) => {
    const log = jobLog(temporaryFolder(context)).event('x', 'INFO', 'm');
    const { status, out } = await runCli(['verify', log.path]);
    assert.equal(
      steady(out, log),
      golden(`
        ◌ sound, but nobody vouches for it   ${log.origin}   (exit 3)
          lines      0–12, no gap · 2 segments · 0.00 s
          signed     12, by the key that the log itself names · 1 line not yet
          witnessed  by nobody else
          pruned 0 · losses 0 · erasures 0
          cannot know: lines cut off the end together with their checkpoints; whether what was said is
            true, and whether all that happened was said; what the holder of the key wrote anew where no
            witness has seen it; whose log this is: whoever can write its folder could have put another
            one there, with a key of its own; who wrote the last 1 lines: no checkpoint covers them
          Compare this key with one that was kept elsewhere; if it is the same:
            agent-audit verify audit.log --key ${log.vkey}
      `),
    );
    assert.equal(status, 3);
  });

  it('says what was tampered with', async (context) => {
    const log = jobLog(temporaryFolder(context));
    flip(log.path, 'web-02', 'web-03');
    const { status, out } = await runCli(['verify', '--key', log.vkey, log.path]);
    assert.equal(
      steady(out, log),
      golden(`
        ✘ TAMPERED  lines 7–11   ROOT_MISMATCH   (exit 1)
          lines 7–11: not what was sealed at size 12 (the .checkpoints file of the segment at 7)
          lines      0–11, no gap · 2 segments · 0.00 s
          signed     12, by the key you gave
          witnessed  by nobody else
          pruned 0 · losses 0 · erasures 0
          sound up to 7. Keep the folder as it is; compare with what others have seen:
            agent-audit verify audit.log --witness URL
      `),
    );
    assert.equal(status, 1);
  });

  it('says what is missing', async (context) => {
    const log = jobLog(temporaryFolder(context));
    rmSync(log.file(log.names.closed(0)));
    const { status, out } = await runCli(['verify', log.path]);
    assert.equal(status, 1);
    assert.match(out, /^✘ MISSING {2}lines 0–6 {3}HEAD_MISSING {3}\(exit 1\)\n/);
    assert.match(out, /nothing is sound/);
  });
});

describe('verify, of logs that are not just sound or tampered with', () => {
  it('does not call sound what nothing seals', async (context) => {
    const path = join(temporaryFolder(context), 'plain.log');
    writeFileSync(path, '{"seq":0,"type":"x"}\n');
    const { status, out } = await runCli(['verify', path]);
    assert.equal(status, 3);
    assert.match(
      out,
      /^◌ not sealed {3}\(no origin\) {3}\(exit 3\)\n {2}lines {6}0–0, no gap .*\n {2}signed {5}nothing: no checkpoint covers a line\n/,
    );
    assert.match(out, /No key is known\. Give the one that was kept/);
  });

  it('tells a newer format from damage', async (context) => {
    const log = new TestLog(temporaryFolder(context)).event('log.open', 'INFO', 'Log opened', { details: { format: 2 } }).seal();
    const { status, out } = await runCli(['verify', log.path]);
    assert.equal(status, 2);
    assert.match(out, /^\? newer format .* \(exit 2\)\n[^]*line 1 begins format 2, which this version cannot read\. Update it:\n/);
  });

  it('tells what cannot be checked from what is wrong', async (context) => {
    const log = jobLog(temporaryFolder(context));
    const absent = await runCli(['verify', log.file('absent.log')]);
    assert.equal(absent.status, 4);
    assert.match(absent.err, /LOG_NOT_FOUND/);
    mkdirSync(log.file(log.names.checkpoints(99)));
    const refused = await runCli(['verify', log.path]);
    assert.equal(refused.status, 4);
    assert.match(refused.err, /COULD_NOT_READ/);
  });

  it('checks several logs, and exits with the worst', async (context) => {
    const folder = temporaryFolder(context);
    const [good, bad] = [jobLog(join(folder, 'good')), jobLog(join(folder, 'bad'))];
    flip(bad.path, 'web-02', 'web-03');
    const status = async (...paths: string[]): Promise<number> => (await runCli(['verify', '--key', good.vkey, ...paths])).status;
    const absent = join(folder, 'absent.log');
    assert.equal(await status(good.path, good.path), 0);
    assert.equal(await status(good.path, bad.path, absent), 1);
    assert.equal(await status(absent, good.path), 4);
    const { out, err } = await runCli(['verify', '--json', good.path, absent, bad.path]);
    const reports = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { ok: boolean; path: string; verdict: string });
    assert.deepEqual(
      reports.map(({ ok, path, verdict }) => [ok, path, verdict]),
      [
        [true, good.path, 'not-anchored'],
        [false, bad.path, 'tampered'],
      ],
    );
    assert.equal((JSON.parse(err) as { error: { code: string } }).error.code, 'LOG_NOT_FOUND');
  });

  it('tells how many outcomes are unknown, and where the operations began', async (context) => {
    const log = jobLog(temporaryFolder(context));
    for (let n = 0; n < 7; n++) log.event('log.orphan', 'INFO', 'm', { details: { seq: 2 + n, span_id: `b7ad6b716920333${n}` } });
    log.seal();
    const text = await runCli(['verify', '--key', log.vkey, log.path]);
    assert.match(text.out, /· unknown outcomes 7\n {2}how the operations that began at line 2, 3, 4, 5, 6 and 2 more ended, nobody saw\n/);
    const json = await runCli(['verify', '--json', '--key', log.vkey, log.path]);
    const report = JSON.parse(json.out) as { orphans: number; records: { orphans: unknown[] } };
    assert.equal(report.orphans, 7);
    assert.deepEqual(report.records.orphans[0], { seq: 12, operation: 2, span_id: 'b7ad6b7169203330' });
  });

  it('gives a program one object, under the names of the format', async (context) => {
    const log = jobLog(temporaryFolder(context)).event('x', 'INFO', 'm');
    flip(log.path, 'web-02', 'web-03');
    const { status, out } = await runCli(['verify', '--json', log.path]);
    assert.equal(status, 1);
    const { seconds, problems, unknown, records, ...report } = JSON.parse(out) as Record<string, unknown>;
    assert.deepEqual(
      { ...report, bytes: 0 },
      {
        ok: false,
        origin: log.origin,
        vkey: log.vkey,
        first: 0,
        lines: 13,
        segments: 2,
        bytes: 0,
        gaps: [],
        signed: 12,
        unsigned: 1,
        unwitnessed: 13,
        anchored: false,
        sound: 7,
        losses: 0,
        erasures: 0,
        pruned: 0,
        recovered: 0,
        orphans: 0,
        path: log.path,
        verdict: 'tampered',
      },
    );
    assert.equal(typeof seconds, 'number');
    assert.ok(Array.isArray(unknown) && typeof records === 'object');
    assert.deepEqual(problems, [
      {
        code: 'ROOT_MISMATCH',
        seq: 7,
        to: 11,
        message: 'lines 7–11: not what was sealed at size 12 (the .checkpoints file of the segment at 7)',
      },
    ]);
  });

  it('holds the log to a policy', async (context) => {
    const log = jobLog(temporaryFolder(context));
    const policy = log.file('trusted.policy');
    writeFileSync(policy, `log ${log.vkey}\nwitness collector ${formatVerifierKey(witness.key)}\nquorum collector\n`);
    const before = await runCli(['verify', '--policy', policy, log.path]);
    assert.equal(before.status, 1);
    assert.match(before.out, /POLICY_NOT_SATISFIED/);
    log.cosign();
    const { status, out } = await runCli(['verify', '--policy', policy, '--utc', log.path]);
    assert.equal(status, 0);
    assert.match(out, /witnessed {2}12, collector 2026-11-24 14:03:58 UTC\n/);
  });

  const mistakes: [argv: string[], status: number, code: string][] = [
    [['--key', 'no-such-file'], 4, 'COULD_NOT_READ'],
    [['--key', 'scanner-7+00000000+AepKbGPinFIKvvVQexMuxfmVR3auvr57kkIe6mkURtIs'], 2, 'KEY_MALFORMED'],
    [['--key', formatVerifierKey(witness.key)], 2, 'KEY_WRONG_TYPE'],
    [['--origin', 'scanner 7'], 2, 'ORIGIN_MALFORMED'],
    [['--policy', '/dev/null'], 2, 'POLICY_MALFORMED'],
    [['--proof', '.', 'audit.log'], 2, 'USAGE_UNWANTED_ARGUMENT'],
    [['--witness', 'no-such-file'], 4, 'COULD_NOT_READ'],
    [['--kye', 'x'], 2, 'USAGE_UNKNOWN_OPTION'],
  ];
  for (const [argv, status, code] of mistakes) {
    it(`refuses ${argv.join(' ')} with ${code}`, async (context) => {
      const log = jobLog(temporaryFolder(context));
      const result = await runCli(['verify', ...argv, '--log', log.path]);
      assert.deepEqual([result.status, result.out], [status, ''], result.err);
      assert.ok(result.err.includes(`   ${code}\n`), result.err);
    });
  }
});

/** Serves a text on a free port. */
async function serve(context: TestContext, status: number, text: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(text));
  context.after(() => server.close());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}/checkpoint`;
}

describe('verify --witness', () => {
  it('believes a checkpoint that somebody else kept, by address or as a file', async (context) => {
    const log = jobLog(temporaryFolder(context)).cosign();
    const note = readFileSync(log.file(log.names.cosigned), 'utf8');
    const kept = log.file('kept.note');
    copyFileSync(log.file(log.names.cosigned), kept);
    assert.equal((await runCli(['verify', '--witness', kept, log.path])).status, 0);
    const { status, out } = await runCli(['verify', '--witness', await serve(context, 200, note), log.path]);
    assert.equal(status, 0);
    assert.match(out, /signed {5}12, by the key of a checkpoint that a witness kept\n/);
  });

  it('finds by it what was cut off together with its checkpoints', async (context) => {
    const folder = temporaryFolder(context);
    const [old, whole] = [jobLog(join(folder, 'old')), jobLog(join(folder, 'whole')).event('x', 'INFO', 'm').seal().cosign()];
    const { status, out } = await runCli([
      'verify',
      '--witness',
      await serve(context, 200, readFileSync(whole.file(whole.names.cosigned), 'utf8')),
      old.path,
    ]);
    assert.equal(status, 1);
    assert.match(out, /^✘ MISSING .* TRUNCATED/);
  });

  it('says so where there is no answer', async (context) => {
    const log = jobLog(temporaryFolder(context));
    const { status, err } = await runCli(['verify', '--witness', await serve(context, 404, 'nothing here'), log.path]);
    assert.equal(status, 4);
    assert.match(err, /it answered 404.* {3}WITNESS_FAILED\n/);
    const gone = await runCli(['verify', '--witness', 'http://127.0.0.1:1/', log.path]);
    assert.match(gone.err, /WITNESS_FAILED/);
    const other = await runCli(['verify', '--witness', await serve(context, 200, 'not a note'), log.path]);
    assert.equal(other.status, 1);
    assert.match(other.out, /CHECKPOINT_MALFORMED/);
  });
});
