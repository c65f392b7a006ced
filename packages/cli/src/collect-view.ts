import type { Collector } from '@agent-audit/collector';
import { shortPath } from './log-paths.ts';
import type { Style } from './style.ts';
import { inert } from './text.ts';
import { byteSize, counted } from './units.ts';

/** What a person is shown when a collector has started: at the first start with its tokens, and how to connect an agent. */
export function showStart({ url, publicUrl, consoleUrl, vkey, config, stored, firstTokens }: Collector, style: Style): string {
  const store = config.clickhouse === undefined ? 'embedded store' : `ClickHouse ${inert(new URL(config.clickhouse.url).host)}`;
  const free = stored.freeBytes === undefined ? '' : ` · ${byteSize(stored.freeBytes)} free`;
  const lines = [
    ...(consoleUrl === undefined ? [] : [showConsole(consoleUrl, style)]),
    `${style.green('✔')} collecting  ${style.bold(inert(publicUrl))}${publicUrl === url ? '' : style.dim(` (listens at ${url})`)}`,
    `  data        ${inert(shortPath(config.dataFolder))} · ${store}${free}`,
    `  holds       ${counted(stored.events, 'event')} of ${counted(stored.logs, 'log')}`,
    `  cosigns as  ${vkey}`,
    ...(isOpen(config) ? [`  ${style.red('plain HTTP')}  tokens and events can be read by whoever is on the way (--insecure-http)`] : []),
    ...(firstTokens === undefined ? [] : ['', ...showTokens(firstTokens, publicUrl, style)]),
    '',
    style.dim('Ctrl-C stops it.'),
  ];
  return `${lines.join('\n')}\n`;
}

function showConsole(url: string, style: Style): string {
  return `${style.green('✔')} console     ${style.bold(inert(url))}${style.dim(' sign in with a token that reads')}`;
}

function isOpen({ tls, insecureHttp }: Collector['config']): boolean {
  return insecureHttp && tls === undefined;
}

function showTokens({ admin, ingest }: NonNullable<Collector['firstTokens']>, url: string, style: Style): string[] {
  const read = [
    style.bold('Look at what agents do'),
    `  export AGENT_AUDIT_TOKEN=${admin}`,
    `  agent-audit query --collector ${url} 'severity:>=WARN'`,
  ];
  if (ingest === undefined) return [style.bold('One more admin token, shown this once'), `  ${admin}`, '', ...read];
  return [
    style.bold('Two tokens, shown this once: keep them now'),
    `  admin   ${admin}   ${style.dim('sees everything, makes further tokens')}`,
    `  agents  ${ingest}   ${style.dim('writes, as tenant default')}`,
    '',
    `${style.bold('Connect an agent')}, by its environment or in its code`,
    `  export AGENT_AUDIT_REMOTE=${url}`,
    `  export AGENT_AUDIT_TOKEN=${ingest}`,
    '',
    `  createLogger({ agentId: 'scanner-7', remoteEndpoint: '${url}', remoteToken: '${ingest}' })`,
    '',
    ...read,
  ];
}
