// The ids that events inherit: from the logger that withContext made, and from runWithContext around the code that logs.
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Scope } from './encode/index.ts';

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
    if (inner === undefined) return outer;
    if (outer !== this.#outer || inner !== this.#inner) {
      this.#merged = mergeScopes(outer, inner);
      this.#outer = outer;
      this.#inner = inner;
    }
    return this.#merged;
  }

  /** Runs `fn`; what it calls, however late, is in this context, which adds to the one around it. */
  run<R>(context: Context, fn: () => R): R {
    this.#used = true;
    return this.#storage.run(mergeScopes(this.#storage.getStore(), context) ?? {}, fn);
  }
}

/** The ids of both; where both have one, the inner one's. '' is no id. */
export function mergeScopes(outer: Scope | undefined, inner: Scope | undefined): Scope | undefined {
  if (outer === undefined) return inner;
  if (inner === undefined) return outer;
  const given = Object.entries(inner).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return { ...outer, ...Object.fromEntries(given) };
}
