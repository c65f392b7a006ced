import type { Command } from '../command.ts';
import type { Check } from '../doctor/check.ts';
import { checkConfiguration } from '../doctor/configuration-check.ts';
import { activePath } from '../doctor/folder.ts';
import { checkDisk } from '../doctor/disk-check.ts';
import { checkLock } from '../doctor/lock-check.ts';
import { checkLeftovers, checkLog, checkPermissions } from '../doctor/log-checks.ts';
import { checkClock, checkNode } from '../doctor/machine-checks.ts';
import { exit } from '../error.ts';
import { logPath } from '../log-paths.ts';
import type { Style } from '../style.ts';
import { inert, jsonLine, padTo, wrap } from '../text.ts';

/** Looks at the set-up. */
export const doctor: Command = {
  name: 'doctor',
  summary: 'look for what is wrong with the set-up',
  usage: '[FILE]',
  positionals: { min: 0, max: 1 },
  about: [
    `Looks at what a log and its writer rely on: the configuration, the files and who may touch them, the lock and who holds it, room on
    the disk, the clock, Node. It says what to do about whatever is wrong. It changes nothing.`,
    `It does not read the log through: that is verify.`,
  ],
  options: [],
  examples: [
    { command: 'agent-audit doctor', about: 'the log that an agent of this user would write' },
    { command: 'agent-audit doctor --json', about: 'for monitoring' },
  ],
  exits: [
    [exit.done, 'nothing is wrong'],
    [exit.no, 'something is to be mended'],
    [exit.usage, 'the command line is wrong'],
  ],

  async run({ args, io, style, json, utc }) {
    const path = activePath(logPath(args.positionals[0], args, io));
    const { checks: logChecks, facts } = await checkLog(path, io.now());
    const checks = [
      ...checkConfiguration(path, args, io),
      ...logChecks,
      ...(facts === undefined ? [] : [...checkPermissions(path), checkLock(path, io.now()), ...checkLeftovers(path)]),
      checkDisk(path),
      await checkClock(io, utc, facts?.newestMs),
      checkNode(),
    ];
    const ok = checks.every(({ state }) => state !== 'wrong');
    await io.stdout.write(json ? jsonLine({ ok, checks }, io.stdout) : checks.map((check) => showCheck(check, style)).join(''));
    return ok ? exit.done : exit.no;
  },
};

const nameWidth = 12;
const textWidth = 84;

function showCheck({ name, state, text, todo }: Check, style: Style): string {
  const mark = { fine: style.green('✔'), note: style.yellow('·'), wrong: style.red('✘') }[state];
  const margin = ' '.repeat(nameWidth + 3);
  const [first = '', ...more] = wrap(inert(text), textWidth);
  const lines = [`${mark} ${padTo(name, nameWidth)} ${first}`, ...more.map((line) => margin + line)];
  const todoLines =
    todo === undefined
      ? []
      : wrap(inert(todo), textWidth - 2).map((line, index) => style.dim(`${margin}${index === 0 ? '→ ' : '  '}${line}`));
  return [...lines, ...todoLines].map((line) => `${line}\n`).join('');
}
