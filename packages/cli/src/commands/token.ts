import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs';
import {
  type ReadToken,
  tokenAnswer,
  tokenMade,
  tokenPath,
  tokenRequest,
  tokensAnswer,
  type TokenScope,
  tokensPath,
} from '@agent-audit/log';
import type { Arguments } from '../arguments.ts';
import { collectorOptions, collectorText, requireAccess } from '../collector/access.ts';
import { type Collector, openCollector } from '../collector/client.ts';
import { showTokens } from '../collector/tokens-view.ts';
import type { Command, Invocation } from '../command.ts';
import { CliError, exit } from '../error.ts';
import { inert, jsonLine } from '../text.ts';
import { readTime } from '../time.ts';
import { shellQuote } from '../verify-view.ts';

const scopes: readonly TokenScope[] = ['ingest', 'read', 'admin'];

/** Lists, makes and revokes tokens. */
export const token: Command = {
  name: 'token',
  summary: 'list, create and revoke tokens of a collector',
  usage: 'list | create NAME | revoke ID',
  positionals: { min: 1, max: 2 },
  about: [
    `A token says who asks a collector, and what they may do: ingest (agents), read (people, dashboards), admin (tokens too, in its
    tenant). Bound to an agent, it can write and see nothing of another. To use this command takes a token with the scope admin.`,
    `create prints the secret, once, and nothing else, on stdout: send it to where it is needed, or into a file with --out. revoke takes a
    token back at once; streams that are open end.`,
    collectorText,
  ],
  options: [
    { name: 'scope', value: 'SCOPE', multiple: true, about: 'create: ingest, read or admin' },
    { name: 'agent', value: 'NAME', about: 'create: bound to this agent' },
    { name: 'tenant', value: 'NAME', about: 'create: for this tenant; otherwise for that of your own token' },
    { name: 'expires', value: 'TIME', about: 'create: ends then: 90d or 12h from now, 2026-12-31, RFC 3339' },
    { name: 'out', value: 'FILE', about: 'create: write the secret into a new file, for its owner only' },
    ...collectorOptions,
  ],
  examples: [
    { command: 'agent-audit token list --collector https://collector.example', about: 'which there are' },
    { command: 'agent-audit token create scanner-7 --scope ingest --agent scanner-7 --out scanner-7.token', about: 'for one agent' },
    { command: 'agent-audit token create dashboard --scope read --expires 90d', about: 'to look on, for a quarter of a year' },
    { command: 'agent-audit token revoke t-12', about: 'one that got lost' },
  ],
  exits: [
    [exit.done, 'done'],
    [exit.usage, 'the command line is wrong, or no collector is named'],
    [exit.failed, 'the collector cannot be asked or refuses, or the file is there already or cannot be written'],
  ],

  async run(invocation) {
    const { args, io } = invocation;
    const action = readAction(args);
    const [, subject = ''] = args.positionals;
    const request = action === 'create' ? requestOf(subject, invocation) : '';
    const collector = await openCollector(requireAccess(args, io), invocation);
    if (action === 'list') await list(collector, invocation);
    else if (action === 'create') await create(collector, request, invocation);
    else await revoke(collector, subject, invocation);
    return exit.done;
  },
};

function readAction(args: Arguments): 'list' | 'create' | 'revoke' {
  const [action = '', subject] = args.positionals;
  if (action !== 'list' && action !== 'create' && action !== 'revoke')
    throw new CliError('USAGE_BAD_VALUE', `token ${JSON.stringify(action)} is nothing: list, create NAME or revoke ID`);
  if (action === 'list' && subject !== undefined)
    throw new CliError('USAGE_UNWANTED_ARGUMENT', `token list takes no ${JSON.stringify(subject)}`);
  const wanted = action === 'create' ? 'a NAME' : 'an ID';
  if (action !== 'list' && subject === undefined)
    throw new CliError('USAGE_MISSING_ARGUMENT', `token ${action} needs ${wanted}; see agent-audit token -h`);
  for (const name of ['scope', 'agent', 'tenant', 'expires', 'out'])
    if (action !== 'create' && args.has(name)) throw new CliError('USAGE_CONFLICT', `--${name} goes with token create`);
  return action;
}

