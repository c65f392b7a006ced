import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { classifyFile, fileSeqMax, logNames } from './layout.ts';

test('every name of a log, as the format has it', () => {
  const names = logNames('audit.log');
  assert.equal(names.active, 'audit.log');
  assert.equal(names.closed(0), 'audit-000000000000000.log');
  assert.equal(names.gzip(8192), 'audit-000000000008192.log.gz');
  assert.equal(names.checkpoints(8192), 'audit-000000000008192.checkpoints');
  assert.equal(names.cosigned, 'audit.cosigned');
  assert.equal(names.sender, 'audit.sender');
  assert.equal(names.key, 'audit.key');
  assert.equal(names.hold, 'audit.hold');
  assert.equal(names.lock(3), 'audit.lock-3');
  assert.equal(names.torn(12), 'audit-000000000000012.torn');
  assert.equal(names.refused('00c0ffee'), 'audit.refused-00c0ffee');
  assert.equal(names.temporary(names.gzip(0)), 'audit-000000000000000.log.gz.tmp');
});

test('a name that does not end in .log is the stem as a whole', () => {
  assert.equal(logNames('trail').active, 'trail');
  assert.equal(logNames('trail').closed(1), 'trail-000000000000001.log');
  assert.equal(logNames('trail.txt').key, 'trail.txt.key');
  assert.equal(logNames('.log').key, '.log.key');
});

test('each name tells what it is', () => {
  const names = logNames('audit.log');
  const kinds: readonly (readonly [string, ReturnType<typeof classifyFile>])[] = [
    [names.active, { kind: 'active' }],
    [names.closed(7), { kind: 'closed', first: 7, gzip: false }],
    [names.gzip(7), { kind: 'closed', first: 7, gzip: true }],
    [names.checkpoints(7), { kind: 'checkpoints', first: 7 }],
    [names.cosigned, { kind: 'cosigned' }],
    [names.sender, { kind: 'sender' }],
    [names.evidence, { kind: 'evidence' }],
    [names.key, { kind: 'key' }],
    [names.hold, { kind: 'hold' }],
    [names.lock(0), { kind: 'lock', generation: 0 }],
    [names.lock(41), { kind: 'lock', generation: 41 }],
    [names.torn(7), { kind: 'torn', seq: 7 }],
    [names.refused('deadbeef'), { kind: 'refused' }],
    [names.temporary(names.cosigned), { kind: 'temporary' }],
    [names.temporary(names.active), { kind: 'temporary' }],
  ];
  for (const [name, file] of kinds) assert.deepEqual(classifyFile('audit.log', name), file, name);
});

test('what is not a file of the log is left alone', () => {
  const strangers = [
    'audit', 'audit.log.gz', 'audit-1.log', 'audit-0000000000000000.log', 'audit-00000000000000x.log', 'audit-000000000000001.log.bz2',
    'audit.lock-01', 'audit.lock-', 'audit.lock', 'audit.refused-DEADBEEF', 'audit.refused-dead', 'audit2.log', 'other.key',
    'audit-2.cosigned', 'audit.cosigned.tmp.tmp', 'notes.tmp', 'audit.tmp', '', '.tmp', 'audit.key\n', 'Audit.log',
  ];
  for (const name of strangers) assert.equal(classifyFile('audit.log', name), undefined, name);
});

test('a name that could not serve is refused before anything is written', () => {
  for (const name of ['', '.', '..', 'a/b.log', '/audit.log', 'a\0.log', 'audit-000000000000001.log', 'audit-000000000000001']) {
    assert.throws(() => logNames(name), { name: 'LogError', code: 'FILE_NAME_MALFORMED' }, JSON.stringify(name));
  }
  assert.throws(() => logNames(`${'é'.repeat(112)}.log`), { code: 'FILE_NAME_MALFORMED', message: /224.*223/ });
  const longest = logNames(`${'a'.repeat(223)}.log`);
  assert.equal(longest.temporary(longest.checkpoints(fileSeqMax)).length, 255);
});

test('a seq has at most 15 digits, a generation is a count, a refused folder has 8 hex digits', () => {
  const names = logNames('audit.log');
  assert.equal(names.closed(fileSeqMax), 'audit-999999999999999.log');
  for (const seq of [-1, 1.5, NaN, fileSeqMax + 1]) assert.throws(() => names.closed(seq), { code: 'FILE_NAME_MALFORMED' });
  for (const generation of [-1, 0.5, Infinity]) assert.throws(() => names.lock(generation), { code: 'FILE_NAME_MALFORMED' });
  for (const hex of ['', 'DEADBEEF', 'deadbee', '../../..']) assert.throws(() => names.refused(hex), { code: 'FILE_NAME_MALFORMED' });
});

test('for any active name: what is built is classified as what it was built for', () => {
  const anyName = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((name) => {
    try {
      return logNames(name).active === name;
    } catch {
      return false;
    }
  });
  fc.assert(
    fc.property(anyName, fc.integer({ min: 0, max: fileSeqMax }), fc.integer({ min: 0, max: 1e9 }), (active, seq, generation) => {
      const names = logNames(active);
      assert.deepEqual(classifyFile(active, names.closed(seq)), { kind: 'closed', first: seq, gzip: false });
      assert.deepEqual(classifyFile(active, names.gzip(seq)), { kind: 'closed', first: seq, gzip: true });
      assert.deepEqual(classifyFile(active, names.checkpoints(seq)), { kind: 'checkpoints', first: seq });
      assert.deepEqual(classifyFile(active, names.torn(seq)), { kind: 'torn', seq });
      assert.deepEqual(classifyFile(active, names.lock(generation)), { kind: 'lock', generation });
    }),
  );
});
