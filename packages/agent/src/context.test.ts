import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AmbientContext, mergeScopes } from './context.ts';

test('the inner scope goes before the outer, except where it is empty', () => {
  const outer = { jobId: 'outer', reportId: 'outer', traceId: 'outer' };
  const inner = { jobId: 'inner', reportId: '', traceId: undefined };
  assert.deepEqual(mergeScopes(outer, inner), { jobId: 'inner', reportId: 'outer', traceId: 'outer' });
  assert.equal(mergeScopes(outer, undefined), outer);
  assert.equal(mergeScopes(undefined, outer), outer);
  assert.equal(mergeScopes(undefined, undefined), undefined);
});

test('a scope that is asked for again is the same object, so that it is encoded once', () => {
  const ambient = new AmbientContext();
  const inner = { reportId: 'r' };
  const around = { jobId: 'j' };
  assert.equal(ambient.under(inner), inner);
  ambient.run(around, () => {
    const merged = ambient.under(inner);
    assert.deepEqual(merged, { jobId: 'j', reportId: 'r' });
    assert.equal(ambient.under(inner), merged);
    assert.equal(ambient.under(undefined), around);
    assert.deepEqual(ambient.under({ jobId: 'own' }), { jobId: 'own' });
    ambient.run({ jobId: 'j-2' }, () => assert.deepEqual(ambient.under(inner), { jobId: 'j-2', reportId: 'r' }));
    assert.deepEqual(ambient.under(inner), merged);
  });
  assert.equal(ambient.under(inner), inner);
  assert.equal(ambient.under(undefined), undefined);
});
