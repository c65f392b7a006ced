// What the collector has of jobs that ended, counted as it comes in: what a status line says is what everybody can see.
import { createInterface } from 'node:readline';
import { spawnLeashed } from './leash.ts';
import { cli } from './tool.ts';
import { endOf } from './tour-collector.ts';

/** Jobs that ended since the counting began. */
export interface Counts {
  readonly done: number;
  readonly failed: number;
  readonly findings: number;
}

/** Follows a collector with the command line tool, and counts. */
export function countJobs(
  { url, readTokenFile }: { readonly url: string; readonly readTokenFile: string },
  onChange: (counts: Counts) => void,
): { end(): Promise<void> } {
  const search = 'type:(job_completed OR job_failed OR job_timeout)';
  const since = new Date().toISOString();
  const options = ['tail', '-f', '--json', '-s', search, '--since', since, '--collector', url, '--token-file', readTokenFile];
  const child = spawnLeashed(cli, options, { stdout: 'pipe' });
  const ended = endOf(child);
  let counts: Counts = { done: 0, failed: 0, findings: 0 };
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      counts = add(counts, JSON.parse(line));
      onChange(counts);
    });
  }
  return {
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function add({ done, failed, findings }: Counts, event: unknown): Counts {
  if (typeof event !== 'object' || event === null) return { done, failed, findings };
  const { type, details }: Readonly<Record<string, unknown>> = { ...event };
  if (type !== 'job_completed') return { done, failed: failed + 1, findings };
  const found: unknown = typeof details === 'object' && details !== null ? Reflect.get(details, 'findings_count') : undefined;
  return { done: done + 1, failed, findings: findings + (typeof found === 'number' ? found : 0) };
}
