import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@agent-audit/search';
import { searchCondition } from './search-condition.ts';

test('no value of a search is ever in the text of a statement', () => {
  const hostile = `"'; DROP TABLE events; --" OR details.a:"x') OR 1=1" OR job_id:"{a:String}" OR message:"' UNION SELECT*"*`;
  const { sql, parameters } = searchCondition(parse(hostile));
  assert.doesNotMatch(sql, /DROP|1=1|UNION/);
  assert.ok(Object.values(parameters).some((value) => value === "'; DROP TABLE events; --"));
});

test('what no severity is below of finds nothing', () => {
  assert.equal(searchCondition(parse('severity:<DEBUG')).sql, '(0)');
});

test('what no statement says exactly is told', () => {
  for (const search of ['details.a.b.c.d.e.f.g:1', 'recorded_at:>2026-11-24', `"${'x'.repeat(300)}"`]) {
    assert.equal(searchCondition(parse(search)).isExact, false, search);
  }
  assert.equal(searchCondition(parse('type:a details.b.c:1 -"text"')).isExact, true);
});
