import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { jobLog, temporaryFolder } from './log.test.support.ts';
import { golden, runCli } from './run.test.support.ts';

/** A line as the Go logger of package audit wrote it. */
function goLine(fraction: string, type: string, severity: string, rest: string): string {
  return `{"timestamp":"2026-11-24T02:30:33.${fraction}Z","type":"${type}","severity":"${severity}","agent_id":"agent-7",${rest}}`;
}

const goLines = [
  goLine('83771242', 'agent_start', 'INFO', '"tenant_id":"tenant-go","message":"Agent started","details":{"go":"1.19","pid":4711}'),
  goLine(
    '838227564',
    'job_started',
    'INFO',
    String.raw`"job_id":"j-0","message":"Job started: scan","details":{"target":"/srv/\"quoted\" \u003cpath\u003e \u0026 more"}`,
  ),
  goLine(
    '838238434',
    'job_completed',
    'INFO',
    '"message":"Job completed successfully","duration_ms":68570930000,"details":{"findings_count":91}',
  ),
  goLine(
    '843387591',
    'scan_failed',
    'ERROR',
    String.raw`"report_id":"rep-7","message":"Scan failed","error":"exit status 2\nline two \u2028 \u0001","details":{"c":1.5e+300}`,
  ),
];
const goText = `${goLines.join('\n')}\n`;

interface Line {
  readonly [name: string]: unknown;
}

async function eventsOf(log: string): Promise<Line[]> {
  const { out } = await runCli(['query', '-type:log*', log, '--json']);
  return out === ''
    ? []
    : out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Line);
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

