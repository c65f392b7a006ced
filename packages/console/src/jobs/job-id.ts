// An id of a job is whatever an agent made up.
import { inert } from '@agent-audit/log';
import { all } from '@agent-audit/search';
import { withTerm } from '../explore/query-edit.ts';

/** The id as a page shows it: one that is nothing but blanks can be seen, and clicked at, too. */
export function nameOf(jobId: string): string {
  return jobId.trim() === '' ? `“${jobId}”, blank` : inert(jobId);
}

const [shownMax, headLength, tailLength] = [60, 40, 16];

/** The same, short: of one that is long its beginning and its end, which tell such ids apart. */
export function shortNameOf(jobId: string): string {
  const letters = [...nameOf(jobId)];
  if (letters.length <= shownMax) return letters.join('');
  return `${letters.slice(0, headLength).join('')}…${letters.slice(-tailLength).join('')}`;
}

/** The search that finds its events. */
export function jobTerm(jobId: string): string {
  return withTerm(all, 'job_id', jobId, 'has');
}
