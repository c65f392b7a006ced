import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { utf8 } from '../bytes.ts';
import { nodeVerify, signerOf, witnessOf } from '../ed25519.test.support.ts';
import { hasher } from '../hash.ts';
import { formatVerifierKey } from '../key.ts';
import { parsePolicy } from '../policy.ts';
import { dataOf, edit, LogWriter, segmentAt, shortly, signer, stranger, time, verifyLog, wholeLog, witness } from './log.test.support.ts';
import { planVerification } from './plan.ts';
import { assembleReport } from './report.ts';
import { type SegmentResult, SegmentVerifier } from './segment.ts';
import { verdictOf } from './verdict.ts';

test('a whole log: its lines, its key, what covers it', () => {
  const log = wholeLog().cosignedNow();
  const { unknown, ...report } = verifyLog(log, { anchors: { key: log.signer.key } });
  assert.deepEqual(report, {
    ok: true,
    origin: log.signer.key.name,
    vkey: formatVerifierKey(log.signer.key),
    first: 0,
    lines: 150,
    segments: 3,
    bytes: log.segments.reduce((sum, segment) => sum + dataOf(segment).length, 0),
    gaps: [],
    signed: 150,
    unsigned: 0,
    witnessed: { size: 150, by: [{ name: 'witness.example', timeSeconds: 1_795_529_002, verified: false }] },
    unwitnessed: 0,
    sound: 150,
    anchored: true,
    losses: 0,
    erasures: 0,
    pruned: 0,
    recovered: 0,
    orphans: 0,
    records: { losses: [], erasures: [], prunes: [], recoveries: [], refused: [], orphans: [] },
    problems: [],
  });
  assert.deepEqual(verdictOf({ unknown, ...report }), { kind: 'sound', exitCode: 0 });
  assert.deepEqual(unknown.slice(0, 2), [
    'lines cut off the end together with their checkpoints (no line below 150, which a witness has seen)',
    'whether what was said is true, and whether all that happened was said',
  ]);
});

test('without an anchor the log’s own key is used, and the report says that nobody vouches for it', () => {
  const report = verifyLog(wholeLog());
  assert.equal(report.ok, true);
  assert.equal(report.anchored, false);
  assert.deepEqual(verdictOf(report), { kind: 'not-anchored', exitCode: 3 });
  assert.match(report.unknown.join('\n'), /whose log this is/);
});

test('a key or an origin that is given must be the log’s', () => {
  const log = wholeLog();
  const { key } = log.signer;
  assert.equal(verifyLog(log, { anchors: { origin: key.name } }).anchored, true);
  const otherOrigin = verifyLog(log, { anchors: { origin: stranger.key.name } });
  assert.deepEqual(shortly(otherOrigin), ['KEY_MISMATCH']);
  assert.equal(otherOrigin.anchored, false);
  const otherKey = verifyLog(log, { anchors: { key: stranger.key } });
  assert.deepEqual(shortly(otherKey), ['KEY_MISMATCH']);
  assert.equal(otherKey.sound, 150, 'by its own key it is sound all the same');
  assert.throws(() => verifyLog(log, { anchors: { key: witness.key } }), { code: 'KEY_WRONG_TYPE' });
});

test('a log that another key signed in the agent’s name', () => {
  const forged = wholeLog(stranger);
  const { key } = signer;
  const vkey = formatVerifierKey(key);
  const own = forged.signer.key;
  for (const segment of forged.segments) {
    segment.lines = segment.lines.map((line) => line.replace(formatVerifierKey(own), vkey).replace(own.name, key.name));
  }
  const otherOrigin = verifyLog(forged, { anchors: { key } });
  assert.deepEqual([otherOrigin.anchored, otherOrigin.sound], [false, 0]);
  assert.equal(otherOrigin.problems.every(({ code }) => code === 'CHECKPOINT_ORIGIN'), true);

  const impostor = new LogWriter(signerOf(key.name, 9)).lines(5).checkpoint();
  const sameOrigin = verifyLog(impostor, { anchors: { key } });
  assert.deepEqual([sameOrigin.anchored, sameOrigin.unsigned], [false, 6]);
  assert.deepEqual(shortly(sameOrigin), ['KEY_UNCERTIFIED', 'CHECKPOINT_SIGNATURE', 'CHECKPOINT_SIGNATURE']);
});

