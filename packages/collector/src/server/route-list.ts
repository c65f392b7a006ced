import type { RouteOptions } from 'fastify';

/** A route as it was registered. */
export interface RegisteredRoute {
  readonly method: string;
  /** With `:name` for each parameter. */
  readonly url: string;
}

interface KnownRoute extends RegisteredRoute {
  readonly pattern: RegExp;
}

/** Every route of the server: for answering 405 where the path is right, and for a test that walks them all. */
export class RouteList {
  readonly #routes: KnownRoute[] = [];

  /** To be called for each route as it is registered. */
  add({ method, url }: Pick<RouteOptions, 'method' | 'url'>): void {
    const methods = Array.isArray(method) ? method : [method];
    const pattern = new RegExp(`^${url.split(/(:\w+|\*)/).map(patternOf).join('')}$`);
    for (const name of methods) this.#routes.push({ method: name, url, pattern });
  }

  get all(): readonly RegisteredRoute[] {
    return this.#routes.map(({ method, url }) => ({ method, url }));
  }

  /** The methods that a path takes; none where there is no such path. */
  methodsOf(path: string): readonly string[] {
    return [...new Set(this.#routes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))];
  }
}

function patternOf(part: string): string {
  if (part === '*') return '.*';
  return part.startsWith(':') ? '[^/]+' : part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
