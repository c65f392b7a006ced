export {
  type Actor,
  type AuditEvent,
  type Details,
  EventType,
  type Outcome,
  type RecordedEvent,
  Severity,
  type Target,
} from '@agent-audit/log';
export { type Catalog, defineEvents, type DetailsOf, type StandardSchemaV1, type Tail, type TypeOf } from './catalog.ts';
export type { Context } from './context.ts';
export { AuditError, type AuditErrorAction, type AuditErrorCode } from './error.ts';
export { EventLogger, type EventOf, type Operation, type OperationSpecOf } from './event-logger.ts';
export type { Signer } from './identity.ts';
export { createLogger, type Health, Logger } from './logger.ts';
export type { OperationSpec } from './operation.ts';
export { defaultLoggerConfig, type LoggerConfig, type LoggerOptions } from './options.ts';
export type { PersonalValue, RedactOptions, RedactPattern } from './redact/index.ts';
export type { RemoteSender } from './sender.ts';