test('log.open lines rewritten to name another key do not hide whose log it is from who knows its key', () => {
  const log = wholeLog();
  const { key } = log.signer;
  for (const segment of log.segments) {
    const otherKey = (line: string): string => line.replace(formatVerifierKey(key), formatVerifierKey(stranger.key));
    segment.lines = segment.lines.map((line) => otherKey(line).replace(key.name, stranger.key.name));
  }
  const report = verifyLog(log, { anchors: { key } });
  assert.deepEqual(new Set(report.problems.map(({ code }) => code)), new Set(['ROOT_MISMATCH', 'OPEN_OTHER_ORIGIN']));
});

test('a key in log.open that the origin does not certify', () => {
  const other = formatVerifierKey(stranger.key);
  const uncertified = new LogWriter();
  uncertified.segment.lines[0] = (uncertified.segment.lines[0] ?? '').replace(formatVerifierKey(uncertified.signer.key), other);
  assert.deepEqual(shortly(verifyLog(uncertified)), ['KEY_UNCERTIFIED']);
  uncertified.segment.lines[0] = (uncertified.segment.lines[0] ?? '').replace(other, 'no key');
  assert.deepEqual(shortly(verifyLog(uncertified)), ['KEY_UNCERTIFIED']);
});

test('a log without any log.open needs the key', () => {
  const log = new LogWriter();
  const bare = { segments: [{ first: 0, lines: ['{"seq":0,"type":"x"}'], records: log.segment.records }] };
  assert.deepEqual(shortly(verifyLog(bare)), ['KEY_UNKNOWN']);
  const report = verifyLog(bare, { anchors: { key: log.signer.key } });
  assert.deepEqual(shortly(report), []);
  assert.equal(report.unsigned, 1);
  assert.deepEqual(shortly(verifyLog(bare, { anchors: { origin: log.signer.key.name } })), ['KEY_UNKNOWN']);
});

test('a log that nothing was signed in yet is not anchored, whatever key is given', () => {
  const log = new LogWriter().lines(3);
  log.segment.records = [];
  const report = verifyLog(log, { anchors: { key: log.signer.key } });
  assert.deepEqual(shortly(report), []);
  assert.equal(report.unsigned, 4);
  assert.equal(verdictOf(report).exitCode, 3);
});

test('an unsigned tail is counted, not a problem; an unterminated line is no line', () => {
  const log = wholeLog().open().lines(4);
  log.segment.tail = utf8('{"seq":155,"times');
  const report = verifyLog(log);
  assert.equal(report.ok, true);
  assert.equal(report.lines, 155);
  assert.equal(report.unsigned, 5);
  assert.deepEqual(report.torn, { seq: 155, bytes: 17 });
  assert.match(report.unknown.join('\n'), /the last 5 lines: no checkpoint covers them\n.*17 bytes from line 155 on/);
});

test('what a crash leaves beyond the newest checkpoint is a torn tail: a hole, and all that follows it, later files too', () => {
  const log = wholeLog().open().lines(3);
  segmentAt(log, 2).lines[52] = '\0'.repeat(100);
  const hole = verifyLog(log);
  assert.equal(hole.ok, true);
  assert.equal(hole.lines, 152);
  assert.equal(hole.torn?.seq, 152);
  assert.equal(hole.torn?.code, 'LINE_NOT_JSON');
  assert.equal(hole.torn?.bytes, 101 + (segmentAt(log, 2).lines[53]?.length ?? 0) + 1);

  const rotated = wholeLog().open().lines(3).line('log.close', { reason: 'rotate' });
  rotated.segments.push({ first: 155, lines: [], records: [] });
  rotated.open().lines(2);
  assert.equal(verifyLog(rotated).unsigned, 8);
  const withHole = segmentAt(rotated, 2).lines.with(52, '\0');
  const holed = verifyLog({ segments: rotated.segments.map((segment, i) => (i === 2 ? { ...segment, lines: withHole } : segment)) });
  assert.deepEqual([shortly(holed), holed.lines, holed.segments, holed.torn?.seq], [[], 152, 3, 152]);
  segmentAt(rotated, 2).lines.splice(53);
  const later = verifyLog(rotated);
  assert.deepEqual(shortly(later), []);
  assert.equal(later.lines, 153);
  assert.deepEqual(later.torn, { seq: 153, bytes: dataOf(segmentAt(rotated, 3)).length });
});

