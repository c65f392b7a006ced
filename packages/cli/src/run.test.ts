import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commonOptions } from './command.ts';
import { commands } from './commands.ts';
import { jobLog, temporaryFolder } from './log.test.support.ts';
import { golden, runCli } from './run.test.support.ts';
import { version } from './version.ts';

describe('agent-audit', () => {
  it('says what there is', async () => {
    const expected = golden(`
      agent-audit  follow, search, verify and prove what an agent did

        tail [FILE…]                               show the newest events, and follow
        query SEARCH [FILE…]                       find events
        jobs [ID [FILE…]]                          list jobs, or draw the timeline of one
        stats [SEARCH [FILE…]]                     count events, and draw when they were
        agents                                     list the agents of a collector, and how they are
        verify [PATH…]                             check that a log is what was recorded
        prove SEQ [FILE]                           write what proves one event
        key [FILE]                                 show the key of a log
        import SRC|- --from go|ndjson --into FILE  take in the events of another writer
        export [SEARCH [FILE…]]                    write events for a spreadsheet or another program
        collect                                    run a collector for the logs of many agents
        token list | create NAME | revoke ID       list, create and revoke tokens of a collector
        doctor [FILE]                              look for what is wrong with the set-up
        version                                    show the version
        help [COMMAND]                             explain a command

        agent-audit COMMAND -h explains a command, with examples.
        FILE is a log's active file, its folder, or one of its files; without it: --log, AGENT_AUDIT_LOG, ~/.openctem/audit.log.
    `);
    for (const argv of [[], ['-h'], ['--help'], ['help'], ['--no-color']]) {
      assert.deepEqual(await runCli(argv), { status: 0, out: expected, err: '' });
    }
  });

  it('explains a command', async () => {
    const { status, out } = await runCli(['prove', '-h']);
    assert.equal(
      out,
      golden(`
        agent-audit prove SEQ [FILE]

          Writes three files that prove one event of a log to somebody who has nothing else: the line
          (event.json), where it stands in the tree that the log's key signed (event.tlog-proof, C2SP
          tlog-proof), and that key (log.vkey).

          SEQ is the number of the line, as query shows it. Only what was verified is written.

          With a collector, --log ID says which log (agent-audit agents lists them). The proof then
          stands under a checkpoint that the collector has cosigned, so that it also says when the line
          was there at the latest.

        Options
              --out DIR          where to write it; proof-SEQ without it
              --collector URL    ask this collector instead of a log; else AGENT_AUDIT_COLLECTOR
              --token-file FILE  holds the token; else AGENT_AUDIT_TOKEN_FILE, AGENT_AUDIT_TOKEN
              --ca FILE          certificates (PEM) to trust besides the usual ones; so does
                                 NODE_EXTRA_CA_CERTS

        Options of every command
              --log PATH  the log, where no FILE is given; AGENT_AUDIT_LOG, then ~/.openctem/audit.log
              --json      for programs: JSON, one object a line
              --utc       times in UTC, given and shown
              --no-color  no colours; NO_COLOR does the same
          -h, --help      this text

        Examples
          agent-audit prove 12298 --out evidence
            the line #12298 of the log
          agent-audit prove 15 --log 3f2a9c41d07b0e553f2a9c41d07b0e55 --collector URL
            of a log that a collector has
          agent-audit verify --proof evidence --key scanner-7.vkey
            what the other side does

        Exit status
          0  done
          2  the command line is wrong
          4  the event is not there, not sealed yet, or not provable; the collector cannot be asked,
             or the files cannot be written
      `),
    );
    assert.equal(status, 0);
    assert.equal((await runCli(['help', 'prove'])).out, out);
    // Asked for help, nothing else is looked at.
    assert.equal((await runCli(['prove', '--help', '1', '2', '3'])).out, out);
  });

  for (const command of commands) {
    it(`explains ${command.name} in full`, async () => {
      const { out } = await runCli(['help', command.name]);
      for (const { name } of [...command.options, ...commonOptions]) assert.ok(out.includes(`--${name}`), name);
      for (const [status] of command.exits) assert.match(out, new RegExp(`^ +${status} {2,}\\S`, 'm'));
      assert.ok(command.examples.length > 0);
      const longest = out.split('\n').reduce((length, line) => Math.max(length, line.length), 0);
      assert.ok(longest <= 100, `a line of ${longest} columns`);
    });
  }

  it('lists for verify exactly the exit statuses of the format', () => {
    const verify = commands.find(({ name }) => name === 'verify');
    assert.deepEqual(
      verify?.exits.map(([status]) => status),
      [0, 1, 2, 3, 4],
    );
  });

  it('says its version, that of its package', async () => {
    const manifest = JSON.parse(readFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8')) as { version: string };
    assert.equal(version, manifest.version);
    for (const argv of [['version'], ['--version']]) {
      assert.deepEqual(await runCli(argv), {
        status: 0,
        out: `agent-audit ${version} · log format 1 · node ${process.versions.node}\n`,
        err: '',
      });
    }
    assert.deepEqual(JSON.parse((await runCli(['version', '--json'])).out), { version, format: 1, node: process.versions.node });
  });

  const mistakes: [argv: string[], code: string, message: RegExp][] = [
    [['qurey', 'x'], 'USAGE_UNKNOWN_COMMAND', /unknown command "qurey" \(did you mean query\?\)/],
    [
      ['launder'],
      'USAGE_UNKNOWN_COMMAND',
      /unknown command "launder"; there are tail, query, jobs, stats, agents, verify, prove, key, import, export, collect, token, doctor, /,
    ],
    [['help', 'launder'], 'USAGE_UNKNOWN_COMMAND', /unknown command "launder"/],
    [['-f'], 'USAGE_MISSING_ARGUMENT', /-f needs a command before it/],
    [['key', 'a', 'b'], 'USAGE_UNWANTED_ARGUMENT', /key does not take "b": agent-audit key \[FILE\]/],
    [['key', '--log', 'a', '--log', 'b'], 'USAGE_CONFLICT', /about one log/],
    [['version', '--jsn'], 'USAGE_UNKNOWN_OPTION', /unknown option --jsn of version \(did you mean --json\?\)/],
  ];
  for (const [argv, code, message] of mistakes) {
    it(`refuses ${argv.join(' ')} with ${code}`, async () => {
      const { status, out, err } = await runCli(argv);
      assert.deepEqual([status, out], [2, '']);
      assert.match(err, message);
      assert.ok(err.endsWith(`   ${code}\n`), err);
    });
  }

  it('takes options before the command as well', async (context) => {
    const { path, vkey } = jobLog(temporaryFolder(context));
    assert.equal((await runCli(['--log', path, 'key'])).out, `${vkey}\n`);
    assert.match((await runCli(['--json', '--log', path, 'key'])).out, /^\{"origin"/);
  });
});
