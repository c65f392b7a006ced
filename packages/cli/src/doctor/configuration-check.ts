import { environmentVariables, judgeEnvironment } from 'agent-audit/files';
import type { Arguments } from '../arguments.ts';
import type { Io } from '../io.ts';
import { shortPath } from '../log-paths.ts';
import { type Check, fine, note, wrong } from './check.ts';

/** Where the log's path comes from, and what the environment says beside it: judged as the logger does. Secrets are not shown. */
export function checkConfiguration(path: string, args: Arguments, { env }: Io): Check[] {
  const { set, unknown, unclear } = judgeEnvironment(env);
  const configured = set.includes('AGENT_AUDIT_LOG');
  const from = args.positionals.length > 0 ? 'the argument' : args.has('log') ? '--log' : configured ? 'AGENT_AUDIT_LOG' : 'the default';
  const shown = set.map((name) => ` ${name}=${shownValue(name, env[name] ?? '')}`);
  const checks = [fine('config', `${shortPath(path)}, from ${from}${shown.length === 0 ? '' : ` ·${shown.join('')}`}`)];
  for (const { name, meant } of unknown) {
    const todo = meant === undefined ? `it looks at ${environmentVariables.join(', ')}` : `did you mean ${meant}?`;
    checks.push(note('config', `${name} is no variable that the logger looks at: it changes nothing`, todo));
  }
  for (const name of unclear) {
    const text = `${name}=${env[name] ?? ''} is neither on nor off: the logger refuses to start`;
    checks.push(wrong('config', text, 'set it to 1 or true, to 0 or false, or unset it'));
  }
  return checks;
}

/** A token is a secret, and so is what a URL says of a user. */
function shownValue(name: string, value: string): string {
  if (name === 'AGENT_AUDIT_TOKEN') return '(set)';
  return name === 'AGENT_AUDIT_REMOTE' ? value.replace(/\/\/.*@/s, '//(hidden)@') : value;
}