test('a pruned log begins at a base record, as its newest sealed log.prune says', () => {
  const pruned = (next: number, sealed: boolean): LogWriter => {
    const log = wholeLog().line('log.prune', { next, bytes: 5000, why: 'age' });
    if (sealed) log.checkpoint();
    log.segments.splice(0, 1);
    return log;
  };
  const report = verifyLog(pruned(50, true), { anchors: { key: signer.key } });
  assert.deepEqual(shortly(report), []);
  assert.deepEqual([report.first, report.lines, report.pruned, report.sound], [50, 101, 50, 151]);
  assert.deepEqual(report.records.prunes, [{ seq: 150, next: 50, bytes: 5000, why: 'age' }]);
  assert.deepEqual(shortly(verifyLog(pruned(100, true))), [], 'the deletion up to 100 is not finished yet');
  assert.deepEqual(shortly(verifyLog(pruned(49, true))), ['HEAD_MISSING 0 49']);
  assert.deepEqual(shortly(verifyLog(pruned(50, false))), ['HEAD_MISSING 0 49']);

  const unfinished = wholeLog().open().line('log.prune', { next: 100, bytes: 5000, why: 'size' }).checkpoint();
  unfinished.segments.splice(1, 1);
  assert.deepEqual(verifyLog(unfinished).gaps, [], 'a hole within what is being deleted is none');

  const baseless = pruned(50, true);
  segmentAt(baseless, 0).records.splice(0, 1);
  assert.deepEqual(shortly(verifyLog(baseless)), ['BASE_MISSING', 'BASE_MISSING 50 99']);
  segmentAt(baseless, 0).records = [];
  assert.deepEqual(shortly(verifyLog(baseless)), ['BASE_MISSING 50 99'], 'only the next segment’s base is about these lines');
});

test('after a failed sync a segment begins at an earlier line: the higher first seq counts', () => {
  const log = new LogWriter();
  log.lines(19).checkpoint();
  const failed = segmentAt(log, 0);
  const other = new LogWriter();
  other.lines(19).checkpoint();
  log.begin().lines(10).checkpoint();
  failed.lines.push('{"seq":20,"type":"never sealed"}', '\0\0\0');
  failed.tail = utf8('{"seq":22');
  const report = verifyLog(log, { anchors: { key: log.signer.key } });
  assert.deepEqual(shortly(report), []);
  assert.deepEqual([report.lines, report.sound, report.torn], [30, 30, undefined]);

  other.lines(15).checkpoint();
  failed.records.push(other.recordNow());
  assert.deepEqual(shortly(verifyLog(log)), ['TRUNCATED 30 34'], 'but what the earlier one had sealed must be found');
});

test('the same first seq twice counts once', () => {
  const plan = planVerification({ segments: [0, 50, 50], sidecars: [] }, hasher);
  assert.deepEqual(plan.segments.map(({ first, next }) => [first, next]), [[0, 50], [50, undefined]]);
});

test('crash states of closing a segment', () => {
  const log = new LogWriter().lines(5).line('log.close', { reason: 'rotate' });
  assert.deepEqual(shortly(verifyLog(log)), ['SUCCESSOR_MISSING 7'], 'not created yet: told, for a dropped file looks the same');
  assert.deepEqual(shortly(verifyLog(log, { emptySuccessor: true })), [], 'created, still empty');
  log.segments.push({ first: 7, lines: [], records: [] });
  assert.deepEqual(shortly(verifyLog(log)), []);
  log.open();
  assert.deepEqual(shortly(verifyLog(log)), [], 'the successor has lines, and the sealer has not come to it yet');
  assert.equal(verifyLog(log).unsigned, 8);
});

test('losses, recoveries, refused origins and orphans are told as far as they are sealed', () => {
  const log = new LogWriter();
  const counts = [{ type: 'job_started', severity: 'INFO', events: 3 }];
  const loss = { events: 4, first_at: time, last_at: time, why: 'ENOSPC', counts, other: 1 };
  const recovered = { torn_bytes: 3, torn_sha256: 'ab', torn_files: ['a.torn'], sealed_from: 5, sealed_to: 8 };
  log.line('log.loss', loss).line('log.recovered', recovered).open({ previous: { origin: 'scanner-7/0', why: 'TRUNCATED' } });
  log.line('log.orphan', { seq: 1, span_id: 'b7ad6b7169203331' }).line('log.future', { x: 1 }).checkpoint();
  log.line('log.loss', loss);
  const report = verifyLog(log);
  assert.deepEqual(shortly(report), []);
  assert.deepEqual([report.losses, report.recovered], [4, 1]);
  assert.deepEqual(report.records.losses, [{ seq: 1, ...loss }]);
  assert.deepEqual(report.records.recoveries, [{ seq: 2, ...recovered }]);
  assert.deepEqual(report.records.refused, [{ seq: 3, origin: 'scanner-7/0', why: 'TRUNCATED' }]);
  assert.deepEqual(report.records.orphans, [{ seq: 4, operation: 1, span_id: 'b7ad6b7169203331' }]);
  assert.equal(report.orphans, 1);
  assert.match(report.unknown.join('\n'), /lines 5–8: recovery found them unsigned, and sealed them at line 2/);
});

