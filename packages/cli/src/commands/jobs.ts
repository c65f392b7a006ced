import { type FieldClause, or } from '@agent-audit/search';
import { type Access, accessOf, collectorOptions, collectorText } from '../collector/access.ts';
import { openCollector } from '../collector/client.ts';
import { tellCompleteness } from '../collector/completeness.ts';
import { parametersOf } from '../collector/events.ts';
import { listRemoteJobs, readStory } from '../collector/remote-jobs.ts';
import type { Command, Invocation } from '../command.ts';
import { exit } from '../error.ts';
import { jobEventOf } from '../jobs/job-event.ts';
import { type Job, JobList, jobsMax } from '../jobs/list.ts';
import { jobAsJson, showJobs } from '../jobs/list-view.ts';
import { stateOfAttempt, Timeline } from '../jobs/timeline.ts';
import { showTimeline, timelineAsJson } from '../jobs/timeline-view.ts';
import { logPaths } from '../log-paths.ts';
import { matcherOf } from '../matcher.ts';
import { readLast } from '../reading.ts';
import { eventsOf } from '../event-source.ts';
import { matcherFor, readSearch, timeOptions } from '../search-options.ts';
import { inert } from '../text.ts';
import { count, counted } from '../units.ts';

/** Lists jobs, and draws one. */
export const jobs: Command = {
  name: 'jobs',
  summary: 'list jobs, or draw the timeline of one',
  usage: '[ID [FILE…]]',
  positionals: { min: 0, max: Infinity },
  about: [
    `Lists the jobs of a log, those that began last at the end: how each ended, or that it still runs. "unknown" says that nobody was left
    to see: the process ended before the job did.`,
    `With the ID of a job it draws the timeline of each attempt: operations as bars, ✔ ✘ ! where something worked, failed or is worth a
    look, ░ while it was throttled. A job is told by its job_id; an operation of type job without one by its span_id.`,
    `A search picks the jobs of which it finds an event; what is said of them is said of all their events. At most
    ${count(jobsMax)} jobs are held; of more, the oldest are left out, and that is said.`,
    `With a collector it is about the jobs of all agents; a list has one row for each agent that worked on a job. ${collectorText}`,
  ],
  options: [
    { name: 'search', short: 's', value: 'SEARCH', about: 'only jobs of which the search finds an event; see agent-audit query -h' },
    ...timeOptions,
    { name: 'last', short: 'n', value: 'COUNT', about: 'only so many, the newest' },
    { name: 'exit-status', about: 'exit with 1 where there are none; with an ID, where it has not completed' },
    ...collectorOptions,
  ],
  examples: [
    { command: 'agent-audit jobs --since today', about: 'what ran today, and how it went' },
    { command: 'agent-audit jobs -s severity:>=ERROR -n 20', about: 'the last twenty with an error' },
    { command: 'agent-audit jobs j-42', about: 'one job, drawn' },
    { command: "agent-audit jobs --json | jq -r 'select(.outcome==\"unknown\").job_id'", about: 'those that a crash left open' },
    { command: 'agent-audit jobs j-42 --collector https://collector.example', about: 'one job, over all agents that worked on it' },
  ],
  exits: [
    [exit.done, 'done'],
    [exit.no, 'there is no job of this ID; with --exit-status: there are none, or it has not completed'],
    [exit.usage, 'the command line or the search is wrong'],
    [exit.failed, 'a log is not there or cannot be read, or the collector cannot be asked'],
  ],

  async run(invocation) {
    const [id, ...files] = invocation.args.positionals;
    const access = accessOf(files, invocation.args, invocation.io);
    if (access !== undefined) return id === undefined ? listOfCollector(access, invocation) : drawOfCollector(id, access, invocation);
    const logs = logPaths(files, invocation.args, invocation.io);
    return id === undefined ? listJobs(logs, invocation) : drawJob(id, logs, invocation);
  },
};

function isField(field: string, value: string): FieldClause {
  return { kind: 'field', field, tests: [{ op: 'is', value }] };
}

