import { formatVerifierKey } from '@agent-audit/log';
import { readLogKey } from 'agent-audit/files';
import type { Command } from '../command.ts';
import { exit } from '../error.ts';
import { logPath } from '../log-paths.ts';
import { jsonLine } from '../text.ts';

/** Shows the key that a log is signed with. */
export const key: Command = {
  name: 'key',
  summary: 'show the key of a log',
  usage: '[FILE]',
  positionals: { min: 0, max: 1 },
  about: [
    `Shows the verifier key of a log, as the log itself names it: the public half, one line, to be kept somewhere else. Who has it can
    tell later that the log is still this one.`,
    `It is read from the log, and certified by the origin that the log carries. Whether this is the log it should be, only somebody who
    knows the origin or the key from elsewhere can say.`,
  ],
  options: [],
  examples: [
    { command: 'agent-audit key > scanner-7.vkey', about: 'keep it away from the machine' },
    { command: 'agent-audit verify --key scanner-7.vkey', about: 'use it' },
  ],
  exits: [
    [exit.done, 'done'],
    [exit.usage, 'the command line is wrong'],
    [exit.failed, 'the log is not there, cannot be read, or names no key'],
  ],

  async run({ args, io, json }) {
    const log = logPath(args.positionals[0], args, io);
    const found = await readLogKey(log, { signal: io.signal });
    const vkey = formatVerifierKey(found);
    await io.stdout.write(json ? jsonLine({ origin: found.name, vkey }, io.stdout) : `${vkey}\n`);
    return exit.done;
  },
};
