import { readFileSync } from 'node:fs';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { dirname, resolve } from 'node:path';
import type { IngestLimits } from '../ingest/limits.ts';
import { CollectorError, messageOf } from './error.ts';
import { ingestLimitsOf, ingestSectionOf, type ParsedIngestLimits } from './ingest-limits.ts';
import {
  type ClickHouseOptions,
  type CollectorOptions,
  knownKeys,
  type LimitOptions,
  type TenantRetentionOptions,
  type TlsOptions,
} from './options.ts';
import { Section } from './section.ts';

type Filled<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> };

/** The remote store. */
export interface ClickHouseConfig extends Omit<ClickHouseOptions, 'url' | 'passwordFile'> {
  readonly url: string;
}

/** How long the events of a tenant are kept. */
export type TenantRetention = Filled<TenantRetentionOptions>;

/** A collector's configuration with every default in place. */
export interface CollectorConfig {
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly tls: TlsOptions | undefined;
  readonly insecureHttp: boolean;
  /** '' or `/…`, without a slash at its end. */
  readonly pathPrefix: string;
  /** Without a slash at its end. */
  readonly publicUrl: string | undefined;
  readonly trustedProxies: readonly string[];
  /** undefined: that of the package @agent-audit/console. */
  readonly consoleFolder: string | undefined;
  /** undefined: the embedded store. */
  readonly clickhouse: ClickHouseConfig | undefined;
  readonly limits: Filled<LimitOptions>;
  /** How much of what agents send is taken on at once. */
  readonly ingest: IngestLimits;
  readonly retention: TenantRetention & { readonly tenants: ReadonlyMap<string, TenantRetention> };
  /** The file that was read. */
  readonly file: string | undefined;
}

/** The port that a collector listens at unless it is told otherwise. */
export const defaultPort = 7411;

const limitsByDefault: Filled<LimitOptions> = {
  connectionsMax: 1_024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveMs: 72_000,
  stopMs: 10_000,
  wrongTokensPerMinute: 20,
};
const hourMs = 3_600_000;