describe('import', () => {
  it('takes in the logs of the Go logger: every digit of a time, milliseconds, and where each line came from', async (context) => {
    const folder = temporaryFolder(context);
    const [source, into] = [join(folder, 'go.log'), join(folder, 'sealed', 'audit.log')];
    writeFileSync(source, goText);
    const { status, out, err } = await runCli(['import', source, '--from', 'go', '--into', into]);
    assert.deepEqual([status, err], [0, '']);
    assert.equal(
      out.replace(source, 'go.log').replace(into, 'audit.log'),
      golden(`
        ✔ imported   4 events from go.log into audit.log
          1 duration turned from nanoseconds into milliseconds
      `),
    );
    const events = await eventsOf(into);
    const imported = (line: number): object => ({ from: 'go', file_sha256: sha256(goText), line });
    assert.deepEqual(
      events.map(({ recorded_at: at, ...event }) => ({ ...event, isRecorded: typeof at === 'string' })),
      goLines.map((text, index) => {
        const { duration_ms: nanoseconds, ...line } = JSON.parse(text) as Line;
        const duration = typeof nanoseconds === 'number' ? { duration_ms: 68_570.93 } : {};
        return { seq: index + 1, ...line, ...duration, imported: imported(index + 1), isRecorded: true };
      }),
    );
    const report = await runCli(['verify', into, '--json']);
    assert.deepEqual([report.status, (JSON.parse(report.out) as Line)['unsigned']], [3, 0]);
  });

  it('passes over what is in, and leaves the log as it is where nothing is new', async (context) => {
    const folder = temporaryFolder(context);
    const [source, into] = [join(folder, 'go.log'), join(folder, 'audit.log')];
    const run = (): ReturnType<typeof runCli> => runCli(['import', source, '--from', 'go', '--into', into, '--json']);
    writeFileSync(source, goLines.slice(0, 2).join('\n'));
    assert.equal((JSON.parse((await run()).out) as Line)['imported'], 2);
    const before = readFileSync(into);
    const again = JSON.parse((await run()).out) as Line;
    assert.deepEqual([again['imported'], again['skipped']], [0, 2]);
    assert.deepEqual(readFileSync(into), before);
    // A file that has grown is known by what it was.
    writeFileSync(source, `${goLines.slice(0, 2).join('\n')}\n`);
    await run();
    writeFileSync(source, goText);
    const grown = JSON.parse((await run()).out) as Line;
    assert.deepEqual([grown['imported'], grown['skipped']], [2, 2]);
    assert.deepEqual(
      (await eventsOf(into)).map(({ type }) => type),
      ['agent_start', 'job_started', 'job_completed', 'scan_failed'],
    );
    // Another file with the same lines is another source.
    writeFileSync(source, `\n${goText}`);
    assert.equal((JSON.parse((await run()).out) as Line)['imported'], 4);
  });

  it('lists what it refuses, and why; the rest comes in', async (context) => {
    const folder = temporaryFolder(context);
    const [source, into] = [join(folder, 'go.log'), join(folder, 'audit.log')];
    const event = (more: string): string => `{"timestamp":"2026-11-24T02:30:33Z","type":"x","severity":"INFO","message":"m"${more}}`;
    const refused: [line: string | Uint8Array, why: string][] = [
      ['{"timestamp":"2026-11-24T02', 'it is not one JSON object; was it cut off?'],
      ['[1]', 'it is not one JSON object; was it cut off?'],
      [Buffer.from([0x7b, 0xff, 0x7d]), 'it is not UTF-8'],
      ['\0\0\0', 'it holds NUL bytes: a hole that a crash left'],
      ['{"type":"x","severity":"INFO","message":"m"}', '"timestamp" is missing'],
      [event('').replace('2026-11-24', '2026-02-30'), '"timestamp" "2026-02-30T02:30:33Z" is not an RFC 3339 time'],
      [event('').replace('T02:30:33Z', ''), '"timestamp" "2026-11-24" is not an RFC 3339 time'],
      [event('').replace('"x"', '1'), '"type" is not a text'],
      [event('').replace('"x"', '"log.open"'), 'its type "log.open" is one that only a log itself uses'],
      [event('').replace('INFO', 'info'), '"severity" "info" is not DEBUG, INFO, WARN, ERROR or CRITICAL'],
      [event('').replace('"severity":"INFO",', ''), '"severity" is missing'],
      [event(',"duration_ms":-1'), '"duration_ms" is not a number from 0 up'],
      [event(',"details":[1]'), '"details" is not an object'],
      [event(',"job_id":7'), '"job_id" is not a text'],
      [event(',"actor":{"type":"robot","id":"r"}'), '"actor" has the type "robot", not user, service, agent or system'],
      [event(',"target":{"type":"host"}'), '"target" has no id'],
      [event(',"outcome":"fine"'), '"outcome" "fine" is not success, failure, denied, timeout or unknown'],
      [event(',"host":"a","details":{"host":"b"}'), '"host" is a field and one of the details'],
      [`{"message":"${'m'.repeat(4_194_304)}"}`, 'it has more than 4194304 bytes'],
    ];
    const parts = [
      Buffer.from(`${event('')}\n\n`),
      ...refused.flatMap(([line]) => [Buffer.from(line), Buffer.from('\n')]),
      Buffer.from(event(',"host":"a"')),
    ];
    writeFileSync(source, Buffer.concat(parts));
    const { status, out } = await runCli(['import', source, '--from', 'go', '--into', into, '--json']);
    assert.equal(status, 1);
    assert.deepEqual(JSON.parse(out), {
      ok: false,
      imported: 2,
      skipped: 0,
      refused: refused.map(([, why], index) => ({ line: index + 3, why })),
      durationsConverted: 0,
      cut: 0,
      refused_lines: refused.length,
      file_sha256: sha256(readFileSync(source)),
      into,
    });
    const [, last] = await eventsOf(into);
    assert.deepEqual(
      [last?.['details'], last?.['imported']],
      [{ host: 'a' }, { from: 'go', file_sha256: sha256(readFileSync(source)), line: refused.length + 3 }],
    );
    const shown = await runCli(['import', source, '--from', 'go', '--into', into]);
    assert.match(
      shown.out,
      /^! imported {3}0 events from .*\n {2}2 were in already\n {2}refused 19 lines\n {4}line 3: it is not one JSON object/,
    );
  });
});

