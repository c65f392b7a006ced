import assert from 'node:assert/strict';
import { it } from 'node:test';
import { suggest } from './suggest.ts';

it('finds what a mistyped word meant, and nothing where it meant nothing', () => {
  const candidates = ['severity', 'seq', 'job_id', 'span_id', 'report_id', 'details', '--since', '--until'];
  const cases: [word: string, meant: string | undefined][] = [
    ['sevrity', 'severity'],
    ['severtiy', 'severity'],
    ['SEVERITY', 'severity'],
    ['sqe', 'seq'],
    ['jobId', 'job_id'],
    ['spanid', 'span_id'],
    ['detail', 'details'],
    ['--sicne', '--since'],
    ['x', undefined],
    ['', undefined],
    ['colour', undefined],
  ];
  for (const [word, meant] of cases) assert.equal(suggest(word, candidates), meant, word);
});
