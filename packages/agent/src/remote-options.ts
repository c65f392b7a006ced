// What a logger is told of its collector, checked once.
import { decodeUtf8 } from '@agent-audit/log';
import { readWhole, systemDisk } from './disk.ts';
import { variable } from './environment.ts';
import { AuditError, messageOf } from './error.ts';
import { parseCosigners } from './ship/cosigned.ts';
import type { ProxyVariables } from './ship/messages.ts';
import { isLoopback, proxyFor, proxyVariables } from './ship/proxy.ts';

/** The collector's address, and what is needed to talk to it. */
export interface RemoteOptions {
  readonly endpoint: string;
  readonly token: string | { readonly file: string } | (() => Promise<string>) | undefined;
  /** vkeys; empty: pinned at first sight. */
  readonly cosigners: readonly string[];
  /** PEM text. */
  readonly ca: string | undefined;
  readonly proxies: ProxyVariables;
}

/** As the caller may give it. */
export interface GivenRemote {
  readonly remoteEndpoint?: string | null | undefined;
  readonly remoteToken?: string | { readonly file: string } | (() => Promise<string>) | null | undefined;
  readonly remoteKey?: string | readonly string[] | null | undefined;
  readonly remoteCa?: string | { readonly file: string } | null | undefined;
  readonly remoteInsecure?: boolean | null | undefined;
}

/**
 * The remote end; undefined where there is no endpoint: the other options then mean nothing.
 * @throws AuditError OPTION_INVALID
 */
export function resolveRemote(given: GivenRemote, env: NodeJS.ProcessEnv): RemoteOptions | undefined {
  const fromOption = given.remoteEndpoint || undefined;
  const endpoint = fromOption ?? variable(env, 'REMOTE');
  if (endpoint === undefined) return undefined;
  const from = fromOption === undefined ? 'variable AGENT_AUDIT_REMOTE' : 'option remoteEndpoint';
  const url = checkedUrl(endpoint, from, given.remoteInsecure ?? false);
  const proxies = proxyVariables(env);
  try {
    proxyFor(url, proxies);
  } catch (cause) {
    const name = url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
    throw invalid(`variable ${name}`, `it names no proxy: ${messageOf(cause)}`, cause);
  }
  return { endpoint, token: tokenOf(given, env), cosigners: cosignersOf(given), ca: caOf(given), proxies };
}

function checkedUrl(endpoint: string, from: string, isInsecureAllowed: boolean): URL {
  if (!URL.canParse(endpoint)) throw invalid(from, `${JSON.stringify(endpoint)} is no address; https://audit.example is one`);
  const url = new URL(endpoint);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw invalid(from, `${url.protocol} is not https`);
  if (url.username !== '' || url.password !== '') throw invalid(from, 'it holds a user or a password: give a remoteToken instead');
  if (url.search !== '' || url.hash !== '') throw invalid(from, `${JSON.stringify(endpoint)} has a part behind ? or #: leave it out`);
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !isInsecureAllowed) {
    const why = `${endpoint} is plain http to another machine, where whoever is on the way reads the events and the token`;
    throw invalid(from, `${why}. Use https, with remoteCa for a certificate of your own; or say remoteInsecure: true`);
  }
  return url;
}

function tokenOf({ remoteToken }: GivenRemote, env: NodeJS.ProcessEnv): RemoteOptions['token'] {
  if (remoteToken !== undefined && remoteToken !== null && remoteToken !== '') return remoteToken;
  const file = variable(env, 'TOKEN_FILE');
  return variable(env, 'TOKEN') ?? (file === undefined ? undefined : { file });
}

function cosignersOf({ remoteKey }: GivenRemote): readonly string[] {
  const vkeys = typeof remoteKey === 'string' ? [remoteKey] : (remoteKey ?? []);
  const given = vkeys.filter((vkey) => vkey !== '');
  try {
    parseCosigners(given);
  } catch (cause) {
    throw invalid('option remoteKey', messageOf(cause), cause);
  }
  return given;
}

function caOf({ remoteCa }: GivenRemote): string | undefined {
  if (remoteCa === undefined || remoteCa === null || remoteCa === '') return undefined;
  const pem = typeof remoteCa === 'string' ? remoteCa : readCa(remoteCa.file);
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) throw invalid('option remoteCa', 'there is no PEM certificate in it');
  return pem;
}

function readCa(path: string): string {
  try {
    const bytes = readWhole(systemDisk, path);
    if (bytes !== undefined) return decodeUtf8(bytes) ?? '';
  } catch (cause) {
    throw invalid('option remoteCa', `${path} cannot be read: ${messageOf(cause)}`, cause);
  }
  throw invalid('option remoteCa', `there is no file ${path}`);
}

function invalid(what: string, why: string, cause?: unknown): AuditError {
  return new AuditError('OPTION_INVALID', 'stop', `${what}: ${why}`, { cause });
}
