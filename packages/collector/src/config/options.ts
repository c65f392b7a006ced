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

/** How much of what agents send is taken on at once. Beyond it they are told to come again, and keep their lines. */
export interface IngestLimitOptions {
  /** Bytes of one request, compressed or not; at least what an agent may send. 4,596,736. */
  readonly bodyBytesMax?: number | undefined;
  /** Milliseconds for a body to arrive. 60,000. */
  readonly bodyDeadlineMs?: number | undefined;
  /** Inflated bytes for a compressed one, beyond `inflatedBytesFree`. 256. */
  readonly inflationRatioMax?: number | undefined;
  /** Bytes that any body may inflate to, however small it came. 1,048,576. */
  readonly inflatedBytesFree?: number | undefined;
  /** Bytes of all requests that are read, wait or are being stored. 67,108,864. */
  readonly inFlightBytesMax?: number | undefined;
  /** The same, of one log. 13,790,208. */
  readonly inFlightBytesPerLogMax?: number | undefined;
  /** Bytes of lines that are made durable together; a single request may be more. 16,777,216. */
  readonly commitBytesMax?: number | undefined;
  /** Requests a second of one token, for as long as it likes; many agents may share a token. 2,000. */
  readonly requestsPerSecond?: number | undefined;
  /** Requests of one token at once, after a time without any. 4,000. */
  readonly requestsBurst?: number | undefined;
  /** New logs, and evidence, a second of one token. 10. */
  readonly enrolmentsPerSecond?: number | undefined;
  /** The same at once. 600: a fleet that starts. */
  readonly enrolmentsBurst?: number | undefined;
  /** Milliseconds within which a heartbeat is written down. 5,000. */
  readonly heartbeatsWrittenMs?: number | undefined;
  /** Milliseconds after which an erasure that failed is tried again. 60,000. */
  readonly erasureRetryMs?: number | undefined;
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
  readonly ingest?: IngestLimitOptions | undefined;
  readonly retention?: RetentionOptions | undefined;
}

/** The keys of each section: what is called otherwise is refused. */
export const knownKeys: {
  readonly top: readonly (keyof CollectorOptions)[];
  readonly tls: readonly (keyof TlsOptions)[];
  readonly clickhouse: readonly (keyof ClickHouseOptions)[];
  readonly limits: readonly (keyof LimitOptions)[];
  readonly ingest: readonly (keyof IngestLimitOptions)[];
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
    'ingest',
    'retention',
  ],
  tls: ['cert', 'key'],
  clickhouse: ['url', 'database', 'username', 'password', 'passwordFile'],
  limits: ['connectionsMax', 'headersTimeoutMs', 'requestTimeoutMs', 'keepAliveMs', 'stopMs', 'wrongTokensPerMinute'],
  ingest: [
    'bodyBytesMax',
    'bodyDeadlineMs',
    'inflationRatioMax',
    'inflatedBytesFree',
    'inFlightBytesMax',
    'inFlightBytesPerLogMax',
    'commitBytesMax',
    'requestsPerSecond',
    'requestsBurst',
    'enrolmentsPerSecond',
    'enrolmentsBurst',
    'heartbeatsWrittenMs',
    'erasureRetryMs',
  ],
  retention: ['maxAgeDays', 'hold', 'tenants'],
  tenantRetention: ['maxAgeDays', 'hold'],
};
