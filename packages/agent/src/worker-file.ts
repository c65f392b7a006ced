import { fileURLToPath } from 'node:url';
import { fileExists } from './disk.ts';

/**
 * The file of a worker thread, beside the module whose `import.meta.url` is `base`; undefined where there is none, as in a program
 * that a bundler made one file of, and where a bundler's CommonJS output leaves `import.meta.url` undefined: the caller's thread does
 * the work then. What lies beside a bundle may be the application's own, and would be started with the log's key: so the names of
 * these files begin with `agent-audit-`.
 */
export function workerFile(name: `agent-audit-${string}.js`, base: string | undefined): URL | undefined {
  if (base === undefined || !URL.canParse(name, base)) return undefined;
  const url = new URL(name, base);
  return url.protocol === 'file:' && fileExists(fileURLToPath(url)) ? url : undefined;
}
