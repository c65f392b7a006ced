import { statSync } from 'node:fs';
import type { ReadEvent } from '@agent-audit/log';
import { lastLines, listSegments, newestCheckpoint } from 'agent-audit/files';
import { accessOf, collectorOptions, collectorText } from '../collector/access.ts';
import { type Collector, openCollector } from '../collector/client.ts';
import { Follower } from '../collector/follow.ts';
import { RemoteReader, type RemoteReading } from '../collector/remote-reader.ts';
import type { Command, Invocation } from '../command.ts';
import { exit } from '../error.ts';
import { logPaths, shortPath } from '../log-paths.ts';
import { agentOf, Reader, readingOptions, readLast } from '../reading.ts';
import { inert } from '../text.ts';
import { counted, duration } from '../units.ts';

const linesByDefault = 10;

/** Shows the newest events, and follows. */
export const tail: Command = {
  name: 'tail',
  summary: 'show the newest events, and follow',
  usage: '[FILE…]',
  positionals: { min: 0, max: Infinity },
  about: [
    `Shows the newest events of a log, ${linesByDefault} of them, or all since a time. With -f it goes on with each event as it is
    written, through rotation and packing, until it is interrupted.`,
    `With a collector it is about the events of all agents, and -f shows each as it comes in, whatever its time. After a cut it connects
    again and goes on behind the last event that it had. ${collectorText}`,
  ],
  options: [
    { name: 'follow', short: 'f', about: 'go on with what is written' },
    { name: 'search', short: 's', value: 'SEARCH', about: 'only what the search finds; see agent-audit query -h' },
    ...readingOptions,
    ...collectorOptions,
  ],
  examples: [
    { command: 'agent-audit tail -f', about: 'watch the log' },
    { command: "agent-audit tail -f -s 'severity:>=WARN' --log a.log --log b.log", about: 'trouble only, of two logs' },
    { command: 'agent-audit tail --since 15m --json', about: 'the last quarter of an hour, for a program' },
    { command: "agent-audit tail -f -s 'severity:>=ERROR' --collector https://collector.example", about: 'trouble of all agents, live' },
  ],
  exits: [
    [exit.done, 'done'],
    [exit.usage, 'the command line or the search is wrong'],
    [exit.failed, 'a log is not there or cannot be read, or the collector cannot be asked'],
    [exit.interrupted, 'interrupted, as -f always is'],
  ],

  async run(invocation) {
    const { args, io, json } = invocation;
    args.refuseBoth('follow', 'reverse', 'what is yet to come cannot come first');
    args.refuseBoth('follow', 'until', 'following has no end');
    const access = accessOf(args.positionals, args, io);
    const bounded = args.has('since') || args.has('until');
    const last = readLast(invocation) ?? (bounded ? undefined : linesByDefault);
    const reading = { search: args.text('search') ?? '', last, withSeq: false };
    if (access !== undefined) {
      await tailCollector(await openCollector(access, invocation), invocation, reading);
      return io.signal.aborted ? exit.interrupted : exit.done;
    }
    const logs = logPaths(args.positionals, args, io);
    const reader = new Reader(invocation, { ...reading, logs });
    if (io.stdout.isTerminal && !json && !args.has('fields')) for (const log of logs) await io.stdout.write(await heading(log, invocation));
    if (args.has('follow')) await reader.follow();
    else await reader.show();
    return exit.done;
  },
};

async function tailCollector(collector: Collector, invocation: Invocation, reading: RemoteReading): Promise<void> {
  const reader = new RemoteReader(collector, invocation, reading);
  if (!invocation.args.has('follow')) {
    await reader.tell(await reader.show());
    return;
  }
  await new Follower(collector, invocation, reader).follow(async () => {
    const shown: ReadEvent[] = [];
    await reader.tell(await reader.show((events) => shown.push(...events)));
    return shown;
  });
}

/** `scanner-7 · ~/.openctem/audit.log · 12,304 lines · sealed 0.4 s ago` */
async function heading(log: string, { io, style }: Invocation): Promise<string> {
  const segments = listSegments(log);
  const last = (await lastLines(log, 1)).at(-1);
  const lines = last === undefined ? 0 : last.seq + 1 - (segments[0]?.first ?? 0);
  const parts = [agentOf(log), inert(shortPath(log)), counted(lines, 'line'), sealing(log, last?.seq, io.now())];
  return `${style.dim(parts.filter((part) => part !== undefined).join(' · '))}\n`;
}

function sealing(log: string, lastSeq: number | undefined, nowMs: number): string {
  const checkpoint = newestCheckpoint(log);
  if (checkpoint === undefined) return 'not sealed';
  const open = (lastSeq ?? -1) + 1 - checkpoint.size;
  if (open > 0) return `${counted(open, 'line')} not sealed yet`;
  return `sealed ${duration(Math.max(0, nowMs - statSync(checkpoint.path).mtimeMs))} ago`;
}