describe('import, of other sources', () => {
  it('takes in NDJSON, from stdin, from a packed file, whatever else it says', async (context) => {
    const folder = temporaryFolder(context);
    const [packed, into] = [join(folder, 'events.ndjson.gz'), join(folder, 'audit.log')];
    const line =
      '{"seq":7,"timestamp":"2026-11-24T03:30:33.1234567891+01:00","type":"deploy","message":"Deployed","duration_ms":1.5,' +
      '"trace_id":"t-1","actor":{"type":"user","id":"u-1","name":"alice"},"target":{"type":"host","id":"web-01"},"outcome":"success",' +
      '"error":null,' +
      '"big":12345678901234567890,"details":{"id":9007199254740993,"list":[12345678901234567891,"12345678901234567892 \\"x"]}}';
    const { status, out } = await runCli(['import', '-', '--from', 'ndjson', '--into', into], { stdin: `${line}\r\n\r\n` });
    assert.deepEqual([status, out.replace(into, 'audit.log')], [0, '✔ imported   1 event from stdin into audit.log\n']);
    writeFileSync(packed, gzipSync(line));
    assert.equal((await runCli(['import', packed, '--from', 'ndjson', '--into', into])).status, 0);
    const [first, second] = await eventsOf(into);
    const { recorded_at: _, imported, ...event } = first ?? {};
    assert.deepEqual(event, {
      seq: 1,
      timestamp: '2026-11-24T02:30:33.1234567891Z',
      type: 'deploy',
      severity: 'INFO',
      message: 'Deployed',
      duration_ms: 1.5,
      details: { id: '9007199254740993', list: ['12345678901234567891', '12345678901234567892 "x'], seq: 7, big: '12345678901234567890' },
      trace_id: 't-1',
      actor: { type: 'user', id: 'u-1', name: 'alice' },
      target: { type: 'host', id: 'web-01' },
      outcome: 'success',
    });
    assert.deepEqual(imported, { from: 'ndjson', file_sha256: sha256(`${line}\r\n\r\n`), line: 1 });
    assert.deepEqual(second?.['imported'], { from: 'ndjson', file_sha256: sha256(readFileSync(packed)), line: 1 });
  });

  it('says how many events had to be cut to fit', async (context) => {
    const folder = temporaryFolder(context);
    const [source, into] = [join(folder, 'go.log'), join(folder, 'audit.log')];
    const large = JSON.stringify({
      timestamp: '2026-11-24T02:30:33Z',
      type: 'x',
      severity: 'INFO',
      message: 'm',
      details: { text: 'd'.repeat(100_000) },
    });
    writeFileSync(source, `${large}\n${goText}`);
    const { out } = await runCli(['import', source, '--from', 'go', '--into', into]);
    assert.match(out, /\n {2}1 event cut to fit a line; they say so: agent-audit query 'truncated:\*'/);
  });

  const mistakes: [argv: string[], status: number, code: string, message: RegExp][] = [
    [['--from', 'go'], 2, 'USAGE_MISSING_VALUE', /--into FILE/],
    [['--into', 'x.log'], 2, 'USAGE_MISSING_VALUE', /--from go\|ndjson/],
    [['--from', 'nsjson', '--into', 'x.log'], 2, 'USAGE_BAD_VALUE', /did you mean ndjson\?/],
    [['--from', 'go', '--into', 'audit.log'], 2, 'USAGE_CONFLICT', /into itself/],
  ];
  for (const [argv, status, code, message] of mistakes) {
    it(`refuses ${argv.join(' ')} with ${code}`, async (context) => {
      const { path } = jobLog(temporaryFolder(context));
      const result = await runCli(['import', path, ...argv.map((argument) => (argument === 'audit.log' ? path : argument))]);
      assert.deepEqual([result.status, result.out], [status, '']);
      assert.match(result.err, message);
      assert.ok(result.err.includes(`   ${code}\n`), result.err);
    });
  }

  it('says what keeps it from reading or writing', async (context) => {
    const folder = temporaryFolder(context);
    const absent = await runCli(['import', join(folder, 'absent'), '--from', 'go', '--into', join(folder, 'audit.log')]);
    assert.equal(absent.status, 4);
    assert.match(absent.err, /cannot read .*absent.* {3}COULD_NOT_READ\n/);
    writeFileSync(join(folder, 'go.log'), goText);
    const refused = await runCli(['import', join(folder, 'go.log'), '--from', 'go', '--into', '/dev/null/audit.log']);
    assert.equal(refused.status, 4);
    assert.match(refused.err, /LOG_NOT_WRITABLE|COULD_NOT_READ/);
    assert.equal(existsSync(join(folder, 'audit.log')), false);
  });

  it('takes in a whole log of the Go logger', async (context) => {
    const source = fileURLToPath(new URL('../../../../shared/vectors/seed-go/audit.log', import.meta.url));
    if (!existsSync(source)) return context.skip('the vectors are not beside this repository');
    const into = join(temporaryFolder(context), 'audit.log');
    const { status, out } = await runCli(['import', source, '--from', 'go', '--into', into, '--json']);
    const result = JSON.parse(out) as Line;
    assert.deepEqual([status, result['imported'], result['refused']], [0, 448, []]);
    const lines = readFileSync(source, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    for (const [index, { recorded_at: _, seq: __, imported, ...event }] of (await eventsOf(into)).entries()) {
      const { duration_ms: nanoseconds, ...line } = lines[index] ?? {};
      const expected = typeof nanoseconds === 'number' ? { ...line, duration_ms: nanoseconds / 1e6 } : line;
      assert.deepEqual(event, expected);
      assert.equal((imported as Line)['line'], index + 1);
    }
    assert.ok(statSync(into).size > statSync(source).size);
  });
});