test('one of the log’s own lines that cannot be read', () => {
  const log = new LogWriter().line('log.prune', { next: 'all' }).line('log.close', { reason: 'why' }).checkpoint();
  assert.deepEqual(shortly(verifyLog(log)), ['LOG_LINE_MALFORMED 1', 'LOG_LINE_MALFORMED 2']);
});

test('own lines are recognised wherever their type stands', () => {
  const log = new LogWriter();
  const text = `{"seq":1,"timestamp":"${time}","details":{"next":0,"bytes":0,"why":"age"},"type":"log.prune"}`;
  log.segment.lines.push(text);
  log.frontier.append(hasher.leaf(utf8(text), 0, text.length));
  assert.equal(verifyLog(log.checkpoint()).records.prunes.length, 1);
});

test('a newer format: this code’s rules end where it begins', () => {
  const log = wholeLog().open({ format: 2, frontier: 'another' });
  const report = verifyLog(log, { anchors: { key: log.signer.key } });
  assert.deepEqual(report.newerFormat, { seq: 150, format: 2 });
  assert.equal(report.ok, false);
  assert.deepEqual(verdictOf(report), { kind: 'newer-format', exitCode: 2, seq: 150, format: 2 });
  log.lines(1);
  edit(log, 151, (line) => line.replace('INFO', 'WARN'));
  log.cosignedNow();
  segmentAt(log, 1).records[2] = '{}';
  const unreadable = verifyLog(log, { anchors: { key: log.signer.key } });
  assert.deepEqual(shortly(unreadable), ['SIDECAR_MALFORMED', 'ROOT_MISMATCH 150 151']);
  assert.equal(verdictOf(unreadable).exitCode, 2, 'what lies in the newer format, or may, is not judged');
  segmentAt(log, 0).lines[3] = '{"seq":3,"type":"forged"}';
  assert.equal(verdictOf(verifyLog(log)).exitCode, 1, 'what lies before it is judged');
});

test('cosignatures: with keys, only those that hold count', () => {
  const log = wholeLog().cosignedNow();
  log.open().lines(9).checkpoint();
  const known = verifyLog(log, { cosigners: [witness.key] });
  assert.deepEqual(known.witnessed, { size: 150, by: [{ name: 'witness.example', timeSeconds: 1_795_529_002, verified: true }] });
  assert.equal(known.unwitnessed, 10);
  const other = verifyLog(log, { cosigners: [witnessOf('other.example', 98).key] });
  assert.deepEqual([other.witnessed, other.unwitnessed, shortly(other)], [undefined, 160, []]);
  const note = (log.notes[0]?.note ?? '').replace(/(?<=witness\.example .{20})./, (digit) => (digit === 'A' ? 'B' : 'A'));
  const broken = verifyLog(log, { notes: [{ kind: 'cosigned', source: '.cosigned', note }], cosigners: [witness.key] });
  assert.deepEqual(shortly(broken), ['COSIGNATURE_INVALID']);
});

test('a policy: the log it lists, cosigned by whom it asks for', () => {
  const log = wholeLog().cosignedNow();
  const logLine = `log ${formatVerifierKey(log.signer.key)}\n`;
  const witnessLine = (key = witness.key): string => `witness w ${formatVerifierKey(key)}\nquorum w\n`;
  const judged = (policy: string): ReturnType<typeof verifyLog> => verifyLog(log, { anchors: { policy: parsePolicy(policy) } });
  const accepted = judged(logLine + witnessLine());
  assert.deepEqual([accepted.anchored, accepted.witnessed?.size, shortly(accepted)], [true, 150, []]);
  assert.equal(judged(witnessLine()).anchored, true, 'a policy of witnesses alone');
  assert.equal(judged(`${logLine}quorum none\n`).anchored, true);
  const lacking = judged(logLine + witnessLine(witnessOf('other.example', 98).key));
  assert.deepEqual([lacking.anchored, shortly(lacking)], [false, ['POLICY_NOT_SATISFIED']]);
  assert.match(lacking.problems[0]?.message ?? '', /quorum lacks witness w/);
  const otherLog = judged(`log ${formatVerifierKey(stranger.key)}\nquorum none\n`);
  assert.deepEqual([otherLog.anchored, shortly(otherLog)], [false, ['POLICY_NOT_SATISFIED']]);
});

