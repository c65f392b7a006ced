import { findCommandIndex, parseArguments } from './arguments.ts';
import { commonOptions } from './command.ts';
import { commands } from './commands.ts';
import { findCommand, helpFor, overview } from './commands/help.ts';
import { CliError, exit } from './error.ts';
import type { Io } from './io.ts';
import { reportError } from './report-error.ts';
import { styleFor } from './style.ts';

/**
 * Runs the command line.
 * @param argv the arguments, without the program's name
 * @returns the exit status; nothing is thrown, and the process is not ended
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  // So that even a wrong command line is answered in the form that was asked for.
  const json = argv.includes('--json');
  const noColor = argv.includes('--no-color');
  const errorStyle = styleFor(io.stderr, io, noColor);
  try {
    return await dispatch(argv, io, noColor);
  } catch (error) {
    if (io.signal.aborted) return exit.interrupted;
    return reportError(error, io, errorStyle, json);
  }
}

async function dispatch(argv: readonly string[], io: Io, noColor: boolean): Promise<number> {
  const style = styleFor(io.stdout, io, noColor);
  const index = findCommandIndex(argv, commonOptions);
  const name = index === undefined ? nameWithout(argv) : argv[index];
  if (name === undefined) {
    await io.stdout.write(overview(commands, style));
    return exit.done;
  }
  const command = findCommand(name, commands);
  const rest = argv.filter((_, at) => at !== index && !(index === undefined && argv[at] === '--version'));
  const args = parseArguments(rest, command, [...command.options, ...commonOptions]);
  if (args.has('help')) {
    await io.stdout.write(helpFor(command, style));
    return exit.done;
  }
  const errorStyle = styleFor(io.stderr, io, noColor);
  return command.run({ args, io, style, errorStyle, json: args.has('json'), utc: args.has('utc') });
}

/** What is meant where no command is named. */
function nameWithout(argv: readonly string[]): string | undefined {
  if (argv.includes('--version')) return 'version';
  const unknown = argv.find((argument) => argument.startsWith('-') && !isCommonOption(argument));
  if (unknown !== undefined)
    throw new CliError('USAGE_MISSING_ARGUMENT', `${unknown} needs a command before it: agent-audit COMMAND ${unknown}`);
  return undefined;
}

function isCommonOption(argument: string): boolean {
  return commonOptions.some(
    ({ name, short }) => argument === `--${name}` || argument.startsWith(`--${name}=`) || argument === `-${short ?? ''}`,
  );
}
