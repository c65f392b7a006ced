// The ids of a span, as W3C Trace Context has them: https://www.w3.org/TR/trace-context/#traceparent-header-field-values
import { randomBytes } from 'node:crypto';
import { type Scope, textOf } from './encode/index.ts';

/** Whose span it is, and within which. */
export interface SpanIds {
  /** 32 hexadecimal digits, where the operation is the first of its trace; otherwise whatever those around it have. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  readonly parentSpanId?: string | undefined;
}

/** The ids of a new span. What is given counts before what is around; the span around is a parent only within its own trace. */
export function newSpan(given: Scope, around: Scope | undefined): SpanIds {
  const outer = textOf(around?.traceId);
  const traceId = textOf(given.traceId) || outer || randomBytes(16).toString('hex');
  const within = traceId === outer || outer === '' ? textOf(around?.spanId) : '';
  const parentSpanId = textOf(given.parentSpanId) || textOf(given.spanId) || within;
  const spanId = randomBytes(8).toString('hex');
  return { traceId, spanId, ...(parentSpanId === '' ? {} : { parentSpanId }) };
}