async function listJobs(logs: readonly string[], invocation: Invocation): Promise<number> {
  const { args, io } = invocation;
  const last = readLast(invocation) ?? Infinity;
  const wanted = matcherFor(args.text('search') ?? '', args, io);
  const list = new JobList();
  // Nearly every line is of some job: to look for those that are would read most lines twice.
  for await (const { event, log } of eventsOf(logs, undefined, invocation)) {
    list.add(jobEventOf(event), log, wanted?.matches(event) ?? true);
  }
  const found = list.jobs().slice(last === Infinity ? 0 : -last);
  await showList(found, invocation);
  if (list.omitted > 0 && found.length < last)
    await io.stderr.write(`${counted(list.omitted, 'older job')} left out: no more than ${count(jobsMax)} are held\n`);
  return found.length === 0 && args.has('exit-status') ? exit.no : exit.done;
}

async function listOfCollector(access: Access, invocation: Invocation): Promise<number> {
  const { args, io } = invocation;
  const search = parametersOf(readSearch(args.text('search') ?? '', args, io));
  const last = readLast(invocation);
  const collector = await openCollector(access, invocation);
  const { jobs: found, more, completeness } = await listRemoteJobs(collector, search, last ?? Infinity);
  await showList(found, invocation);
  if (more && found.length < (last ?? Infinity)) await io.stderr.write('older jobs are left out: give --since, --until or a search\n');
  await tellCompleteness(collector, completeness, invocation);
  return found.length === 0 && args.has('exit-status') ? exit.no : exit.done;
}

async function showList(found: readonly Job[], invocation: Invocation): Promise<void> {
  const { io, errorStyle, json } = invocation;
  if (json) for (const job of found) await io.stdout.write(jobAsJson(job, io.stdout));
  else if (found.length > 0) await io.stdout.write(showJobs(found, invocation));
  else if (io.stdout.isTerminal) await io.stderr.write(`${errorStyle.dim('no jobs found')}\n`);
}

async function drawOfCollector(id: string, access: Access, invocation: Invocation): Promise<number> {
  const collector = await openCollector(access, invocation);
  const { timeline, agents, completeness, isCut } = await readStory(collector, id);
  const status = await showJob(id, timeline, { ...invocation, logs: agents, where: collector.name });
  if (isCut) await invocation.io.stderr.write('there are more events than are shown: agent-audit query has them\n');
  if (completeness !== undefined) await tellCompleteness(collector, completeness, invocation);
  return status;
}

async function drawJob(id: string, logs: readonly string[], invocation: Invocation): Promise<number> {
  invocation.args.refuseBoth('search', 'exit-status', 'the search picks jobs of a list, and one is named');
  const ofJob = or([
    isField('job_id', id),
    isField('span_id', id),
    isField('parent_span_id', id),
    { kind: 'field', field: 'type', tests: ['log.', 'resource_'].map((value) => ({ op: 'starts', value })) },
  ]);
  const timeline = new Timeline(id);
  for await (const { event, log } of eventsOf(logs, matcherOf(ofJob), invocation)) timeline.add(jobEventOf(event), log);
  return showJob(id, timeline, { ...invocation, logs: logs.length, where: logs.join(', ') });
}

type JobView = Invocation & { readonly logs: number; readonly where: string };

async function showJob(id: string, timeline: Timeline, invocation: JobView): Promise<number> {
  const { args, io, errorStyle, json, where } = invocation;
  const last = timeline.attempts.at(-1);
  if (last === undefined) {
    const text = `no job ${inert(id)} in ${inert(where)}; agent-audit jobs lists what there is`;
    await io.stderr.write(`${errorStyle.dim(text)}\n`);
    return exit.no;
  }
  const shown = json ? timelineAsJson(id, timeline, io) : showTimeline(id, timeline, invocation);
  await io.stdout.write(shown);
  return args.has('exit-status') && stateOfAttempt(last) !== 'completed' ? exit.no : exit.done;
}
