// The environment's variables, each by its name: what is wrong with one is said of the variable, not of the option that it stands for.
import { AuditError } from './error.ts';
import { nearestTo } from './option-check.ts';

const prefix = 'AGENT_AUDIT_';
/** Those of the command line and of the collector: they may be set for the whole machine, and are nothing to a logger. */
const variablesOfOthers: readonly string[] = ['COLLECTOR', 'COLLECTOR_CONFIG'].map((name) => prefix + name);
/** Every variable that the logger looks at. */
const variables = ['LOG', 'AGENT_ID', 'TENANT_ID', 'REMOTE', 'TOKEN', 'TOKEN_FILE', 'VERBOSE'] as const;
type Variable = (typeof variables)[number];
/** Those that are on or off. */
const flagVariables = ['VERBOSE'] as const;
const flagValues: ReadonlyMap<string, boolean> = new Map([['1', true], ['true', true], ['0', false], ['false', false]]);

const fullName = (name: Variable): string => prefix + name;

/** The names of all variables that a logger looks at. */
export const environmentVariables: readonly string[] = variables.map(fullName);

/** A variable's value; undefined where it is not set, or set to nothing. */
export function variable(env: NodeJS.ProcessEnv, name: Variable): string | undefined {
  const value = env[fullName(name)];
  return value === '' ? undefined : value;
}

/**
 * A variable that is on (1, true) or off (0, false).
 * @throws AuditError OPTION_INVALID for anything else
 */
export function flagVariable(env: NodeJS.ProcessEnv, name: (typeof flagVariables)[number]): boolean | undefined {
  const value = variable(env, name);
  if (value === undefined) return undefined;
  const flag = flagValues.get(value.toLowerCase());
  if (flag !== undefined) return flag;
  const message = `variable ${fullName(name)}: ${JSON.stringify(value)} is neither 1 or true, nor 0 or false`;
  throw new AuditError('OPTION_INVALID', 'stop', message);
}

/**
 * What is said of variables that look like the logger's and are not. It is told, and the logger starts all the same: a variable may be
 * another program's, or another version's, and the environment is not always the program's own to change.
 */
export function unknownVariables(env: NodeJS.ProcessEnv): AuditError[] {
  return judgeEnvironment(env).unknown.map(({ name, meant }) => {
    const hint = meant === undefined ? `Known variables: ${environmentVariables.join(', ')}` : `Did you mean ${meant}?`;
    return new AuditError('OPTION_UNKNOWN', 'drop', `variable ${name} is not one that the logger looks at: it changes nothing. ${hint}`);
  });
}

/** What the variables of an environment are to a logger that is started in it. Only names: a value may be a secret. */
export interface EnvironmentJudgement {
  /** The logger's own that are set, and not to nothing. */
  readonly set: readonly string[];
  /** Those that look like the logger's and are not, each with the name that was probably meant. They change nothing. */
  readonly unknown: readonly { readonly name: string; readonly meant: string | undefined }[];
  /** Those that are neither on nor off, so that the logger refuses to start (OPTION_INVALID). */
  readonly unclear: readonly string[];
}

/** Judges an environment as a logger does that is started in it. Changes nothing, and never throws. */
export function judgeEnvironment(env: NodeJS.ProcessEnv): EnvironmentJudgement {
  const own = Object.keys(env).filter((name) => name.startsWith(prefix) && !variablesOfOthers.includes(name));
  const isSet = (name: Variable): boolean => variable(env, name) !== undefined;
  return {
    set: variables.filter(isSet).map(fullName),
    unknown: own.filter((name) => !environmentVariables.includes(name)).map((name) => ({ name, meant: variableMeant(name) })),
    unclear: flagVariables.filter((name) => isSet(name) && !flagValues.has(env[fullName(name)]?.toLowerCase() ?? '')).map(fullName),
  };
}

/** The variable that another name was probably meant to be: a slip, or an option's or a part's name (`LOG_FILE`, `REMOTE_TOKEN`). */
function variableMeant(name: string): string | undefined {
  const nearest = nearestTo(name, environmentVariables);
  if (nearest !== undefined) return nearest;
  const word = name.slice(prefix.length).toUpperCase();
  const begun = variables.filter((known) => word.startsWith(known) || (word.length >= 3 && known.startsWith(word)));
  const found = variables.find((known) => word.endsWith(`_${known}`)) ?? begun.toSorted((a, b) => b.length - a.length)[0];
  return found === undefined ? undefined : fullName(found);
}
