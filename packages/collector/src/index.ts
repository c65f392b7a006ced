export { CollectorError, type CollectorErrorCode } from './config/error.ts';
export type {
  ClickHouseOptions,
  CollectorOptions,
  IngestLimitOptions,
  LimitOptions,
  RetentionOptions,
  TenantRetentionOptions,
  TlsOptions,
} from './config/options.ts';
export type { Principal, Scope } from './principal.ts';
export { type Collector, startCollector, type StartParts, type StartStage } from './server/collector.ts';
export type { FirstTokens } from './server/first-tokens.ts';
export type * from './db/database.ts';
export type * from './store/store.ts';
