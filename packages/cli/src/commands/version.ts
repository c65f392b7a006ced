import { formatVersion } from '@agent-audit/log';
import type { Command } from '../command.ts';
import { exit } from '../error.ts';
import { version as packageVersion } from '../version.ts';

/** Says which version this is. */
export const version: Command = {
  name: 'version',
  summary: 'show the version',
  usage: '',
  positionals: { min: 0, max: 0 },
  about: ['Shows the version of this program, and the newest format of logs that it reads.'],
  options: [],
  examples: [{ command: 'agent-audit version', about: '' }],
  exits: [[exit.done, 'done']],

  async run({ io, json }) {
    const facts = { version: packageVersion, format: formatVersion, node: process.versions.node };
    const text = json ? JSON.stringify(facts) : `agent-audit ${facts.version} · log format ${facts.format} · node ${facts.node}`;
    await io.stdout.write(`${text}\n`);
    return exit.done;
  },
};
