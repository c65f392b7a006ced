import type { Actor, Target } from '@agent-audit/log';
import { textOf } from './error-text.ts';
import { isKeyed, read } from './placeholder.ts';

/** Whom and what events are about: what `withContext` binds. It is read once, so a scope must not change afterwards. */
export interface Scope {
  readonly agentId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly jobId?: string | undefined;
  readonly reportId?: string | undefined;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly parentSpanId?: string | undefined;
  readonly actor?: Actor | undefined;
  readonly target?: Target | undefined;
}

/** An actor or a target as it was read; '' for what is missing. */
export interface PartyTexts {
  readonly type: string;
  readonly id: string;
  readonly name: string;
}

/** A scope as it was read; '' for what is missing. */
export interface ScopeTexts {
  readonly agentId: string;
  readonly tenantId: string;
  readonly jobId: string;
  readonly reportId: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly actor: PartyTexts | undefined;
  readonly target: PartyTexts | undefined;
}

/** Reads a scope once. Its members may be getters, and anything. */
export function readScope(scope: Scope): ScopeTexts {
  return {
    agentId: textOf(read(scope, 'agentId')),
    tenantId: textOf(read(scope, 'tenantId')),
    jobId: textOf(read(scope, 'jobId')),
    reportId: textOf(read(scope, 'reportId')),
    traceId: textOf(read(scope, 'traceId')),
    spanId: textOf(read(scope, 'spanId')),
    parentSpanId: textOf(read(scope, 'parentSpanId')),
    actor: readParty(read(scope, 'actor')),
    target: readParty(read(scope, 'target')),
  };
}

function readParty(party: unknown): PartyTexts | undefined {
  if (party === undefined || party === null) return undefined;
  // What is no party at all is kept for the objection to it.
  if (!isKeyed(party)) return { type: '', id: textOf(party), name: '' };
  return { type: textOf(read(party, 'type')), id: textOf(read(party, 'id')), name: textOf(read(party, 'name')) };
}

/** The inner scope; what it leaves open is the outer's. */
export function merged(inner: ScopeTexts, outer: ScopeTexts): ScopeTexts {
  return {
    agentId: inner.agentId || outer.agentId,
    tenantId: inner.tenantId || outer.tenantId,
    jobId: inner.jobId || outer.jobId,
    reportId: inner.reportId || outer.reportId,
    traceId: inner.traceId || outer.traceId,
    spanId: inner.spanId || outer.spanId,
    parentSpanId: inner.parentSpanId || outer.parentSpanId,
    actor: inner.actor ?? outer.actor,
    target: inner.target ?? outer.target,
  };
}
