import type { Arguments } from './arguments.ts';
import type { Io } from './io.ts';
import type { Style } from './style.ts';

/** An option of a command, as it is parsed and as it is explained. */
export interface OptionSpec {
  /** Without the dashes. */
  readonly name: string;
  readonly short?: string;
  /** What stands for the value in the help; without one the option is a flag. */
  readonly value?: string;
  /** May be given more than once. */
  readonly multiple?: boolean;
  readonly about: string;
}

export interface Example {
  readonly command: string;
  readonly about: string;
}

/** What a command is run with. */
export interface Invocation {
  readonly args: Arguments;
  readonly io: Io;
  /** For stdout. */
  readonly style: Style;
  /** For stderr. */
  readonly errorStyle: Style;
  readonly json: boolean;
  readonly utc: boolean;
}

/** A command: how it is explained, and what it does. */
export interface Command {
  readonly name: string;
  /** Another name for it. */
  readonly alias?: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** After the command's name: `SEARCH [FILE…]`. */
  readonly usage: string;
  /** How many positional arguments there may be. */
  readonly positionals: { readonly min: number; readonly max: number };
  /** Paragraphs. */
  readonly about: readonly string[];
  /** Besides the common ones. */
  readonly options: readonly OptionSpec[];
  readonly examples: readonly Example[];
  /** What the exit statuses mean, in order. */
  readonly exits: readonly (readonly [status: number, meaning: string])[];
  /** @returns the exit status */
  run(invocation: Invocation): Promise<number>;
}

/** Options of every command. */
export const commonOptions: readonly OptionSpec[] = [
  { name: 'log', value: 'PATH', multiple: true, about: 'the log, where no FILE is given; AGENT_AUDIT_LOG, then ~/.openctem/audit.log' },
  { name: 'json', about: 'for programs: JSON, one object a line' },
  { name: 'utc', about: 'times in UTC, given and shown' },
  { name: 'no-color', about: 'no colours; NO_COLOR does the same' },
  { name: 'help', short: 'h', about: 'this text' },
];
