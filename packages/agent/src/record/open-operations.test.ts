import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OpenOperations } from './open-operations.ts';

function begun(count: number): OpenOperations {
  const operations = new OpenOperations(() => 0);
  for (let n = 0; n < count; n++) operations.numbered({ kind: 'start', spanId: `s${n}` }, n * 2);
  return operations;
}

test('an operation is open from the number of its first line to that of its last', () => {
  const operations = begun(3);
  operations.numbered({ kind: 'end', spanId: 's1' }, 10);
  operations.numbered({ kind: 'orphan', spanId: 's0' }, 11);
  operations.numbered({ kind: 'end', spanId: 'unknown' }, 12);
  assert.deepEqual(operations.all(), [{ seq: 4, span_id: 's2' }]);
  assert.equal(operations.has('s1'), false);
});

test('a log.open lists the oldest 1,000 and counts the rest', () => {
  assert.deepEqual(begun(0).details(0), {});
  const { open_operations: listed, open_operations_omitted: omitted } = begun(1_005).details(2);
  assert.equal(listed?.length, 1_000);
  assert.equal(listed.at(-1)?.span_id, 's999');
  assert.equal(omitted, 7);
});

test('lines that the disk lost began and ended nothing', () => {
  const operations = begun(4);
  operations.numbered({ kind: 'end', spanId: 's0' }, 7);
  operations.numbered({ kind: 'end', spanId: 's1' }, 8);
  operations.cutTo(6);
  assert.deepEqual(operations.all(), [
    { seq: 0, span_id: 's0' },
    { seq: 2, span_id: 's1' },
    { seq: 4, span_id: 's2' },
  ]);
  operations.cutTo(1);
  assert.deepEqual(operations.all(), [{ seq: 0, span_id: 's0' }]);
});

test('of ended ones those are forgotten that are sealed; the others can still come back', () => {
  let sealed = 0;
  const operations = new OpenOperations(() => sealed);
  for (let n = 0; n < 1_200; n++) {
    sealed = n * 2 - 10;
    operations.numbered({ kind: 'start', spanId: `s${n}` }, n * 2);
    operations.numbered({ kind: 'end', spanId: `s${n}` }, n * 2 + 1);
  }
  assert.equal(operations.count, 0);
  operations.cutTo(1_199 * 2 + 1);
  assert.deepEqual(operations.all(), [{ seq: 1_199 * 2, span_id: 's1199' }]);
});

test('in another log those are open whose first lines are carried over', () => {
  const operations = begun(3);
  const tail = new Uint8Array(0);
  const carried = [4, 5].map((seq) => ({ seq, tail, type: 'job_started', severity: '', timeMs: 0 }));
  const marked = operations.beginAnew(carried);
  assert.equal(operations.count, 0);
  assert.deepEqual(marked.map(({ mark }) => mark), [{ kind: 'start', spanId: 's2' }, undefined]);
});
