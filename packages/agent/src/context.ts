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

  get current(): Scope | undefined {
    return this.#used ? this.#storage.getStore() : undefined;
  }

  run<R>(context: Context, fn: () => R): R {
    this.#used = true;
    return this.#storage.run(mergeScopes(this.#storage.getStore(), context) ?? context, fn);
  }
}

/** The ids of both; where both have one, the inner one's. */
export function mergeScopes(outer: Scope | undefined, inner: Scope | undefined): Scope | undefined {
  if (outer === undefined) return inner;
  if (inner === undefined) return outer;
  const defined = Object.entries(inner).filter(([, value]) => value !== undefined);
  return { ...outer, ...Object.fromEntries(defined) };
}