async function list(collector: Collector, invocation: Invocation): Promise<void> {
  const { io, json, errorStyle } = invocation;
  const { tokens } = await collector.get(tokensAnswer, tokensPath);
  if (json) for (const one of tokens) await io.stdout.write(jsonLine(one, io.stdout));
  else if (tokens.length > 0) await io.stdout.write(showTokens(tokens, invocation));
  else await io.stderr.write(`${errorStyle.dim('no tokens')}\n`);
}

function requestOf(name: string, { args, io }: Invocation): string {
  const given = args.texts('scope').map(readScope);
  if (given.length === 0) throw new CliError('USAGE_MISSING_VALUE', `what may it do? give --scope ${scopes.join(', --scope ')}`);
  const [agent, tenant] = [args.text('agent'), args.text('tenant')];
  return tokenRequest.format({
    name,
    scopes: [...new Set(given)],
    ...(agent !== undefined && { agent }),
    ...(tenant !== undefined && { tenant }),
    ...expiryOf(args, io.now()),
  });
}

function readScope(text: string): TokenScope {
  const scope = scopes.find((one) => one === text);
  if (scope === undefined) throw new CliError('USAGE_BAD_VALUE', `--scope ${JSON.stringify(text)} is none: give ${scopes.join(', ')}`);
  return scope;
}

const unitsMs: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** A span is from now on, a time is itself. */
function expiryOf(args: Arguments, nowMs: number): { readonly expires_at?: string } {
  const text = args.text('expires');
  if (text === undefined) return {};
  const [, number = '', unit = ''] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  const spanMs = Number(number) * (unitsMs[unit] ?? 0);
  const timeMs = unit === '' ? Date.parse(readTime('expires', text, { nowMs, utc: args.has('utc') })) : nowMs + spanMs;
  if (timeMs <= nowMs)
    throw new CliError('USAGE_BAD_VALUE', `--expires ${JSON.stringify(text)} has passed already: write 90d for 90 days from now`);
  return { expires_at: new Date(timeMs).toISOString() };
}

async function create(collector: Collector, request: string, { args, io, json, errorStyle }: Invocation): Promise<void> {
  const out = args.text('out');
  // Before there is a secret: one that could not be kept would have to be revoked.
  const file = out === undefined ? undefined : newFile(out);
  const { secret, token: made } = await collector.send('POST', tokenMade, tokensPath, request).catch((error: unknown) => {
    if (out !== undefined) rmSync(out, { force: true });
    throw error;
  });
  if (file !== undefined && out !== undefined) {
    writeSecret(file, out, secret, made);
    await io.stderr.write(`${errorStyle.dim(`token ${inert(made.id)}, in ${inert(out)}`)}\n`);
    if (json) await io.stdout.write(jsonLine(made, io.stdout));
    return;
  }
  await io.stdout.write(json ? jsonLine({ ...made, secret }, io.stdout) : `${inert(secret)}\n`);
  if (!json) {
    const back = `agent-audit token revoke ${shellQuote(made.id)}`;
    const note = `token ${inert(made.id)}: this is the only time that its secret is shown; ${back} takes it back`;
    await io.stderr.write(`${errorStyle.dim(note)}\n`);
  }
}

function newFile(path: string): number {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')
      throw new CliError('ALREADY_THERE', `${path} is there already: give another --out`, { cause });
    throw new CliError('COULD_NOT_WRITE', `cannot write ${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

function writeSecret(file: number, path: string, secret: string, { id }: ReadToken): void {
  try {
    writeSync(file, `${secret}\n`);
    fsyncSync(file);
    closeSync(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    const next = `the token ${id} was made: revoke it, and make another one`;
    throw new CliError('COULD_NOT_WRITE', `cannot write ${path}: ${why}; ${next}`, { cause });
  }
}

async function revoke(collector: Collector, id: string, { io, json }: Invocation): Promise<void> {
  const revoked = await collector.send('DELETE', tokenAnswer, tokenPath(id));
  const text = `revoked ${inert(revoked.id)} (${inert(revoked.name)})\n`;
  await io.stdout.write(json ? jsonLine(revoked, io.stdout) : text);
}
