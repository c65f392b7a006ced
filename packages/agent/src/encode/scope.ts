import { FieldWriter, type Scope } from './fields.ts';

/** More than a scope's fields can take: eleven of at most 512 bytes each, and their names. */
const scratchBytes = 16_384;

/** A scope's fields as they stand on every line of it. */
export interface PreparedScope {
  /** agent_id to report_id; what the scope leaves open is the identity's. */
  readonly ids: Uint8Array;
  /** trace_id to target. */
  readonly links: Uint8Array;
  readonly cutUnits: number;
  readonly objections: readonly string[];
}

/** Prepares each scope once: `withContext` binds one and then logs through it again and again. */
export class ScopeCache {
  readonly #writer = new FieldWriter(Buffer.alloc(scratchBytes));
  #prepared = new WeakMap<Scope, PreparedScope>();
  #identity: Scope = {};
  #lastScope: Scope | undefined;
  #last: PreparedScope = this.#prepare(this.#identity);

  /** What scopes leave open from now on. */
  setIdentity(agentId: string | undefined, tenantId: string | undefined): void {
    this.#identity = { agentId, tenantId };
    this.#prepared = new WeakMap();
    this.#lastScope = undefined;
    this.#last = this.#prepare(this.#identity);
  }

  /** The fields of a scope; of the identity alone for undefined. */
  of(scope: Scope | undefined): PreparedScope {
    if (scope === this.#lastScope) return this.#last;
    const key = scope ?? this.#identity;
    let prepared = this.#prepared.get(key);
    if (prepared === undefined) {
      prepared = this.#prepare(key);
      this.#prepared.set(key, prepared);
    }
    this.#lastScope = scope;
    this.#last = prepared;
    return prepared;
  }

  /** The scope with what it leaves open filled in: from `outer`, then from the identity. */
  merged(inner: Scope, outer: Scope | undefined): Scope {
    const identity = this.#identity;
    return {
      agentId: inner.agentId || outer?.agentId || identity.agentId,
      tenantId: inner.tenantId || outer?.tenantId || identity.tenantId,
      jobId: inner.jobId || outer?.jobId,
      reportId: inner.reportId || outer?.reportId,
      traceId: inner.traceId || outer?.traceId,
      spanId: inner.spanId || outer?.spanId,
      parentSpanId: inner.parentSpanId || outer?.parentSpanId,
      actor: inner.actor ?? outer?.actor,
      target: inner.target ?? outer?.target,
    };
  }

  #prepare(scope: Scope): PreparedScope {
    const writer = this.#writer;
    writer.reset();
    const whole = this.merged(scope, undefined);
    const ids = writer.ids(0, whole);
    const links = writer.links(ids, whole);
    return {
      ids: Uint8Array.prototype.slice.call(writer.bytes, 0, ids),
      links: Uint8Array.prototype.slice.call(writer.bytes, ids, links),
      cutUnits: writer.cutUnits,
      objections: [...writer.objections],
    };
  }
}
