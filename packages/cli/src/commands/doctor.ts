import type { Arguments } from '../arguments.ts';
import type { Command } from '../command.ts';
import { type Check, fine, note, wrong } from '../doctor/check.ts';
import { activePath } from '../doctor/folder.ts';
import { checkLock } from '../doctor/lock-check.ts';
import { checkLeftovers, checkLog, checkPermissions } from '../doctor/log-checks.ts';
import { checkClock, checkDisk, checkNode } from '../doctor/machine-checks.ts';
import { exit } from '../error.ts';
import type { Io } from '../io.ts';
import { logPath, shortPath } from '../log-paths.ts';
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

/** Variables that the logger looks at. */
const variables = ['LOG', 'AGENT_ID', 'TENANT_ID', 'REMOTE', 'TOKEN', 'TOKEN_FILE', 'VERBOSE'].map((name) => `AGENT_AUDIT_${name}`);

const remoteVariables: readonly string[] = ['AGENT_AUDIT_REMOTE', 'AGENT_AUDIT_TOKEN', 'AGENT_AUDIT_TOKEN_FILE'];

/** Where the log's path comes from, and what the environment says beside it. Secrets are only counted. */
function checkConfiguration(path: string, args: Arguments, { env }: Io): Check[] {
  const configured = (env['AGENT_AUDIT_LOG'] ?? '') !== '';
  const from = args.positionals.length > 0 ? 'the argument' : args.has('log') ? '--log' : configured ? 'AGENT_AUDIT_LOG' : 'the default';
  const set = variables.filter((name) => (env[name] ?? '') !== '');
  const shown = set.map((name) => (name === 'AGENT_AUDIT_TOKEN' ? `${name}=(set)` : `${name}=${env[name] ?? ''}`));
  const checks = [fine('config', `${shortPath(path)}, from ${from}${shown.length === 0 ? '' : ` · ${shown.join(' ')}`}`)];
  const misspelt = Object.keys(env).filter((name) => name.startsWith('AGENT_AUDIT_') && !variables.includes(name));
  if (misspelt.length > 0)
    checks.push(note('config', `${misspelt.join(', ')}: no variable that the logger looks at`, `it looks at ${variables.join(', ')}`));
  const remote = set.filter((name) => remoteVariables.includes(name));
  if (remote.length > 0) {
    const text = `set, and this version ships nothing, so that the logger refuses to start: ${remote.join(', ')}`;
    checks.push(wrong('config', text, 'unset it, or use setRemoteSender'));
  }
  const verbose = env['AGENT_AUDIT_VERBOSE'] ?? '';
  if (!['', '1', 'true', '0', 'false'].includes(verbose.toLowerCase())) {
    const text = `AGENT_AUDIT_VERBOSE=${verbose} is neither on nor off: the logger refuses to start`;
    checks.push(wrong('config', text, 'set it to 1 or true, to 0 or false, or unset it'));
  }
  return checks;
}

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
