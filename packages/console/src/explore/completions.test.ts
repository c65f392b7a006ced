import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@agent-audit/search';
import { completionsOf, fieldToAsk, wordAt } from './completions.ts';

const textsAt = (search: string, values: readonly string[] = []): readonly string[] =>
  completionsOf(wordAt(search, search.length), values).map(({ text }) => text);

test('names of fields are offered, those that begin so first', () => {
  assert.equal(textsAt('sev')[0], 'severity:');
  assert.ok(textsAt('job').includes('job_id:'));
  assert.deepEqual(textsAt(''), []);
});

test('values are offered behind a colon, a comparison and a minus', () => {
  assert.deepEqual(textsAt('severity:>=WA'), ['WARN']);
  assert.deepEqual(textsAt('a -outcome:den'), ['denied']);
  assert.deepEqual(textsAt('type:(job_f', []), []);
  assert.deepEqual(textsAt('agent_id:sc', ['scanner-7', 'planner']), ['scanner-7']);
  assert.equal(fieldToAsk(wordAt('x agent_id:', 11)), 'agent_id');
  assert.equal(fieldToAsk(wordAt('severity:', 9)), undefined);
});

test('a value that was chosen takes the place of what was typed, and is quoted where it must be', () => {
  const search = 'type:a agent_id:sc -x';
  const word = wordAt(search, 18);
  const [first] = completionsOf(word, ['scan "er" 7']);
  assert.ok(first !== undefined);
  const applied = first.apply(search);
  assert.equal(applied.search, 'type:a agent_id:"scan \\"er\\" 7" -x');
  assert.equal(parse(applied.search).kind, 'and');
});
