import { wireNames } from '@agent-audit/log';
import { Prepared } from './page.ts';

type FieldName =
  | 'timestamp'
  | 'type'
  | 'agentId'
  | 'tenantId'
  | 'jobId'
  | 'reportId'
  | 'message'
  | 'error'
  | 'durationMs'
  | 'details'
  | 'traceId'
  | 'spanId'
  | 'parentSpanId'
  | 'actor'
  | 'target'
  | 'outcome'
  | 'operation'
  | 'recordedAt'
  | 'invalid'
  | 'imported'
  | 'id'
  | 'name'
  | 'from'
  | 'fileSha256'
  | 'line';

function named(name: string): Prepared {
  return Prepared.of(`,"${name}":`);
}

/** What stands between the value before and the value of each field: `,"name":`. */
export const fieldNames: Readonly<Record<FieldName, Prepared>> = {
  timestamp: named('timestamp'),
  type: named('type'),
  agentId: named(wireNames.agentId),
  tenantId: named(wireNames.tenantId),
  jobId: named(wireNames.jobId),
  reportId: named(wireNames.reportId),
  message: named('message'),
  error: named('error'),
  durationMs: named(wireNames.durationMs),
  details: named('details'),
  traceId: named(wireNames.traceId),
  spanId: named(wireNames.spanId),
  parentSpanId: named(wireNames.parentSpanId),
  actor: named('actor'),
  target: named('target'),
  outcome: named('outcome'),
  operation: named('operation'),
  recordedAt: named(wireNames.recordedAt),
  invalid: named('invalid'),
  imported: named('imported'),
  id: named('id'),
  name: named('name'),
  from: named('from'),
  fileSha256: named('file_sha256'),
  line: named('line'),
};
