import type * as CollectorPackage from '@agent-audit/collector';
import type { Collector, CollectorOptions } from '@agent-audit/collector';
import type { Arguments } from '../arguments.ts';
import { showStart } from '../collect-view.ts';
import type { Command, Invocation } from '../command.ts';
import { CliError, exit } from '../error.ts';
import { inert, jsonLine } from '../text.ts';

/** Runs a collector until it is told to stop. */
export const collect: Command = {
  name: 'collect',
  alias: 'serve',
  summary: 'run a collector for the logs of many agents',
  usage: '',
  positionals: { min: 0, max: 0 },
  about: [
    `Runs a collector: agents ship their sealed logs to it, it verifies, stores and cosigns them, and answers searches with proofs. It
    needs no configuration: everything is in one folder, and it listens on this machine only.`,
    `The first start makes a token for an admin and one for agents, and shows them once. SIGTERM and SIGINT end it when what is under way
    is done; a second one ends it at once.`,
    `It is the package @agent-audit/collector, installed beside this one. A JSON file may say more (docs/collector.md); flags go before
    CLICKHOUSE_URL, that before the file.`,
  ],
  options: [
    { name: 'data', value: 'FOLDER', about: 'everything that it keeps; ./agent-audit-data' },
    { name: 'host', value: 'ADDRESS', about: 'where it listens; 127.0.0.1' },
    { name: 'port', value: 'PORT', about: '7411; 0 takes a free one' },
    { name: 'config', value: 'FILE', about: 'a configuration file; AGENT_AUDIT_COLLECTOR_CONFIG' },
    { name: 'tls-cert', value: 'FILE', about: 'a certificate with its chain, PEM: HTTPS' },
    { name: 'tls-key', value: 'FILE', about: 'its private key, PEM' },
    { name: 'insecure-http', about: 'beyond this machine without TLS: tokens and events can be read on the way' },
    { name: 'public-url', value: 'URL', about: 'the address that agents use, where that is a proxy\'s' },
    { name: 'path-prefix', value: 'PATH', about: 'the path that a proxy serves it under: /audit' },
    { name: 'trusted-proxy', value: 'ADDRESS', multiple: true, about: 'whose X-Forwarded-For is believed; or a network, 10.0.0.0/8' },
    { name: 'new-admin-token', about: 'make one more token for an admin, for who has lost the others' },
  ],
  examples: [
    { command: 'agent-audit collect', about: 'on this machine, into ./agent-audit-data' },
    {
      command: 'agent-audit collect --data /var/lib/agent-audit --public-url https://audit.example',
      about: 'behind a proxy that ends TLS',
    },
    { command: 'CLICKHOUSE_URL=http://clickhouse:8123 agent-audit collect --config collector.json', about: 'one of a fleet' },
  ],
  exits: [
    [exit.done, 'stopped when it was told to'],
    [exit.usage, 'the command line or the configuration is wrong'],
    [exit.failed, 'it could not start, or not end in order'],
  ],

  async run(invocation) {
    const { args, io, errorStyle, json, style } = invocation;
    const { startCollector } = await loadCollector();
    const stage = stageLine(invocation);
    const collector = await startCollector(optionsOf(args), {
      env: io.env,
      newAdminToken: args.has('new-admin-token'),
      ...(args.has('config') ? { configFile: args.text('config') } : {}),
      onProgress: stage.show,
      onTrouble: (code, message) => {
        void io.stderr.write(`${errorStyle.yellow('note:')} ${inert(message)}   ${errorStyle.dim(code)}\n`);
      },
    }).finally(stage.wipe);
    await io.stdout.write(json ? jsonLine(asJson(collector), io.stdout) : showStart(collector, style));
    await aborted(io.signal);
    if (!json) await io.stdout.write(`${style.dim('stopping: what is under way ends, then the store is closed')}\n`);
    await collector.close();
    return exit.done;
  },
};

/**
 * The collector's package: large, with a database in it, so that who only reads logs does without.
 * @throws CliError COLLECTOR_MISSING
 */
async function loadCollector(): Promise<typeof CollectorPackage> {
  try {
    return await import('@agent-audit/collector');
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    const how = 'npm install --global @agent-audit/cli @agent-audit/collector, or in a project without --global';
    throw new CliError('COLLECTOR_MISSING', `the collector is a package of its own, and is not installed here: ${how}`, { cause });
  }
}

function optionsOf(args: Arguments): CollectorOptions {
  const [cert, key] = [args.text('tls-cert'), args.text('tls-key')];
  if ((cert === undefined) !== (key === undefined)) {
    const missing = `--tls-${cert === undefined ? 'cert' : 'key'}`;
    throw new CliError('USAGE_MISSING_VALUE', `--tls-cert and --tls-key go together; ${missing} is missing`);
  }
  return {
    dataFolder: args.text('data'),
    host: args.text('host'),
    port: args.integer('port'),
    tls: cert === undefined || key === undefined ? undefined : { cert, key },
    insecureHttp: args.has('insecure-http') ? true : undefined,
    publicUrl: args.text('public-url'),
    pathPrefix: args.text('path-prefix'),
    trustedProxies: args.has('trusted-proxy') ? args.texts('trusted-proxy') : undefined,
  };
}

/** On a terminal one line that says what is being waited for, wiped at the end. */
function stageLine({ io, errorStyle }: Invocation): { readonly show: (stage: string) => void; readonly wipe: () => void } {
  if (!io.stderr.isTerminal) return { show: () => {}, wipe: () => {} };
  const wipe = '\r\u001b[2K';
  let isShown = false;
  return {
    show: (stage) => {
      isShown = true;
      void io.stderr.write(`${wipe}${errorStyle.dim(`${stage}…`)}`);
    },
    wipe: () => {
      if (isShown) void io.stderr.write(wipe);
    },
  };
}

function asJson({ url, publicUrl, consoleUrl, vkey, config, stored, firstTokens }: Collector): object {
  return {
    url,
    public_url: publicUrl,
    ...(consoleUrl === undefined ? {} : { console: consoleUrl }),
    data: config.dataFolder,
    store: config.clickhouse === undefined ? 'embedded' : 'clickhouse',
    vkey,
    events: stored.events,
    logs: stored.logs,
    ...(firstTokens === undefined ? {} : { tokens: firstTokens }),
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
