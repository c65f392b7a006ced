import { suggest } from '@agent-audit/search';
import { type Command, commonOptions, type OptionSpec } from '../command.ts';
import { CliError, exit } from '../error.ts';
import type { Style } from '../style.ts';
import { padTo, widthOf, wrap } from '../text.ts';

const widthMax = 96;
const indent = '  ';

/** Makes the command that explains the others, and itself. */
export function helpCommand(others: readonly Command[]): Command {
  const help: Command = {
    name: 'help',
    summary: 'explain a command',
    usage: '[COMMAND]',
    positionals: { min: 0, max: 1 },
    about: ['Explains a command with its options, examples and exit statuses, or lists the commands.'],
    options: [],
    examples: [{ command: 'agent-audit help verify', about: 'the same as agent-audit verify -h' }],
    exits: [
      [exit.done, 'done'],
      [exit.usage, 'there is no such command'],
    ],

    async run({ args, io, style }) {
      const commands = [...others, help];
      const [name] = args.positionals;
      await io.stdout.write(name === undefined ? overview(commands, style) : helpFor(findCommand(name, commands), style));
      return exit.done;
    },
  };
  return help;
}

/**
 * The command of a name.
 * @throws CliError USAGE_UNKNOWN_COMMAND
 */
export function findCommand(name: string, commands: readonly Command[]): Command {
  const command = commands.find((candidate) => candidate.name === name || candidate.alias === name);
  if (command !== undefined) return command;
  const names = commands.map((candidate) => candidate.name);
  const suggestion = suggest(name, names);
  const known = suggestion === undefined ? `; there are ${names.join(', ')}` : '';
  throw new CliError('USAGE_UNKNOWN_COMMAND', `unknown command ${JSON.stringify(name)}${known}`, { suggestion });
}

/** What there is. */
export function overview(commands: readonly Command[], style: Style): string {
  const rows = commands.map(({ name, usage, summary }) => ({ head: `${name} ${usage}`.trimEnd(), about: summary }));
  return [
    `${style.bold('agent-audit')}  follow, search, verify and prove what an agent did`,
    '',
    ...table(rows, style),
    '',
    `${indent}agent-audit COMMAND -h explains a command, with examples.`,
    `${indent}FILE is a log's active file, its folder, or one of its files; without it: --log, AGENT_AUDIT_LOG, ~/.openctem/audit.log.`,
    '',
  ].join('\n');
}

/** All about one command. */
export function helpFor(command: Command, style: Style): string {
  const { name, usage, about, options, examples, exits } = command;
  const exampleRows = examples.map((example) => ({ head: example.command, about: example.about }));
  return [
    `${style.bold(`agent-audit ${name}`)} ${usage}`.trimEnd(),
    '',
    ...about.flatMap((paragraph) => [...wrap(paragraph, widthMax - indent.length).map((line) => indent + line), '']),
    ...(options.length === 0 ? [] : [style.bold('Options'), ...table(options.map(optionRow), style), '']),
    style.bold('Options of every command'),
    ...table(commonOptions.map(optionRow), style),
    '',
    style.bold('Examples'),
    ...exampleRows.flatMap(({ head, about: what }) => [
      `${indent}${head}`,
      ...(what === '' ? [] : [`${indent}${indent}${style.dim(what)}`]),
    ]),
    '',
    style.bold('Exit status'),
    ...table(
      exits.map(([status, meaning]) => ({ head: String(status), about: meaning })),
      style,
    ),
    '',
  ].join('\n');
}

interface Row {
  readonly head: string;
  readonly about: string;
}

function optionRow({ name, short, value, about }: OptionSpec): Row {
  const dashes = short === undefined ? `    --${name}` : `-${short}, --${name}`;
  return { head: value === undefined ? dashes : `${dashes} ${value}`, about };
}

function table(rows: readonly Row[], style: Style): string[] {
  const width = Math.max(...rows.map(({ head }) => widthOf(head)));
  return rows.flatMap(({ head, about }) => {
    const [first = '', ...more] = wrap(about, widthMax - width - 3 * indent.length);
    const margin = ' '.repeat(width + 2 * indent.length);
    return [`${indent}${padTo(head, width)}${indent}${style.dim(first)}`, ...more.map((line) => `${margin}${style.dim(line)}`)];
  });
}
