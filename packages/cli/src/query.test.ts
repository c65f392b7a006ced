import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { startMs, temporaryFolder, TestLog, jobLog } from './log.test.support.ts';
import { golden, runCli } from './run.test.support.ts';

function jobs(context: TestContext): TestLog {
  return jobLog(temporaryFolder(context));
}

const seqsOf = (out: string): number[] =>
  out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { seq: number }).seq);

describe('query, for a person', () => {
  it('shows events in columns under their day', async (context) => {
    const { path } = jobs(context);
    const { status, out, err } = await runCli(['query', 'severity:>=WARN', path, '--utc'], { terminal: true });
    assert.equal(
      out,
      golden(`
        ── 2026-11-24 UTC
        14:03:27.896 #2   ERROR    upload_failed      j-42  Upload failed                       attempt=3
                     └ ECONNRESET: socket hang up
        14:03:30.785 #3   WARN     resource_throttle        Resource throttling activated: cpu
                       cpu=95.5 note="two words"
        14:03:33.674 #4   CRITICAL auth_failed              Login refused  outcome=denied actor=user:alice
        14:03:45.230 #8   ERROR    job_failed         j-42  Job failed                          took=3.2s
                     └ Error: boom
                           at scan (scan.js:1)
                       \\u001b[31mred\\u202e
      `),
    );
    assert.deepEqual([status, err], [0, '']);
  });

  it('says the whole time, as it was recorded, where nobody looks on', async (context) => {
    const { path } = jobs(context);
    const { out } = await runCli(['query', 'job_id:j-43', path]);
    assert.equal(
      out,
      golden(`
        2026-11-24T14:03:48.119Z #9   INFO  job_received   j-43  Next\\u001b]0;title\\u0007 job  report=rep-1
        2026-11-24T14:03:51.008Z #10  INFO  job_started    j-43  Job started: scan             on=host:web-02 target=web-02
        2026-11-24T14:03:53.897Z #11  INFO  job_completed  j-43  Job completed successfully    took=61s
      `),
    );
  });

  it('has colours on a terminal only, and only where they are wanted', async (context) => {
    const { path } = jobs(context);
    const search = ['query', 'type:upload_failed', path, '--utc'];
    const { out } = await runCli(search, { terminal: true, colour: true });
    assert.equal(
      out,
      '\u001b[2m── 2026-11-24 UTC\u001b[22m\n' +
        '\u001b[2m14:03:27.896 \u001b[22m\u001b[2m#2 \u001b[22m  \u001b[31mERROR\u001b[39m \u001b[1mupload_failed\u001b[22m' +
        '  \u001b[36mj-42\u001b[39m' +
        '  Upload failed  \u001b[2mattempt=3\u001b[22m\n' +
        '             \u001b[31m└ \u001b[39m\u001b[31mECONNRESET: socket hang up\u001b[39m\n',
    );
    for (const plain of [
      await runCli([...search, '--no-color'], { terminal: true, colour: true }),
      await runCli(search, { terminal: true }),
      await runCli(search, { terminal: true, colour: true, env: { TERM: 'dumb' } }),
      await runCli(search, { colour: true }),
    ]) {
      assert.doesNotMatch(plain.out, /\u001b/);
    }
  });

  it('shows fields in columns, and as values between tabs', async (context) => {
    const { path } = jobs(context);
    const search = ['query', 'type:job*', path, '--fields', 'seq,type,details.target,error'];
    const { out } = await runCli(search, { terminal: true });
    assert.equal(
      out,
      golden(`
        seq  type         details.target  error
        1    job_started  web-01
        8    job_failed                     Error: boom\\n    at scan (scan.js:1)\\n\\u001b[31mred\\u202e
        9    job_received
        10   job_started    web-02
        11   job_completed
      `),
    );
    const piped = await runCli(search);
    assert.equal(piped.out.split('\n')[3], '10\tjob_started\tweb-02\t');
    const dotted = await runCli(['query', 'type:scan_completed', path, '--fields', 'details.findings.high,actor.id,details']);
    assert.equal(dotted.out, '2\t\t{"findings.high":2,"hosts":["a","b"]}\n');
  });

  it('shows a damaged line as it is, and goes on', async (context) => {
    const log = new TestLog(temporaryFolder(context)).line('{"seq":1,"timest\u0007').event('agent_start', 'INFO', 'Agent started');
    const { out, status } = await runCli(['query', '', log.path, '--utc', '-n', '2'], { terminal: true });
    assert.equal(status, 0);
    assert.match(out, /damaged line {3}not JSON: \{"seq":1,"timest\\u0007\n/);
    assert.match(out, /agent_start {4}Agent started\n$/);
  });

  it('says so on a terminal where nothing is found', async (context) => {
    const { path } = jobs(context);
    assert.deepEqual(await runCli(['query', 'nothing_like_it', path], { terminal: true }), { status: 0, out: '', err: 'nothing found\n' });
    assert.deepEqual(await runCli(['query', 'nothing_like_it', path]), { status: 0, out: '', err: '' });
    assert.equal((await runCli(['query', 'nothing_like_it', path, '--exit-status'])).status, 1);
    assert.equal((await runCli(['query', 'type:job_failed', path, '--exit-status'])).status, 0);
  });
});

describe('query, for a program', () => {
  it('gives the lines as they stand, also out of packed segments', async (context) => {
    const log = jobs(context);
    const lines = [log.file('audit-000000000000000.log'), log.path].flatMap((path) => readFileSync(path, 'utf8').trimEnd().split('\n'));
    const everything = await runCli(['query', '', log.path, '--json']);
    assert.equal(everything.out, `${lines.join('\n')}\n`);
    log.pack(0);
    const { out } = await runCli(['query', 'job_id:j-42', log.path, '--json']);
    assert.equal(
      out,
      lines
        .filter((line) => line.includes('"j-42"'))
        .map((line) => `${line}\n`)
        .join(''),
    );
    assert.deepEqual(JSON.parse((await runCli(['query', 'job_id:j-42', log.path, '--json', '--count'])).out), { count: 4 });
    assert.equal((await runCli(['query', 'job_id:j-42', log.path, '--count'])).out, '4\n');
  });

  it('gives only the fields that are asked for', async (context) => {
    const { path } = jobs(context);
    const { out } = await runCli([
      'query',
      'type:(job_started OR scan_completed)',
      path,
      '--json',
      '--fields',
      'seq,details.findings.high',
    ]);
    assert.equal(out, '{"seq":1}\n{"seq":5,"details.findings.high":2}\n{"seq":10}\n');
  });

  it('escapes on a terminal what could act on it, and it stays the same JSON', async (context) => {
    const log = new TestLog(temporaryFolder(context)).event('x', 'INFO', 'a\u009b31m\u202eb');
    const { out } = await runCli(['query', 'type:x', log.path, '--json'], { terminal: true });
    assert.doesNotMatch(out, /[\u0080-\u009f\u202e]/);
    assert.equal((JSON.parse(out) as { message: string }).message, 'a\u009b31m\u202eb');
  });

  it('turns lines around, and counts from the end', async (context) => {
    const log = jobs(context);
    const seqs = async (...more: string[]): Promise<number[]> =>
      seqsOf((await runCli(['query', 'type:job*', log.path, '--json', ...more])).out);
    assert.deepEqual(await seqs(), [1, 8, 9, 10, 11]);
    assert.deepEqual(await seqs('--reverse'), [11, 10, 9, 8, 1]);
    assert.deepEqual(await seqs('-n', '2'), [10, 11]);
    assert.deepEqual(await seqs('--last=4', '--reverse'), [11, 10, 9, 8]);
    log.pack(0);
    assert.deepEqual(await seqs('--reverse'), [11, 10, 9, 8, 1]);
    assert.deepEqual(await seqs('-n', '99'), [1, 8, 9, 10, 11]);
    assert.equal((await runCli(['query', 'type:job*', log.path, '--count', '-n', '3'])).out, '3\n');
  });

  it('bounds times', async (context) => {
    const { path } = jobs(context);
    const seqs = async (...more: string[]): Promise<number[]> =>
      seqsOf((await runCli(['query', '-type:log*', path, '--json', '--utc', ...more])).out);
    assert.deepEqual(await seqs('--since', '2026-11-24T14:03:45.230Z'), [8, 9, 10, 11]);
    assert.deepEqual(await seqs('--since', '2026-11-24T14:03:45.2300001Z'), [9, 10, 11]);
    assert.deepEqual(await seqs('--until', '2026-11-24T14:03:45.230Z'), [1, 2, 3, 4, 5]);
    assert.deepEqual(await seqs('--since', '32s'), [10, 11]);
    assert.deepEqual(await seqs('--since', 'today', '--until', '45s'), [1, 2, 3, 4, 5]);
    assert.equal((await runCli(['query', '', path, '--since', '2026-11-25', '--count'])).out, '0\n');
  });

  it('puts several logs in the order of their times, each in its own', async (context) => {
    const folder = temporaryFolder(context);
    const log = new TestLog(folder).event('x', 'INFO', 'a1').event('x', 'INFO', 'a2').seal();
    const at = (ms: number, message: string): string =>
      JSON.stringify({ timestamp: new Date(startMs + ms).toISOString(), type: 'x', message });
    const [sorted, unsorted] = [join(folder, 'sorted.ndjson'), join(folder, 'unsorted.ndjson')];
    writeFileSync(sorted, `${at(1, 'b1')}\n${at(3_000, 'b2')}\n${at(9_000, 'b3')}\n`);
    // A time that goes back, and a line without one.
    writeFileSync(unsorted, `${at(3_000, 'c1')}\n${at(1, 'c2')}\n{"type":"x","message":"c3"}\n${at(9_000, 'c4')}\n`);
    const messages = async (other: string, ...more: string[]): Promise<string> => {
      const { out } = await runCli(['query', 'type:x', log.path, other, '--fields', 'message', ...more]);
      return out.trim().replaceAll('\n', ' ');
    };
    assert.equal(await messages(sorted), 'b1 a1 b2 a2 b3');
    assert.equal(await messages(sorted, '--reverse'), 'b3 a2 b2 a1 b1');
    assert.equal(await messages(sorted, '-n', '2'), 'a2 b3');
    assert.equal(await messages(unsorted), 'a1 c1 c2 c3 a2 c4');
    assert.equal((await runCli(['query', 'type:x', log.path, sorted, unsorted, '--count'])).out, '9\n');
    const { out } = await runCli(['query', 'type:x', log.path, sorted, '-n', '2']);
    assert.equal(
      out,
      golden(`
        2026-11-24T14:03:27.896Z scanner-7      #2  INFO  x              a2
        2026-11-24T14:03:31.118Z sorted.ndjson            x              b3
      `),
    );
  });
});

describe('query, told something wrong', () => {
  it('shows where the search is wrong', async (context) => {
    const { path } = jobs(context);
    const { status, out, err } = await runCli(['query', 'type:x sevrity:>=WARN', path]);
    assert.deepEqual([status, out], [2, '']);
    assert.equal(
      err,
      golden(`
        error: unknown field "sevrity" (did you mean severity?)   SEARCH_UNKNOWN_FIELD
          type:x sevrity:>=WARN
                 ^^^^^^^
      `),
    );
    const wide = await runCli(['query', '東京 "x', path]);
    assert.equal(wide.err, 'error: a quotation mark is not closed   SEARCH_SYNTAX\n  東京 "x\n         ^\n');
    const long = await runCli(['query', `"${'a'.repeat(100)}" sevrity:"${'b'.repeat(100)}"`, path]);
    assert.match(long.err, /\n {2}…a{58}" sevrity:"b{58}…\n {63}\^{7}\n$/);
  });

  it('answers a program in JSON', async (context) => {
    const { path } = jobs(context);
    const { status, out, err } = await runCli(['query', 'sevrity:1', path, '--json']);
    assert.deepEqual([status, out], [2, '']);
    assert.deepEqual(JSON.parse(err), {
      error: { code: 'SEARCH_UNKNOWN_FIELD', message: 'unknown field "sevrity"', suggestion: 'severity', column: 1, length: 7 },
    });
  });

  it('takes a search that begins with a minus sign', async (context) => {
    const { path } = jobs(context);
    assert.equal((await runCli(['query', '-type:log*', path, '--count'])).out, '9\n');
    assert.equal((await runCli(['query', '--count', '--', '-NOTHING', path])).out, '12\n');
  });

  const mistakes: [argv: string[], status: number, code: string, message: RegExp][] = [
    [['query'], 2, 'USAGE_MISSING_ARGUMENT', /agent-audit query SEARCH \[FILE…\]/],
    [['query', 'x', '--sicne', '5m'], 2, 'USAGE_UNKNOWN_OPTION', /--sicne of query \(did you mean --since\?\)/],
    [['query', 'x', '--since', 'tomorrow'], 2, 'USAGE_BAD_VALUE', /--since "tomorrow" is no time/],
    [['query', 'x', '--since'], 2, 'USAGE_MISSING_VALUE', /--since needs a value: --since TIME/],
    [['query', 'x', '-n', 'many'], 2, 'USAGE_BAD_VALUE', /--last "many" is no whole number/],
    [['query', 'x', '-n', '0'], 2, 'USAGE_BAD_VALUE', /--last 0 shows nothing/],
    [['query', 'x', '--json=yes'], 2, 'USAGE_UNWANTED_VALUE', /--json takes no value/],
    [['query', 'x', '--since', '1m', '--since', '2m'], 2, 'USAGE_CONFLICT', /--since is given twice/],
    [['query', 'x', '--fields', 'seq,mesage'], 2, 'USAGE_BAD_VALUE', /unknown field "mesage" \(did you mean message\?\)/],
    [['query', 'x', '--fields', 'seq,'], 2, 'USAGE_BAD_VALUE', /empty name/],
    [['query', 'x', '--count', '--fields', 'seq'], 2, 'USAGE_CONFLICT', /--count and --fields do not go together/],
    [['query', 'x', '/nowhere/audit.log'], 4, 'LOG_NOT_FOUND', /no log at \/nowhere\/audit.log/],
    [['query', 'x'], 4, 'LOG_NOT_FOUND', /no log at \/nowhere\/configured.log/],
  ];
  for (const [argv, status, code, message] of mistakes) {
    it(`refuses ${argv.join(' ')} with ${code}`, async () => {
      const result = await runCli(argv, { env: { AGENT_AUDIT_LOG: '/nowhere/configured.log' } });
      assert.deepEqual([result.status, result.out], [status, '']);
      assert.match(result.err, message);
      assert.ok(result.err.includes(`   ${code}\n`), result.err);
    });
  }
});
