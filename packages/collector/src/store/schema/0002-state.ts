// What the collector knows beside the lines: small tables of rows that replace each other by `version`, or never change.
import { durable, type Migration } from './migration.ts';

const replacing = (key: string): string => `ENGINE = ReplacingMergeTree(version) ORDER BY (${key}) SETTINGS ${durable}`;

/** The second step: records of logs, tree nodes, alarms, tokens, cosigners, retention. */
export const state: Migration = {
  version: 2,
  name: 'state',
  statements: [
    `CREATE TABLE IF NOT EXISTS logs (
      collector String, log_id String, version UInt64,
      origin String, vkey String, tenant String, agent String, enrolled_ms UInt64,
      first UInt64, size UInt64, frontier Array(String), note String,
      seen_ms UInt64, grown_ms UInt64, newest_event_ms Int64,
      end LowCardinality(String), state LowCardinality(String), erasing Array(UInt64)
    ) ${replacing('collector, log_id')}`,
    `CREATE TABLE IF NOT EXISTS nodes (
      collector LowCardinality(String), log_id LowCardinality(String), level UInt8, place UInt64, version UInt64, hash FixedString(32)
    ) ${replacing('collector, log_id, level, place')}`,
    `CREATE TABLE IF NOT EXISTS alarms (
      id String, version UInt64, tenant String, agent String, log_id String, origin String, kind LowCardinality(String),
      at_ms UInt64, message String, notes Array(String), gap_from Nullable(UInt64), gap_to Nullable(UInt64)
    ) ${replacing('id')}`,
    `CREATE TABLE IF NOT EXISTS tokens (
      id String, version UInt64, name String, tenant String, agent Nullable(String), scopes Array(String),
      secret_sha256 String, created_ms UInt64, expires_ms Nullable(UInt64), revoked_ms Nullable(UInt64)
    ) ${replacing('id')}`,
    `CREATE TABLE IF NOT EXISTS cosigners (vkey String, version UInt64) ${replacing('vkey')}`,
    `CREATE TABLE IF NOT EXISTS retention (tenant String, version UInt64, max_age_days Float64, hold UInt8) ${replacing('tenant')}`,
  ],
};
