import type { Command } from '../command.ts';
import { exit } from '../error.ts';
import { logPaths } from '../log-paths.ts';
import { Reader, readingOptions, readLast } from '../reading.ts';
import { jsonLine } from '../text.ts';
import { count } from '../units.ts';

/** Finds events. */
export const query: Command = {
  name: 'query',
  summary: 'find events',
  usage: 'SEARCH [FILE…]',
  positionals: { min: 1, max: Infinity },
  about: [
    `Shows the events of a log that a search finds, oldest first: of its closed segments, packed ones too, and of what is just being
    written. An empty search finds everything.`,
    `A search: nuclei "socket hang up" · type:auth_failed · severity:>=WARN · job_id:j-42 · type:(job_failed OR scan_failed) ·
    message:host* · error:* · operation:end · duration_ms:>5000 · details.tool:nuclei · timestamp:>2026-11-01 ·
    -agent_id:a1 · (a OR b) c`,
    `Fields compare exactly, text without a field is found in any case. --json prints the lines as they stand in the log. Where several
    logs are read, their events are put in the order of their times.`,
  ],
  options: [
    ...readingOptions,
    { name: 'count', about: 'only how many' },
    { name: 'exit-status', about: 'exit with 1 where nothing is found' },
  ],
  examples: [
    { command: "agent-audit query 'severity:>=WARN' --since 2h", about: 'what went wrong lately' },
    { command: "agent-audit query 'job_id:j-42 -type:chunk_uploaded'", about: 'one job, without its noise' },
    { command: "agent-audit query 'details.tool:nuclei' --json | jq .duration_ms", about: 'on to jq' },
    { command: "agent-audit query 'type:auth_failed' --count /var/log/agents/*.log", about: 'over several logs' },
    { command: "agent-audit query 'type:job_failed' -n 1 --fields seq,job_id,error", about: 'the newest, in columns' },
  ],
  exits: [
    [exit.done, 'done, whether something was found or not'],
    [exit.no, 'with --exit-status: nothing was found'],
    [exit.usage, 'the command line or the search is wrong'],
    [exit.failed, 'a log is not there or cannot be read'],
  ],

  async run(invocation) {
    const { args, io, errorStyle, json } = invocation;
    args.refuseBoth('count', 'fields', 'a number has no fields');
    const [search = '', ...files] = args.positionals;
    const reader = new Reader(invocation, { logs: logPaths(files, args, io), search, last: readLast(invocation), withSeq: true });
    const found = args.has('count') ? await reader.count() : await reader.show();
    if (args.has('count'))
      await io.stdout.write(json ? jsonLine({ count: found }, io.stdout) : `${io.stdout.isTerminal ? count(found) : found}\n`);
    else if (found === 0 && io.stdout.isTerminal && !json) await io.stderr.write(`${errorStyle.dim('nothing found')}\n`);
    return found === 0 && args.has('exit-status') ? exit.no : exit.done;
  },
};