test('a witness’s note anchors; one that is no checkpoint is told', () => {
  const log = wholeLog();
  const source = 'https://witness.example';
  assert.equal(verifyLog(log, { notes: [{ kind: 'witness', source, note: log.noteNow() }] }).anchored, true);
  assert.deepEqual(shortly(verifyLog(log, { notes: [{ kind: 'witness', source, note: 'nothing' }] })), ['CHECKPOINT_MALFORMED']);
  const foreign = verifyLog(log, { notes: [{ kind: 'witness', source, note: wholeLog(stranger).noteNow() }] });
  assert.deepEqual([foreign.anchored, shortly(foreign)], [false, ['CHECKPOINT_ORIGIN']]);
});

test('no segments at all', () => {
  const report = verifyLog({ segments: [] });
  assert.deepEqual([report.ok, report.lines, report.origin, verdictOf(report).exitCode], [true, 0, '', 3]);
});

test('a reader may stop where the next segment begins', () => {
  const log = wholeLog();
  const plan = planVerification({ segments: [0, 30], sidecars: [] }, hasher);
  const verifier = new SegmentVerifier(plan.segments[0] ?? { first: 0, sizes: [] }, hasher);
  assert.equal(verifier.done, false);
  verifier.push(dataOf(segmentAt(log, 0)));
  assert.equal(verifier.done, true);
  const result = verifier.finish();
  assert.deepEqual([result.end, result.rest, result.bytes], [30, 0, segmentAt(log, 0).lines.slice(0, 30).join('\n').length + 1]);
});

test('no change to a sealed byte goes unnoticed', () => {
  const log = wholeLog();
  const change = fc.record({
    segment: fc.nat(2),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    removed: fc.nat(300),
    added: fc.uint8Array({ maxLength: 40 }),
    chunkBytes: fc.integer({ min: 1, max: 9000 }),
  });
  fc.assert(
    fc.property(change, ({ segment, at, removed, added, chunkBytes }) => {
      const data = dataOf(segmentAt(log, segment));
      const from = Math.floor(at * data.length);
      const changed = Buffer.concat([data.subarray(0, from), added, data.subarray(from + removed)]);
      if (changed.equals(data)) return;
      // What stands after the last sealed line proves nothing and harms nothing.
      if (segment === 2 && changed.subarray(0, data.length).equals(data)) return;
      const segments = log.segments.map((original, i) => (i === segment ? { ...original, lines: [], tail: changed } : original));
      const report = verifyLog({ segments }, { chunkBytes });
      assert.equal(report.ok, false);
      const untouched = segmentAt(log, segment).first + data.subarray(0, from).filter((byte) => byte === 0x0a).length;
      assert.equal(report.sound <= untouched, true, `sound up to ${report.sound}, changed at ${untouched}`);
    }),
    { numRuns: 300 },
  );
});

test('whatever the files hold, there is a report', () => {
  const log = wholeLog().cosignedNow();
  const damage = (bytes: Uint8Array): fc.Arbitrary<Uint8Array> =>
    fc
      .record({ from: fc.nat(bytes.length), removed: fc.nat(60), added: fc.uint8Array({ maxLength: 30 }) })
      .map(({ from, removed, added }) => Buffer.concat([bytes.subarray(0, from), added, bytes.subarray(from + removed)]));
  const sidecars = log.segments.map(({ records }) => utf8(records.map((record) => `${record}\n`).join('')));
  const data = fc.tuple(...log.segments.map(dataOf).map(damage));
  const files = fc.record({ sidecars: fc.tuple(...sidecars.map(damage)), data, note: fc.string() });
  fc.assert(
    fc.property(files, ({ sidecars: damaged, data: pieces, note }) => {
      const plan = planVerification(
        {
          segments: [0, 50, 100],
          sidecars: damaged.map((bytes, i) => ({ first: i * 50, bytes })),
          notes: [{ kind: 'cosigned', source: '.cosigned', note }],
        },
        hasher,
      );
      const segments: SegmentResult[] = [];
      for (const [i, segment] of plan.segments.entries()) {
        const verifier = new SegmentVerifier(segment, hasher, segments.at(-1));
        verifier.push(pieces[i] ?? new Uint8Array(0));
        segments.push(verifier.finish());
      }
      const report = assembleReport({ plan, segments, verify: nodeVerify });
      assert.equal(report.sound <= 150, true);
      assert.equal(report.problems.length > 0, true, 'a note that is no checkpoint, if nothing else');
    }),
    { numRuns: 200 },
  );
});