/** What resolveConfig goes by. */
export interface ConfigSources {
  /** Options and flags. */
  readonly options: CollectorOptions;
  /** Path of a configuration file; where absent, AGENT_AUDIT_COLLECTOR_CONFIG. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Checks what was said, and fills in the rest.
 * @throws CollectorError CONFIG_UNREADABLE, CONFIG_UNKNOWN_KEY, CONFIG_INVALID, NOT_LOOPBACK
 */
export function resolveConfig({ options, file: given, env }: ConfigSources): CollectorConfig {
  const file = given ?? nonEmpty(env['AGENT_AUDIT_COLLECTOR_CONFIG']);
  const byFile = file === undefined ? {} : readConfigFile(file);
  const byOption = parseOptions(options, 'options', process.cwd());
  const said = { ...byFile, ...byOption };
  const host = said.host ?? '127.0.0.1';
  const config: CollectorConfig = {
    dataFolder: said.dataFolder ?? resolve('agent-audit-data'),
    host,
    port: said.port ?? defaultPort,
    tls: said.tls,
    insecureHttp: said.insecureHttp ?? false,
    pathPrefix: said.pathPrefix ?? '',
    publicUrl: said.publicUrl,
    trustedProxies: said.trustedProxies ?? [],
    consoleFolder: said.consoleFolder,
    clickhouse: clickhouseOf(byOption.clickhouse, byFile.clickhouse, nonEmpty(env['CLICKHOUSE_URL'])),
    limits: { ...limitsByDefault, ...byFile.limits, ...byOption.limits },
    ingest: ingestLimitsOf(byFile.ingest, byOption.ingest),
    retention: retentionOf(byFile.retention, byOption.retention),
    file,
  };
  refuseOpenHttp(config);
  return config;
}

/** Options as they were parsed: what was not said is not there. */
interface ParsedOptions {
  readonly dataFolder?: string;
  readonly host?: string;
  readonly port?: number;
  readonly tls?: TlsOptions;
  readonly insecureHttp?: boolean;
  readonly pathPrefix?: string;
  readonly publicUrl?: string;
  readonly trustedProxies?: readonly string[];
  readonly consoleFolder?: string;
  readonly clickhouse?: Partial<ClickHouseConfig>;
  readonly limits?: Partial<Filled<LimitOptions>>;
  readonly ingest?: ParsedIngestLimits;
  readonly retention?: ParsedRetention;
}

type ParsedRetention = Partial<TenantRetention> & { readonly tenants?: ReadonlyMap<string, Partial<TenantRetention>> };

function readConfigFile(path: string): ParsedOptions {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CollectorError('CONFIG_UNREADABLE', `the configuration file ${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new CollectorError('CONFIG_INVALID', `${path}: it is not JSON: ${messageOf(cause)}`, { cause });
  }
  return parseOptions(value, path, dirname(resolve(path)));
}

/** @param folder that relative paths are relative to */
function parseOptions(value: unknown, where: string, folder: string): ParsedOptions {
  const top = new Section(value, where, knownKeys.top);
  const path = (text: string | undefined): string | undefined => (text === undefined ? undefined : resolve(folder, text));
  return defined({
    dataFolder: path(top.text('dataFolder')),
    host: top.text('host'),
    port: top.count('port', 0, 65_535),
    tls: tlsOf(top, path),
    insecureHttp: top.flag('insecureHttp'),
    pathPrefix: prefixOf(top),
    publicUrl: publicUrlOf(top),
    trustedProxies: proxiesOf(top),
    consoleFolder: path(top.text('consoleFolder')),
    clickhouse: clickhouseSectionOf(top, path),
    limits: limitsOf(top),
    ingest: ingestSectionOf(top),
    retention: retentionSectionOf(top),
  });
}

type PathOf = (text: string | undefined) => string | undefined;

function tlsOf(top: Section, path: PathOf): TlsOptions | undefined {
  const tls = top.section('tls', knownKeys.tls);
  if (tls === undefined) return undefined;
  const [cert, key] = [path(tls.text('cert')), path(tls.text('key'))];
  if (cert === undefined) throw tls.refuse('cert', 'is missing: the path of the certificate, PEM, with its chain');
  if (key === undefined) throw tls.refuse('key', 'is missing: the path of the private key, PEM');
  return { cert, key };
}

function prefixOf(top: Section): string | undefined {
  const text = top.text('pathPrefix');
  if (text === undefined || text === '/') return text === undefined ? undefined : '';
  const prefix = text.replace(/\/+$/, '');
  if (/^(?:\/[A-Za-z0-9._~-]+)+$/.test(prefix) && !/\/\.\.?(?:\/|$)/.test(prefix)) return prefix;
  throw top.refuse('pathPrefix', `${JSON.stringify(text)} is not a path such as "/audit": letters, digits and . _ ~ - between slashes`);
}

function publicUrlOf(top: Section): string | undefined {
  const text = top.text('publicUrl');
  if (text === undefined) return undefined;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url?.username === '' && url.password === '' && url.search === '' && url.hash === '';
  if (isPlain && (url.protocol === 'https:' || url.protocol === 'http:')) return url.href.replace(/\/+$/, '');
  throw top.refuse('publicUrl', `${JSON.stringify(text)} is not an http or https address without credentials and query`);
}

function proxiesOf(top: Section): readonly string[] | undefined {
  const proxies = top.texts('trustedProxies');
  for (const proxy of proxies ?? []) {
    if (isNetwork(proxy)) continue;
    throw top.refuse('trustedProxies', `holds ${JSON.stringify(proxy)}, which is no address and no network such as 10.0.0.0/8`);
  }
  return proxies;
}

function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  if (rest.length > 0 || isIP(address) === 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (isIPv6(address) ? 128 : 32));
}

function clickhouseSectionOf(top: Section, path: PathOf): Partial<ClickHouseConfig> | undefined {
  const section = top.section('clickhouse', knownKeys.clickhouse);
  if (section === undefined) return undefined;
  const url = section.text('url');
  if (url !== undefined && !isHttp(url)) throw section.refuse('url', 'is not an http or https address');
  const [password, passwordFile] = [section.text('password'), path(section.text('passwordFile'))];
  if (password !== undefined && passwordFile !== undefined) throw section.refuse('passwordFile', 'stands beside password: give one');
  return defined({
    url,
    database: section.text('database'),
    username: section.text('username'),
    password: passwordFile === undefined ? password : readPassword(section, passwordFile),
  });
}

function readPassword(section: Section, path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch (cause) {
    throw section.refuse('passwordFile', `cannot be read: ${messageOf(cause)}`, { cause });
  }
}

function clickhouseOf(
  byOption: Partial<ClickHouseConfig> | undefined,
  byFile: Partial<ClickHouseConfig> | undefined,
  byEnvironment: string | undefined,
): ClickHouseConfig | undefined {
  if (byEnvironment !== undefined && !isHttp(byEnvironment)) {
    throw new CollectorError('CONFIG_INVALID', 'variable CLICKHOUSE_URL: it is not an http or https address');
  }
  const said = { ...byFile, ...(byEnvironment === undefined ? {} : { url: byEnvironment }), ...byOption };
  const { url } = said;
  if (url !== undefined) return { ...said, url };
  if (Object.keys(said).length === 0) return undefined;
  throw new CollectorError('CONFIG_INVALID', 'clickhouse has no url: give clickhouse.url, or CLICKHOUSE_URL');
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function limitsOf(top: Section): Partial<Filled<LimitOptions>> | undefined {
  const limits = top.section('limits', knownKeys.limits);
  if (limits === undefined) return undefined;
  return defined({
    connectionsMax: limits.count('connectionsMax', 1, 1_000_000),
    headersTimeoutMs: limits.count('headersTimeoutMs', 1, hourMs),
    requestTimeoutMs: limits.count('requestTimeoutMs', 1, hourMs),
    keepAliveMs: limits.count('keepAliveMs', 0, hourMs),
    stopMs: limits.count('stopMs', 0, hourMs),
    wrongTokensPerMinute: limits.count('wrongTokensPerMinute', 1, 1_000_000),
  });
}

function retentionSectionOf(top: Section): ParsedRetention | undefined {
  const retention = top.section('retention', knownKeys.retention);
  if (retention === undefined) return undefined;
  const tenants = [...(retention.sections('tenants', knownKeys.tenantRetention) ?? [])];
  return { ...ruleOf(retention), tenants: new Map(tenants.map(([tenant, section]) => [tenant, ruleOf(section)])) };
}

function ruleOf(section: Section): Partial<TenantRetention> {
  return defined({ maxAgeDays: section.count('maxAgeDays', 0, 36_500), hold: section.flag('hold') });
}

/** What a tenant's rule leaves open, the general one says. */
function retentionOf(byFile: ParsedRetention = {}, byOption: ParsedRetention = {}): CollectorConfig['retention'] {
  const { maxAgeDays = 0, hold = false } = { ...byFile, ...byOption };
  const tenants = [...(byFile.tenants ?? []), ...(byOption.tenants ?? [])];
  return { maxAgeDays, hold, tenants: new Map(tenants.map(([tenant, rule]) => [tenant, { maxAgeDays, hold, ...rule }])) };
}

/** Whoever listens to the network hears tokens and events of plain HTTP. */
function refuseOpenHttp({ host, tls, insecureHttp }: CollectorConfig): void {
  if (isLoopback(host) || tls !== undefined || insecureHttp) return;
  throw new CollectorError(
    'NOT_LOOPBACK',
    `plain HTTP at ${host} shows tokens to others: give a certificate, or 127.0.0.1 and a proxy, or --insecure-http`,
  );
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/** Whether an address can be reached from this machine only. A name is not looked up: `localhost` is the one that is known. */
export function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  const kind = isIP(host);
  return kind !== 0 && loopback.check(host, kind === 6 ? 'ipv6' : 'ipv4');
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === '' ? undefined : text;
}

/** The values that are there. */
function defined<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const result: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const name in values) {
    const value = values[name];
    if (isDefined(value)) result[name] = value;
  }
  return result;
}

function isDefined<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined;
}
