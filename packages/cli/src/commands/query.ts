import { accessOf, collectorOptions, collectorText } from '../collector/access.ts';
import { openCollector } from '../collector/client.ts';
import { RemoteReader } from '../collector/remote-reader.ts';
import type { Command, Invocation } from '../command.ts';
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
    `With a collector it searches the events of all agents, and says afterwards, on stderr, how far they are complete: so that an empty
    result can be trusted. ${collectorText}`,
  ],
  options: [
    ...readingOptions,
    { name: 'count', about: 'only how many' },
    { name: 'exit-status', about: 'exit with 1 where nothing is found' },
    ...collectorOptions,
  ],
  examples: [
    { command: "agent-audit query 'severity:>=WARN' --since 2h", about: 'what went wrong lately' },
    { command: "agent-audit query 'job_id:j-42 -type:chunk_uploaded'", about: 'one job, without its noise' },
    { command: "agent-audit query 'details.tool:nuclei' --json | jq .duration_ms", about: 'on to jq' },
    { command: "agent-audit query 'type:auth_failed' --count /var/log/agents/*.log", about: 'over several logs' },
    { command: "agent-audit query 'severity:>=ERROR' --since 1h --collector https://collector.example", about: 'over all agents' },
    { command: "agent-audit query 'type:job_failed' -n 1 --fields seq,job_id,error", about: 'the newest, in columns' },
  ],
  exits: [
    [exit.done, 'done, whether something was found or not'],
    [exit.no, 'with --exit-status: nothing was found'],
    [exit.usage, 'the command line or the search is wrong'],
    [exit.failed, 'a log is not there or cannot be read, or the collector cannot be asked'],
  ],

  async run(invocation) {
    const { args, io } = invocation;
    args.refuseBoth('count', 'fields', 'a number has no fields');
    const [search = '', ...files] = args.positionals;
    const reading = { search, last: readLast(invocation), withSeq: true };
    const access = accessOf(files, args, io);
    let found: number;
    if (access === undefined) {
      const reader = new Reader(invocation, { ...reading, logs: logPaths(files, args, io) });
      found = args.has('count') ? await reader.count() : await reader.show();
      await say(found, invocation);
    } else {
      const reader = new RemoteReader(await openCollector(access, invocation), invocation, reading);
      const all = args.has('count') ? await reader.count() : await reader.show();
      found = all.events;
      await say(found, invocation);
      await reader.tell(all);
    }
    return found === 0 && args.has('exit-status') ? exit.no : exit.done;
  },
};

/** The number that was asked for; or that there is nothing. */
async function say(found: number, { args, io, errorStyle, json }: Invocation): Promise<void> {
  if (args.has('count'))
    await io.stdout.write(json ? jsonLine({ count: found }, io.stdout) : `${io.stdout.isTerminal ? count(found) : found}\n`);
  else if (found === 0 && io.stdout.isTerminal && !json) await io.stderr.write(`${errorStyle.dim('nothing found')}\n`);
}
