// Which collector is asked, and with which token. A token never comes from the command line, where every process of the machine could
// read it, and one that a file holds for one collector is sent to no other.
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { suggest } from '@agent-audit/search';
import type { Arguments } from '../arguments.ts';
import type { OptionSpec } from '../command.ts';
import { CliError } from '../error.ts';
import type { Io } from '../io.ts';
import { isObject } from '../wire-values.ts';

/** How a collector is reached. */
export interface Access {
  /** Its address, http or https, without user, query and fragment. */
  readonly url: string;
  readonly token?: string;
  /** Where the token came from, for a message. */
  readonly tokenFrom: string;
  /** Certificates (PEM) to trust besides those of Node. */
  readonly ca?: string;
  /** What a person should hear before anything else. */
  readonly warnings: readonly string[];
}

/** Options that say how a collector is reached. */
export const accessOptions: readonly OptionSpec[] = [
  { name: 'token-file', value: 'FILE', about: 'holds the token; else AGENT_AUDIT_TOKEN_FILE, AGENT_AUDIT_TOKEN' },
  { name: 'ca', value: 'FILE', about: 'certificates (PEM) to trust besides the usual ones; so does NODE_EXTRA_CA_CERTS' },
];

/** How a command comes to ask a collector, for its help. */
export const collectorText = `Which collector: --collector, AGENT_AUDIT_COLLECTOR, or "collector" in ~/.config/agent-audit/config.json,
  where "token" and "ca" may stand beside it. A FILE or --log means a log.`;

/** Options of every command that can ask a collector. */
export const collectorOptions: readonly OptionSpec[] = [
  { name: 'collector', value: 'URL', about: 'ask this collector instead of a log; else AGENT_AUDIT_COLLECTOR' },
  ...accessOptions,
];

/** What the file of one's own settings may hold. */
interface Settings {
  readonly path: string;
  readonly collector?: string;
  readonly token?: string;
  readonly ca?: string;
  readonly warnings: readonly string[];
}

/**
 * The collector that a command is to ask; undefined where it is about logs: FILEs or --log name them, or no collector is known.
 * @throws CliError USAGE_CONFLICT, USAGE_BAD_VALUE, CONFIG_MALFORMED, COULD_NOT_READ
 */
export function accessOf(files: readonly string[], args: Arguments, io: Pick<Io, 'env'>): Access | undefined {
  const given = args.text('collector');
  if (given !== undefined && (files.length > 0 || args.has('log'))) {
    const other = files[0] ?? '--log';
    throw new CliError('USAGE_CONFLICT', `--collector is about what a collector has, and ${other} about a log: give one of them`);
  }
  return files.length > 0 || args.has('log') ? undefined : collectorAccess(args, io);
}

/** The collector that is known, whatever logs are named. */
export function collectorAccess(args: Arguments, io: Pick<Io, 'env'>): Access | undefined {
  const settings = readSettings(io);
  const url = args.text('collector') ?? nonEmpty(io.env['AGENT_AUDIT_COLLECTOR']) ?? settings.collector;
  return url === undefined ? undefined : accessTo(url, settings, args, io);
}

/**
 * As collectorAccess, where there must be one.
 * @throws CliError USAGE_NO_COLLECTOR
 */
export function requireAccess(args: Arguments, io: Pick<Io, 'env'>): Access {
  const access = collectorAccess(args, io);
  if (access !== undefined) return access;
  const path = settingsPath(io) ?? '~/.config/agent-audit/config.json';
  const how = `give --collector URL, set AGENT_AUDIT_COLLECTOR, or put {"collector":"URL"} into ${path}`;
  throw new CliError('USAGE_NO_COLLECTOR', `which collector? ${how}`);
}

/** How a witness is reached: with a token only where it is the collector that is known anyway, or where --token-file says so. */
export function witnessAccess(url: string, args: Arguments, io: Pick<Io, 'env'>): Access {
  const known = collectorAccess(args, io);
  const settings = readSettings(io);
  if (args.has('token-file') || (known !== undefined && sameAddress(known.url, url))) return accessTo(url, settings, args, io);
  return { url: readAddress(url), tokenFrom: '', ...caOf(args, settings, io), warnings: [] };
}

function accessTo(address: string, settings: Settings, args: Arguments, io: Pick<Io, 'env'>): Access {
  const url = readAddress(address);
  const isConfigured = settings.collector !== undefined && sameAddress(settings.collector, url);
  const own = isConfigured && settings.token !== undefined ? { token: settings.token, from: settings.path } : undefined;
  const found = findToken(args, io) ?? own;
  const bare = { url, ...caOf(args, settings, io), warnings: settings.warnings };
  if (found === undefined) return { ...bare, tokenFrom: '' };
  const { token, from } = found;
  if (!/^[\x21-\x7e]{1,4096}$/.test(token)) throw new CliError('USAGE_BAD_VALUE', `what ${from} holds is no token: one word of ASCII is`);
  const warnings = isPrivate(new URL(url))
    ? settings.warnings
    : [...settings.warnings, `${url} is not encrypted: whoever is on the way can read the token and the events; use https`];
  return { ...bare, token, tokenFrom: from, warnings };
}

