import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { csvCell, csvRow } from '@agent-audit/log';
import fc from 'fast-check';
import { jobLog, temporaryFolder, TestLog } from './log.test.support.ts';
import { runCli } from './run.test.support.ts';

/** The cells of CSV as RFC 4180 has them. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  for (let match = cell.exec(text); match !== null; match = cell.exec(text)) {
    rows.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] !== ',') rows.push([]);
    if (cell.lastIndex === text.length) break;
  }
  assert.deepEqual(rows.pop(), [], 'ends with a line break');
  return rows;
}

describe('export', () => {
  it('gives the lines as they stand', async (context) => {
    const { path } = jobLog(temporaryFolder(context));
    const { out } = await runCli(['export', 'job_id:j-43', path]);
    const query = await runCli(['query', 'job_id:j-43', path, '--json']);
    assert.ok(out.split('\n').length > 3);
    assert.equal(out, query.out);
    const all = await runCli(['export', '--log', path]);
    assert.equal(all.out.split('\n').filter((line) => line !== '').length, 12);
  });

  it('gives columns, details as JSON, or those that are named', async (context) => {
    const { path } = jobLog(temporaryFolder(context));
    const { out } = await runCli(['export', 'type:(scan_completed OR auth_failed)', path, '--format', 'csv']);
    const [header, first, second, ...others] = parseCsv(out);
    assert.deepEqual(others, []);
    const cellOf = (row: readonly string[] | undefined, name: string): string | undefined => row?.[header?.indexOf(name) ?? -1];
    assert.deepEqual([cellOf(first, 'seq'), cellOf(first, 'actor.name'), cellOf(first, 'outcome')], ['4', 'alice', 'denied']);
    assert.equal(cellOf(second, 'details'), '{"findings.high":2,"hosts":["a","b"]}');
    const some = await runCli(['export', 'type:job_started', path, '--format', 'csv', '--fields', 'seq,details.target,error']);
    assert.equal(some.out, 'seq,details.target,error\r\n1,web-01,\r\n10,web-02,\r\n');
    assert.equal((await runCli(['export', 'no_such_thing', path, '--format', 'csv', '--fields', 'seq'])).out, 'seq\r\n');
  });

  it('says which log an event is of, where there are several', async (context) => {
    const one = jobLog(temporaryFolder(context));
    const two = new TestLog(temporaryFolder(context), 8).seal();
    const { out } = await runCli(['export', 'type:log.open', one.path, two.path, '--format', 'csv', '--fields', 'seq']);
    assert.deepEqual(parseCsv(out).slice(0, 2), [['log', 'seq'], ['scanner-7', '0']]);
  });

  it('writes a file as a whole, for its owner, and replaces none unasked', async (context) => {
    const folder = temporaryFolder(context);
    const { path } = jobLog(join(folder, 'log'));
    const out = join(folder, 'november.csv');
    const done = await runCli(['export', '--log', path, '--out', out]);
    assert.deepEqual([done.status, done.out, done.err], [0, '', `12 events in ${out}\n`]);
    assert.equal(parseCsv(readFileSync(out, 'utf8')).length, 13);
    assert.equal(statSync(out).mode & 0o777, 0o600);
    const refused = await runCli(['export', 'type:job_failed', path, '--out', out]);
    assert.equal(refused.status, 4);
    assert.match(refused.err, /is there already: give another --out, or --force to replace it {3}ALREADY_THERE\n$/);
    assert.equal(parseCsv(readFileSync(out, 'utf8')).length, 13);
    assert.equal((await runCli(['export', 'type:job_failed', path, '--out', out, '--force'])).status, 0);
    assert.equal(parseCsv(readFileSync(out, 'utf8')).length, 2);
    assert.deepEqual(readdirSync(folder).toSorted(), ['log', 'november.csv']);
  });

  it('leaves nothing of an export that fails', async (context) => {
    const folder = temporaryFolder(context);
    const { path } = jobLog(join(folder, 'log'));
    writeFileSync(path, 'x'.repeat(2_000_000));
    const { status } = await runCli(['export', '--log', path, '--out', join(folder, 'a.ndjson')]);
    assert.equal(status, 4);
    assert.deepEqual(readdirSync(folder), ['log']);
  });

  it('replaces no file of the log itself', async (context) => {
    const log = jobLog(temporaryFolder(context));
    for (const out of [log.path, log.file(log.names.cosigned), log.file(log.names.closed(0))]) {
      const { status, err } = await runCli(['export', '--log', log.path, '--out', out, '--force']);
      assert.equal(status, 2);
      assert.match(err, /is a file of the log .* itself/);
    }
    assert.ok(existsSync(log.path));
  });

  const mistakes: [argv: string[], code: string][] = [
    [['--format', 'xml'], 'USAGE_BAD_VALUE'],
    [['--fields', 'seq'], 'USAGE_CONFLICT'],
    [['--format', 'csv', '--fields', 'sqe'], 'USAGE_BAD_VALUE'],
    [['--force'], 'USAGE_CONFLICT'],
  ];
  for (const [argv, code] of mistakes) {
    it(`refuses ${argv.join(' ')} with ${code}`, async (context) => {
      const { status, err } = await runCli(['export', '--log', jobLog(temporaryFolder(context)).path, ...argv]);
      assert.equal(status, 2);
      assert.match(err, new RegExp(`${code}\n`));
    });
  }
});

describe('a cell of CSV', () => {
  const cells: [value: unknown, cell: string][] = [
    ['plain', 'plain'],
    ['a,b "c"', '"a,b ""c"""'],
    ['=1+1', "'=1+1"],
    ['+1 (555) 0100', "'+1 (555) 0100"],
    ['-5', '-5'],
    [-5, '-5'],
    ['-5+cmd|x', "'-5+cmd|x"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['  =1', `"'  =1"`.replaceAll('"', '')],
    ['"=1"', `"'""=1"""`],
    ["'=1", "''=1"],
    ['\t=1', '\\t=1'],
    ['\r=1', '\\r=1'],
    ['＝1', "'＝1"],
    ['two\nlines', 'two\\nlines'],
    ['\u001b[31m\u202e', '\\u001b[31m\\u202e'],
    [{ a: ['=1'] }, '"{""a"":[""=1""]}"'],
    [true, 'true'],
    [null, ''],
    [undefined, ''],
  ];
  for (const [value, cell] of cells) it(`of ${JSON.stringify(value)} is ${cell}`, () => assert.equal(csvCell(value), cell));

  it('comes back as it went in, but for what is escaped', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 5 }), (texts) => {
        const [row = []] = parseCsv(csvRow(texts));
        assert.equal(row.length, texts.length);
        for (const cell of row) assert.doesNotMatch(cell, /^[\s"]*[=+@]/);
      }),
    );
  });
});
