// The environment's variables, each by its name: what is wrong with one is said of the variable, not of the option that it stands for.
import { AuditError } from './error.ts';
import { nearestTo } from './option-check.ts';

/** Every variable that the logger looks at. */
const variables = ['LOG', 'AGENT_ID', 'TENANT_ID', 'REMOTE', 'TOKEN', 'TOKEN_FILE', 'VERBOSE'] as const;
const prefix = 'AGENT_AUDIT_';
const names: readonly string[] = variables.map((name) => prefix + name);

/** A variable's value; undefined where it is not set, or set to nothing. */
export function variable(env: NodeJS.ProcessEnv, name: (typeof variables)[number]): string | undefined {
  const value = env[prefix + name];
  return value === '' ? undefined : value;
}

/**
 * A variable that is on (1, true) or off (0, false).
 * @throws AuditError OPTION_INVALID for anything else
 */
export function flagVariable(env: NodeJS.ProcessEnv, name: (typeof variables)[number]): boolean | undefined {
  const value = variable(env, name);
  switch (value?.toLowerCase()) {
    case undefined:
      return undefined;
    case '1':
    case 'true':
      return true;
    case '0':
    case 'false':
      return false;
    default: {
      const message = `variable ${prefix}${name}: ${JSON.stringify(value)} is neither 1 or true, nor 0 or false`;
      throw new AuditError('OPTION_INVALID', 'stop', message);
    }
  }
}

/**
 * What is said of variables that look like the logger's and are not. It is told, and the logger starts all the same: a variable may be
 * another program's, or another version's, and the environment is not always the program's own to change.
 */
export function unknownVariables(env: NodeJS.ProcessEnv): AuditError[] {
  const unknown = Object.keys(env).filter((name) => name.startsWith(prefix) && !names.includes(name));
  return unknown.map((name) => {
    const nearest = nearestTo(name, names);
    const hint = nearest === undefined ? `Known variables: ${names.join(', ')}` : `Did you mean ${nearest}?`;
    return new AuditError('OPTION_UNKNOWN', 'drop', `variable ${name} is not one that the logger looks at: it changes nothing. ${hint}`);
  });
}