function findToken(args: Arguments, { env }: Pick<Io, 'env'>): { readonly token: string; readonly from: string } | undefined {
  const file = args.text('token-file') ?? nonEmpty(env['AGENT_AUDIT_TOKEN_FILE']);
  if (file !== undefined) return { token: readText(file, 'token').trim(), from: file };
  const token = nonEmpty(env['AGENT_AUDIT_TOKEN']);
  return token === undefined ? undefined : { token, from: 'AGENT_AUDIT_TOKEN' };
}

/** Node adds NODE_EXTRA_CA_CERTS by itself only where nothing else is added. */
function caOf(args: Arguments, settings: Settings, { env }: Pick<Io, 'env'>): { readonly ca?: string } {
  const file = args.text('ca') ?? settings.ca;
  if (file === undefined) return {};
  const extra = nonEmpty(env['NODE_EXTRA_CA_CERTS']);
  return { ca: [file, ...(extra === undefined ? [] : [extra])].map(readCertificates).join('\n') };
}

function readCertificates(file: string): string {
  const text = readText(file, 'certificate');
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new CliError('USAGE_BAD_VALUE', `${file} holds no certificate in PEM form`);
  return text;
}

/** @throws CliError USAGE_BAD_VALUE */
function readAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw new CliError('USAGE_BAD_VALUE', `${JSON.stringify(text)} is no address of a collector: write https://collector.example`);
  if (url.username !== '' || url.password !== '')
    throw new CliError('USAGE_BAD_VALUE', 'the address of a collector holds no password: a token goes into a file, see --token-file');
  if (url.search !== '' || url.hash !== '')
    throw new CliError('USAGE_BAD_VALUE', `${JSON.stringify(text)} has a query: the address of a collector ends with its path`);
  return url.href.replace(/\/+$/, '');
}

function sameAddress(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) && readAddress(one) === readAddress(other);
}

/** Whether nobody else is on the way: it is encrypted, or does not leave the machine. */
function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

/** The file of one's own settings; undefined where there is no place for it. */
function settingsPath({ env }: Pick<Io, 'env'>): string | undefined {
  const folder = nonEmpty(env['XDG_CONFIG_HOME']);
  if (folder !== undefined) return join(folder, 'agent-audit', 'config.json');
  try {
    return join(homedir(), '.config', 'agent-audit', 'config.json');
  } catch {
    // A user without a home has no settings.
    return undefined;
  }
}

const settingNames = ['collector', 'token', 'ca'];

function readSettings(io: Pick<Io, 'env'>): Settings {
  const path = settingsPath(io);
  const stat = path === undefined ? undefined : statSync(path, { throwIfNoEntry: false });
  if (path === undefined || stat === undefined) return { path: path ?? '', warnings: [] };
  const values = parseSettings(path, readText(path, 'file of settings'));
  for (const [name, value] of Object.entries(values)) {
    if (!settingNames.includes(name)) {
      const suggestion = suggest(name, settingNames);
      const known = settingNames.join(', ');
      throw new CliError('CONFIG_MALFORMED', `${path}: unknown setting ${JSON.stringify(name)}; there are ${known}`, { suggestion });
    }
    if (typeof value !== 'string') throw new CliError('CONFIG_MALFORMED', `${path}: ${name} is not a text`);
  }
  const { collector, token, ca } = values;
  const isOpen = process.platform !== 'win32' && (stat.mode & 0o077) !== 0;
  const warnings = typeof token === 'string' && isOpen ? [`others can read the token in ${path}: chmod 600 ${path}`] : [];
  return {
    path,
    ...(typeof collector === 'string' && { collector }),
    ...(typeof token === 'string' && { token }),
    ...(typeof ca === 'string' && { ca }),
    warnings,
  };
}

function parseSettings(path: string, text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // What the parser says of it could hold the token.
  }
  throw new CliError('CONFIG_MALFORMED', `${path} is not one JSON object, such as {"collector":"https://collector.example"}`);
}

const fileBytesMax = 1_048_576;

function readText(path: string, what: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > fileBytesMax) throw new Error(`it has ${text.length} characters`);
    return text;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError('COULD_NOT_READ', `cannot read ${path}, for a ${what}: ${why}`, { cause });
  }
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}
