import { agentsAnswer, agentsAnswerMax, agentsPath, type ReadAgent } from '@agent-audit/log';
import { collectorOptions, collectorText, requireAccess } from '../collector/access.ts';
import { showAgents } from '../collector/agents-view.ts';
import { type Collector, openCollector } from '../collector/client.ts';
import type { Command } from '../command.ts';
import { CliError, exit } from '../error.ts';
import { inert, jsonLine } from '../text.ts';
import { count, counted } from '../units.ts';

const states = ['live', 'behind', 'stopped', 'silent', 'forked'] as const;

/** Lists agents. */
export const agents: Command = {
  name: 'agents',
  summary: 'list the agents of a collector, and how they are',
  usage: '',
  positionals: { min: 0, max: 0 },
  about: [
    `Lists every log that a collector takes in, with its agent: live (all is there, and it was heard of lately), behind (it has lines that
    are not there yet), stopped (it ended by its own will), silent (not heard of for longer than its heartbeat allows), FORKED (two
    histories under one name were seen: look at it now).`,
    `"not to be had" is what nobody will ever have: gaps, of which the agent deleted the lines before it sent them, and events that the
    log itself says were lost. The log's id is what prove --log takes.`,
    collectorText,
  ],
  options: [
    { name: 'state', value: 'STATE', multiple: true, about: `only those that are ${states.join(', ')}` },
    { name: 'exit-status', about: 'exit with 1 where one is behind, silent or forked' },
    ...collectorOptions,
  ],
  examples: [
    { command: 'agent-audit agents --collector https://collector.example', about: 'all of them' },
    { command: 'agent-audit agents --state silent --state forked', about: 'those to look after' },
    { command: "agent-audit agents --json | jq -r 'select(.lost_events>0).agent'", about: 'those that lost something' },
    { command: 'agent-audit agents --exit-status >/dev/null || alert', about: 'for a cron job' },
  ],
  exits: [
    [exit.done, 'done'],
    [exit.no, 'with --exit-status: one of them is behind, silent or forked'],
    [exit.usage, 'the command line is wrong, or no collector is named'],
    [exit.failed, 'the collector cannot be asked'],
  ],

  async run(invocation) {
    const { args, io, json, errorStyle } = invocation;
    const wanted = args.texts('state').map(readState);
    const collector = await openCollector(requireAccess(args, io), invocation);
    const all = await allAgents(collector);
    const found = wanted.length === 0 ? all : all.filter(({ state }) => wanted.includes(state));
    if (json) for (const agent of found) await io.stdout.write(jsonLine(agent, io.stdout));
    else if (found.length > 0) await io.stdout.write(showAgents(found, invocation));
    if (!json) await io.stderr.write(`${errorStyle.dim(`${inert(collector.name)} · ${summary(all)}`)}\n`);
    return args.has('exit-status') && found.some(isTroubled) ? exit.no : exit.done;
  },
};

/** More than any fleet has: a collector that never ends its list is not believed. */
const agentsMax = 1_000_000;

async function allAgents(collector: Collector): Promise<readonly ReadAgent[]> {
  const all: ReadAgent[] = [];
  let cursor: string | undefined;
  do {
    const page = await collector.get(agentsAnswer, agentsPath, { cursor, limit: agentsAnswerMax });
    all.push(...page.agents);
    if (all.length > agentsMax)
      throw new CliError('COLLECTOR_ANSWER_MALFORMED', `${collector.access.url}: its list of agents has no end (over ${count(agentsMax)})`);
    cursor = page.agents.length === 0 ? undefined : page.next;
  } while (cursor !== undefined);
  return all;
}

function readState(text: string): ReadAgent['state'] {
  const state = states.find((one) => one === text.toLowerCase());
  if (state === undefined) throw new CliError('USAGE_BAD_VALUE', `--state ${JSON.stringify(text)} is none: give ${states.join(', ')}`);
  return state;
}

function isTroubled({ state }: ReadAgent): boolean {
  return state === 'behind' || state === 'silent' || state === 'forked';
}

/** `3 agents: 2 live, 1 silent` */
function summary(all: readonly ReadAgent[]): string {
  if (all.length === 0) return 'no agent has sent anything yet';
  const parts = states.flatMap((state) => {
    const number = all.filter((agent) => agent.state === state).length;
    return number === 0 ? [] : [`${count(number)} ${state}`];
  });
  return `${counted(all.length, 'agent')}: ${parts.join(', ')}`;
}
