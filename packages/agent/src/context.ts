// The ids that events inherit: from the logger that withContext made, and from runWithContext around the code that logs.
import { AsyncLocalStorage } from 'node:async_hooks';
import { isKeyed, read, type Scope } from './encode/index.ts';

/** Ids for all events within. */
export type Context = Scope;

/** The context of the code that runs now. One storage for each logger, so that two loggers don't mix. */
export class AmbientContext {
  readonly #storage = new AsyncLocalStorage<Scope>();
  /** Whether run() was ever called: until then nobody pays for the look-up. */
  #used = false;
  /** The last merge: code that logs under the same two scopes again gets the same object, which is encoded once. */
  #outer: Scope | undefined;
  #inner: Scope | undefined;
  #merged: Scope | undefined;

  /** The ids of the running code, under those of the logger that logs. */
  under(inner: Scope | undefined): Scope | undefined {
    const outer = this.#used ? this.#storage.getStore() : undefined;
    if (outer === undefined) return inner;
    if (inner === undefined || inner === outer) return outer;
    if (outer !== this.#outer || inner !== this.#inner) {
      this.#merged = mergeScopes(outer, inner);
      this.#outer = outer;
      this.#inner = inner;
    }
    return this.#merged;
  }

  /** Runs `fn`; what it calls, however late, is in this context, which adds to the one around it. */
  run<R>(context: Context, fn: () => R): R {
    return this.enter(mergeScopes(this.#storage.getStore(), context) ?? {}, fn);
  }

  /** The same, with all ids that count: those around it are among them already. */
  enter<R>(scope: Scope, fn: () => R): R {
    this.#used = true;
    return this.#storage.run(scope, fn);
  }
}

/** The ids of both; where both have one, the inner one's. '' is no id. */
export function mergeScopes(outer: Scope | undefined, inner: Scope | undefined): Scope | undefined {
  if (outer === undefined) return inner;
  if (inner === undefined) return outer;
  const given = Object.entries(inner).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return { ...outer, ...Object.fromEntries(given) };
}

const contextKeys = ['agentId', 'tenantId', 'jobId', 'reportId', 'traceId', 'spanId', 'parentSpanId', 'actor', 'target'] as const;

/** The ids among what a caller gave, read once: any member may be a getter that throws. */
export function contextOf(given: unknown): Context {
  const context: unknown = Object.fromEntries(contextKeys.map((key) => [key, read(given, key)]));
  return isContext(context) ? context : {};
}

/** Whatever has members can be read as a context; the encoder believes none of them. */
function isContext(value: unknown): value is Context {
  return isKeyed(value);
}
