import { parseArgs, type ParseArgsConfig } from 'node:util';
import { suggest } from '@agent-audit/search';
import type { Command, OptionSpec } from './command.ts';
import { CliError } from './error.ts';

/** The arguments of a command, checked against what it takes. */
export class Arguments {
  readonly positionals: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(positionals: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.positionals = positionals;
    this.#values = values;
  }

  /** Whether an option was given. */
  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The value of an option. */
  text(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  /** The values of an option that may be given more than once. */
  texts(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  /**
   * The value of an option as a whole number.
   * @throws CliError USAGE_BAD_VALUE
   */
  integer(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : readInteger(`--${name}`, text);
  }

  /** @throws CliError USAGE_CONFLICT where both were given */
  refuseBoth(one: string, other: string, why: string): void {
    if (this.has(one) && this.has(other)) throw new CliError('USAGE_CONFLICT', `--${one} and --${other} do not go together: ${why}`);
  }
}

/**
 * A whole number from 0 to 2^53-1; its thousands may be apart, as we print them.
 * @throws CliError USAGE_BAD_VALUE
 */
export function readInteger(what: string, text: string): number {
  const digits = text.replace(/^#/, '').replaceAll(',', '');
  const value = /^\d{1,16}$/.test(digits) ? Number(digits) : NaN;
  if (!Number.isSafeInteger(value)) throw new CliError('USAGE_BAD_VALUE', `${what} ${JSON.stringify(text)} is no whole number`);
  return value;
}

type Tokens = ReturnType<typeof tokensOf>;
type OptionToken = Extract<Tokens[number], { kind: 'option' }>;

function tokensOf(argv: readonly string[], specs: readonly OptionSpec[]) {
  const options: NonNullable<ParseArgsConfig['options']> = {};
  for (const { name, short, value } of specs) {
    options[name] = { type: value === undefined ? 'boolean' : 'string', multiple: true, ...(short !== undefined && { short }) };
  }
  return parseArgs({ args: [...argv], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

/** The first argument that is no option: which command it is. Options of every command may stand before it. */
export function findCommandIndex(argv: readonly string[], specs: readonly OptionSpec[]): number | undefined {
  return tokensOf(argv, specs).find((token) => token.kind === 'positional')?.index;
}

/**
 * Reads the arguments of a command.
 * @throws CliError USAGE_*
 */
export function parseArguments(argv: readonly string[], command: Command, specs: readonly OptionSpec[]): Arguments {
  const values = new Map<string, string[]>();
  const positionals: string[] = [];
  for (const token of tokensOf(
    argv.map((argument) => protectSearch(argument, specs)),
    specs,
  )) {
    if (token.kind === 'positional') positionals.push(unprotect(token.value));
    if (token.kind !== 'option') continue;
    const spec = specOf(token, command, specs);
    const given = values.get(spec.name) ?? [];
    if (spec.value === undefined && token.value !== undefined) {
      throw new CliError('USAGE_UNWANTED_VALUE', `--${spec.name} takes no value; ${JSON.stringify(token.value)} was given`);
    }
    if (spec.value !== undefined && token.value === undefined) {
      throw new CliError('USAGE_MISSING_VALUE', `${token.rawName} needs a value: ${token.rawName} ${spec.value}`);
    }
    if (spec.multiple !== true && spec.value !== undefined && given.length > 0) {
      throw new CliError('USAGE_CONFLICT', `${token.rawName} is given twice; it takes one ${spec.value}`);
    }
    values.set(spec.name, [...given, token.value ?? '']);
  }
  // Asked for help, nothing else matters.
  if (!values.has('help')) checkPositionals(positionals, command);
  return new Arguments(positionals, values);
}

// A search may begin with a minus sign: `query -type:x`. parseArgs would take it for the options -t, -y, … So an argument whose
// first letter is no short option is marked as none.
const mark = '\0';

function protectSearch(argument: string, specs: readonly OptionSpec[]): string {
  const letter = /^-([^-])/.exec(argument)?.[1];
  return letter === undefined || specs.some(({ short }) => short === letter) || argument.length === 2 ? argument : `${mark}${argument}`;
}

function unprotect(argument: string): string {
  return argument.startsWith(mark) ? argument.slice(mark.length) : argument;
}

function specOf(token: OptionToken, command: Command, specs: readonly OptionSpec[]): OptionSpec {
  const spec = specs.find(({ name }) => name === token.name);
  if (spec !== undefined) return spec;
  const suggestion = suggest(
    token.rawName,
    specs.map(({ name }) => `--${name}`),
  );
  throw new CliError('USAGE_UNKNOWN_OPTION', `unknown option ${token.rawName} of ${command.name}`, { suggestion });
}

function checkPositionals(positionals: readonly string[], { name, usage, positionals: { min, max } }: Command): void {
  const form = `agent-audit ${name} ${usage}`;
  if (positionals.length < min)
    throw new CliError('USAGE_MISSING_ARGUMENT', `${name} needs ${min === 1 ? 'an argument' : `${min} arguments`}: ${form}`);
  const unwanted = positionals[max];
  if (unwanted !== undefined) throw new CliError('USAGE_UNWANTED_ARGUMENT', `${name} does not take ${JSON.stringify(unwanted)}: ${form}`);
}
