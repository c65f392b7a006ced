// What a collector can be told: by option or flag, by environment, by the configuration file, by default, in this order. Checked once,
// here; the rest works with the result.

/** A certificate, for HTTPS: paths of PEM files. They are read again when they change. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
}

/** Where the events are stored, where that is not the embedded store in the data folder. */
export interface ClickHouseOptions {
  /** http or https, with or without credentials. */
  readonly url?: string | undefined;
  readonly database?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** A file that holds the password, so that the configuration holds none. */
  readonly passwordFile?: string | undefined;
}

/** How much is taken at once. */
export interface LimitOptions {
  /** Connections at a time; further ones are closed at once. 1,024. */
  readonly connectionsMax?: number | undefined;
  /** Milliseconds for a request's headers to arrive. 10,000. */
  readonly headersTimeoutMs?: number | undefined;
  /** Milliseconds for all of a request to arrive. 30,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** Milliseconds that a connection may idle between requests. 72,000: longer than the usual proxy's minute. */
  readonly keepAliveMs?: number | undefined;
  /** Milliseconds that a stop waits for requests under way. 10,000. */
  readonly stopMs?: number | undefined;
  /** Wrong tokens an address may try in a minute, before it is told to wait. 20. */
  readonly wrongTokensPerMinute?: number | undefined;
}

/** How long the events of a tenant are kept. */
export interface TenantRetentionOptions {
  /** Days since the collector took them in. 0: for ever. */
  readonly maxAgeDays?: number | undefined;
  /** Nothing is deleted meanwhile, whatever its age. */
  readonly hold?: boolean | undefined;
}

/** How long events are kept. */
export interface RetentionOptions extends TenantRetentionOptions {
  /** By tenant, where one is kept otherwise. */
  readonly tenants?: Readonly<Record<string, TenantRetentionOptions>> | undefined;
}

/** Options of a collector, and the keys of its configuration file. All are optional. */
export interface CollectorOptions {
  /** Everything that the collector keeps is in this folder. `./agent-audit-data`. */
  readonly dataFolder?: string | undefined;
  /** The address to listen at. 127.0.0.1; one that is not loopback needs `tls` or `insecureHttp`. */
  readonly host?: string | undefined;
  /** 7411; 0 takes one that is free. */
  readonly port?: number | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Tokens and events go over the network unencrypted: only behind a proxy that ends TLS. */
  readonly insecureHttp?: boolean | undefined;
  /** The path that a proxy serves it under, whether the proxy strips it or not: `/audit`. */
  readonly pathPrefix?: string | undefined;
  /** The address that agents and people use, where that is a proxy's. */
  readonly publicUrl?: string | undefined;
  /** Addresses or networks whose X-Forwarded-For and -Proto are believed. None by default. */
  readonly trustedProxies?: readonly string[] | undefined;
  /** The folder of a built console. That of the package @agent-audit/console, where it is installed. */
  readonly consoleFolder?: string | undefined;
  readonly clickhouse?: ClickHouseOptions | undefined;
  readonly limits?: LimitOptions | undefined;
  readonly retention?: RetentionOptions | undefined;
}

/** The keys of each section: what is called otherwise is refused. */
export const knownKeys: {
  readonly top: readonly (keyof CollectorOptions)[];
  readonly tls: readonly (keyof TlsOptions)[];
  readonly clickhouse: readonly (keyof ClickHouseOptions)[];
  readonly limits: readonly (keyof LimitOptions)[];
  readonly retention: readonly (keyof RetentionOptions)[];
  readonly tenantRetention: readonly (keyof TenantRetentionOptions)[];
} = {
  top: [
    'dataFolder',
    'host',
    'port',
    'tls',
    'insecureHttp',
    'pathPrefix',
    'publicUrl',
    'trustedProxies',
    'consoleFolder',
    'clickhouse',
    'limits',
    'retention',
  ],
  tls: ['cert', 'key'],
  clickhouse: ['url', 'database', 'username', 'password', 'passwordFile'],
  limits: ['connectionsMax', 'headersTimeoutMs', 'requestTimeoutMs', 'keepAliveMs', 'stopMs', 'wrongTokensPerMinute'],
  retention: ['maxAgeDays', 'hold', 'tenants'],
  tenantRetention: ['maxAgeDays', 'hold'],
};
