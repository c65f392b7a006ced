import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '../bytes.ts';
import { signerOf } from '../ed25519.test.support.ts';
import { hasher } from '../hash.ts';
import { parseSidecarRecord } from '../sidecar.ts';
import { signCheckpoint } from '../checkpoint.ts';
import { edit, LogWriter, type Segment, segmentAt, shortly, stranger, stubOf, verifyLog, wholeLog, withNote } from './log.test.support.ts';
import type { VerifyReport } from './report.ts';
import { verdictOf } from './verdict.ts';

/** What the report says after this was done to a whole log; whatever it is, it is not sound. */
function tampered(change: (log: LogWriter) => void, log: LogWriter = wholeLog()): VerifyReport {
  const key = log.signer.key;
  assert.deepEqual(shortly(verifyLog(log, { anchors: { key } })), [], 'the log is sound before');
  change(log);
  const report = verifyLog(log, { anchors: { key } });
  assert.equal(report.ok, false);
  assert.equal(verdictOf(report).exitCode, 1);
  for (const chunkBytes of [1, 7, 333]) {
    assert.deepEqual(verifyLog(log, { anchors: { key }, chunkBytes }), report, `the same when read by ${chunkBytes} bytes`);
  }
  return report;
}

test('a flipped byte: the lines between the two checkpoints around it', () => {
  const report = tampered((log) => edit(log, 64, (line) => line.replace('INFO', 'INFP')));
  assert.deepEqual(shortly(report), ['ROOT_MISMATCH 60 69']);
  assert.equal(report.sound, 60);
  assert.match(report.problems[0]?.message ?? '', /^lines 60–69: .*size 70/);
});

test('a flipped byte in the last line before a rotation, and in the first after it', () => {
  assert.deepEqual(shortly(tampered((log) => edit(log, 49, (line) => line.replace('INFO', 'INFP')))), ['ROOT_MISMATCH 40 49']);
  assert.deepEqual(shortly(tampered((log) => edit(log, 50, (line) => line.replace('20.19', '20.18')))), ['ROOT_MISMATCH 50 59']);
});

test('a flipped byte in two segments: each is told, for each segment starts from its own base', () => {
  const report = tampered((log) => {
    edit(log, 12, (line) => line.replace('INFO', 'WARN'));
    edit(log, 141, (line) => line.replace('INFO', 'WARN'));
  });
  assert.deepEqual(shortly(report), ['ROOT_MISMATCH 10 19', 'ROOT_MISMATCH 140 149']);
  assert.equal(report.sound, 10);
});

test('a flipped bit that makes the line no UTF-8 or no object is told by the tree or by the line', () => {
  assert.deepEqual(shortly(tampered((log) => edit(log, 64, (line) => line.slice(0, -2)))), ['LINE_NOT_JSON 64']);
  assert.deepEqual(shortly(tampered((log) => edit(log, 64, (line) => line.replace('"seq"', '"req"')))), ['LINE_SEQ 64']);
  assert.deepEqual(shortly(tampered((log) => edit(log, 64, (line) => line.replace('{', '[')))), ['LINE_NOT_JSON 64']);
});

test('a deleted line, an inserted line, a duplicated line, two swapped lines', () => {
  const lines = (log: LogWriter): string[] => segmentAt(log, 1).lines;
  assert.deepEqual(shortly(tampered((log) => lines(log).splice(14, 1))), ['LINE_SEQ 64']);
  assert.deepEqual(shortly(tampered((log) => lines(log).splice(14, 0, '{"seq":64,"type":"x"}'))), ['LINE_SEQ 65']);
  assert.deepEqual(shortly(tampered((log) => lines(log).splice(14, 0, ...lines(log).slice(14, 15)))), ['LINE_SEQ 65']);
  const swapped = tampered((log) => lines(log).splice(14, 2, ...lines(log).slice(14, 16).toReversed()));
  assert.deepEqual(shortly(swapped), ['LINE_SEQ 64']);
  assert.equal(swapped.sound, 60);
});

test('lines renumbered after a deletion or an insertion: the tree tells', () => {
  const renumber = (segment: Segment): void => {
    segment.lines = segment.lines.map((line, i) => line.replace(/^\{"seq":\d+/, `{"seq":${segment.first + i}`));
  };
  const deleted = tampered((log) => {
    segmentAt(log, 1).lines.splice(14, 1);
    renumber(segmentAt(log, 1));
  });
  assert.deepEqual(shortly(deleted), ['ROOT_MISMATCH 60 69', 'SEGMENT_MISSING 99'], 'and one line is missing before the next segment');
  assert.match(deleted.problems[1]?.message ?? '', /^line 99: /);
  const inserted = tampered((log) => {
    segmentAt(log, 1).lines.splice(14, 0, '{"seq":64,"type":"job_started"}');
    renumber(segmentAt(log, 1));
  });
  assert.deepEqual(shortly(inserted), ['ROOT_MISMATCH 60 69']);
});

test('a truncated file whose sidecar is whole', () => {
  const report = tampered((log) => segmentAt(log, 2).lines.splice(33));
  assert.deepEqual(shortly(report), ['TRUNCATED 133 149']);
  assert.equal(report.sound, 130);
  assert.equal(report.lines, 133);
  const inLine = tampered((log) => {
    segmentAt(log, 2).tail = utf8(segmentAt(log, 2).lines[33]?.slice(0, 20) ?? '');
    segmentAt(log, 2).lines.splice(33);
  });
  assert.deepEqual(shortly(inLine), ['TRUNCATED 133 149']);
  assert.deepEqual(inLine.torn, { seq: 133, bytes: 20 });
  const middle = tampered((log) => segmentAt(log, 1).lines.splice(33));
  assert.deepEqual(shortly(middle), ['TRUNCATED 83 99']);
  assert.deepEqual(middle.gaps, [{ from: 83, to: 99 }]);
});

test('a truncated file whose sidecar was truncated with it: told where a cosignature or the next segment remembers', () => {
  const cut = (log: LogWriter, index: number): void => {
    segmentAt(log, index).lines.splice(30);
    segmentAt(log, index).records.splice(4);
  };
  assert.deepEqual(shortly(tampered((log) => cut(log, 1))), ['TRUNCATED 80 99']);
  const cosigned = tampered((log) => cut(log, 2), wholeLog().cosignedNow());
  assert.deepEqual(shortly(cosigned), ['TRUNCATED 130 149']);
  assert.equal(cosigned.unwitnessed, 0);
  const unwitnessed = wholeLog();
  cut(unwitnessed, 2);
  assert.deepEqual(shortly(verifyLog(unwitnessed)), [], 'not detectable offline: docs/format.md says so');
});

test('a dropped segment: first, middle, last', () => {
  assert.deepEqual(shortly(tampered((log) => log.segments.splice(0, 1))), ['HEAD_MISSING 0 49']);
  const middle = tampered((log) => log.segments.splice(1, 1));
  assert.deepEqual(shortly(middle), ['SEGMENT_MISSING 50 99']);
  assert.deepEqual(middle.gaps, [{ from: 50, to: 99 }]);
  assert.equal(middle.sound, 50);
  assert.equal(middle.lines, 100);
  assert.deepEqual(shortly(tampered((log) => log.segments.splice(2, 1))), ['SUCCESSOR_MISSING 100']);
});

test('a dropped segment whose sidecar is still there', () => {
  const drop = (index: number) => (log: LogWriter): void => {
    segmentAt(log, index).dataGone = true;
  };
  assert.deepEqual(shortly(tampered(drop(0))), ['HEAD_MISSING 0 49']);
  assert.deepEqual(shortly(tampered(drop(1))), ['SEGMENT_MISSING 50 99']);
  assert.deepEqual(shortly(tampered(drop(2))), ['TRUNCATED 100 149', 'SUCCESSOR_MISSING 100']);
  const all = tampered((log) => [0, 1, 2].forEach((index) => drop(index)(log)));
  assert.deepEqual(shortly(all), ['TRUNCATED 0 149']);
});

test('a checkpoint replaced: another key’s, another text’s, another log’s', () => {
  const replace = (change: (note: string) => string) => (log: LogWriter): void => {
    const { records } = segmentAt(log, 1);
    records[2] = withNote(records[2] ?? '', change);
  };
  const otherRoot = parseSidecarRecord(segmentAt(wholeLog(stranger), 1).records[2] ?? '');
  const stolenName = (log: LogWriter): void => {
    const { records } = segmentAt(log, 1);
    const impostor = signerOf(log.signer.key.name, 66);
    const { size, root } = { size: 70, root: hasher.digest(utf8('forged')) };
    records[2] = withNote(records[2] ?? '', () => signCheckpoint({ origin: impostor.key.name, size, root }, impostor));
  };
  assert.deepEqual(shortly(tampered(stolenName)), ['FRONTIER_MISMATCH', 'CHECKPOINT_SIGNATURE']);
  const otherText = tampered(replace((note) => note.replace(/\n70\n.{8}/, '\n70\nAAAAAAAA')));
  assert.deepEqual(shortly(otherText), ['FRONTIER_MISMATCH', 'CHECKPOINT_SIGNATURE']);
  const otherLog = tampered(replace(() => otherRoot.note));
  assert.deepEqual(shortly(otherLog), ['FRONTIER_MISMATCH', 'CHECKPOINT_ORIGIN']);
  assert.equal(otherLog.sound, 150, 'the other checkpoints still say what the lines are');
});

test('a sidecar record that cannot be read does not hide the others', () => {
  const report = tampered((log) => {
    segmentAt(log, 1).records[3] = '{"size":80}';
    edit(log, 64, (line) => line.replace('INFO', 'WARN'));
  });
  assert.deepEqual(shortly(report), ['SIDECAR_MALFORMED', 'ROOT_MISMATCH 60 69']);
});

test('sidecar records out of order, and a frontier that is not the signed tree’s', () => {
  const swap = tampered((log) => {
    const { records } = segmentAt(log, 1);
    records.splice(2, 2, ...records.slice(2, 4).toReversed());
  });
  assert.deepEqual(shortly(swap), ['CHECKPOINT_ORDER']);
  const base = tampered((log) => {
    const { records } = segmentAt(log, 1);
    const at = (records[0]?.indexOf('"frontier":["') ?? 0) + 13;
    records[0] = `${records[0]?.slice(0, at)}AAAA${records[0]?.slice(at + 4)}`;
  });
  assert.deepEqual(shortly(base), ['FRONTIER_MISMATCH'], 'the segment is verified from the one before it');
  assert.equal(base.sound, 150);
});

test('a base record taken away is told, and the segment is verified from the one before it', () => {
  const report = tampered((log) => segmentAt(log, 1).records.splice(0, 1));
  assert.deepEqual(shortly(report), ['BASE_MISSING']);
});

test('sidecars taken away: the base of the next segment still tells what the lines were', () => {
  const log = wholeLog();
  segmentAt(log, 1).records = [];
  assert.deepEqual(shortly(verifyLog(log)), []);
  edit(log, 64, (line) => line.replace('INFO', 'WARN'));
  assert.deepEqual(shortly(verifyLog(log)), ['ROOT_MISMATCH 50 99']);
});

test('a NUL hole among sealed lines', () => {
  const report = tampered((log) => edit(log, 64, (line) => '\0'.repeat(line.length)));
  assert.deepEqual(shortly(report), ['LINE_NOT_JSON 64']);
  assert.match(report.problems[0]?.message ?? '', /NUL/);
  const log = wholeLog();
  edit(log, 64, () => '\0'.repeat(200_000));
  assert.deepEqual(shortly(verifyLog(log, { chunkBytes: 50_000 })), ['LINE_NOT_JSON 64'], 'longer than any line');
});

test('two writers: their lines carry the same seqs', () => {
  const report = tampered((log) => {
    const other = wholeLog();
    segmentAt(log, 1).lines = segmentAt(log, 1).lines.flatMap((line, i) => [line, segmentAt(other, 1).lines[i] ?? '']);
  });
  assert.deepEqual(shortly(report), ['LINE_SEQ 51']);
});

test('forged from an old copy: told where a witness, or .cosigned, has seen more', () => {
  const report = tampered((log) => {
    const old = new LogWriter();
    old.lines(9).checkpoint();
    log.segments.splice(0, 3, ...old.segments);
  }, wholeLog().cosignedNow());
  assert.deepEqual(shortly(report), ['TRUNCATED 10 149']);
});

test('an old copy that went its own way: the same key signed two trees', () => {
  const copy = (change: (log: LogWriter) => void): LogWriter => {
    const log = new LogWriter();
    log.lines(9).checkpoint();
    change(log);
    return log.lines(10).checkpoint();
  };
  const log = copy((copied) => copied.line('auth_failed'));
  const other = copy((copied) => copied.line('job_failed'));
  const witnessed = verifyLog(log, { notes: [{ kind: 'witness', source: 'https://witness.example', note: other.noteNow() }] });
  assert.deepEqual(shortly(witnessed), ['CHECKPOINT_FORK']);
  log.lines(5).checkpoint();
  const between = verifyLog(log, { notes: [{ kind: 'cosigned', source: '.cosigned', note: other.noteNow() }] });
  assert.deepEqual(shortly(between), ['CHECKPOINT_FORK'], 'a later checkpoint settles which tree is the log’s');
});

test('two trees of one size, and the lines of neither', () => {
  const log = wholeLog();
  const { records } = segmentAt(log, 2);
  const root = hasher.digest(utf8('another'));
  const note = signCheckpoint({ origin: log.signer.key.name, size: 150, root }, log.signer);
  log.notes.push({ kind: 'cosigned', source: '.cosigned', note });
  assert.equal(parseSidecarRecord(records.at(-1) ?? '').size, 150);
  edit(log, 147, (line) => line.replace('INFO', 'WARN'));
  assert.deepEqual(shortly(verifyLog(log)), ['CHECKPOINT_FORK', 'ROOT_MISMATCH 140 149']);
});

test('sidecar ahead of data', () => {
  const log = new LogWriter();
  log.lines(9).checkpoint().lines(5);
  const report = tampered((changed) => {
    changed.checkpoint();
    changed.segment.lines.splice(12);
  }, log);
  assert.deepEqual(shortly(report), ['TRUNCATED 12 14']);
});

test('a line erased without record, with record, and with a record that is not sealed yet', () => {
  const without = tampered((log) => edit(log, 64, (line) => stubOf(line, 64)));
  assert.deepEqual(shortly(without), ['ERASURE_UNNAMED 64']);

  const log = new LogWriter();
  log.lines(49).rotate().line('log.erasure', { seqs: [20, 21], why: 'personal data', by: 'dpo' });
  edit(log, 20, (line) => stubOf(line, 20));
  assert.deepEqual(shortly(verifyLog(log)), ['ERASURE_UNNAMED 20']);
  log.checkpoint();
  const named = verifyLog(log);
  assert.deepEqual(shortly(named), []);
  assert.equal(named.erasures, 2, 'line 21 is about to be erased');
  edit(log, 22, (line) => stubOf(line, 22));
  assert.deepEqual(shortly(verifyLog(log)), ['ERASURE_UNNAMED 22']);
  edit(log, 20, (line) => line.replace(/"leaf":".{4}/, '"leaf":"AAAA'));
  assert.deepEqual(shortly(verifyLog(log)), ['ROOT_MISMATCH 0 50', 'ERASURE_UNNAMED 22']);
});

test('a stub in another spelling is no stub', () => {
  const report = tampered((log) => edit(log, 64, (line) => stubOf(line, 64).replace('}', ' }')));
  assert.deepEqual(shortly(report), ['ROOT_MISMATCH 60 69', 'LOG_LINE_MALFORMED 64']);
});

test('log.open rewritten to name another key', () => {
  const other = new LogWriter(stranger);
  const report = tampered((log) => edit(log, 50, () => other.segment.lines[0]?.replace('{"seq":0', '{"seq":50') ?? ''));
  assert.deepEqual(shortly(report), ['ROOT_MISMATCH 50 59', 'OPEN_OTHER_ORIGIN 50']);
  const vkeyOnly = tampered((log) => edit(log, 50, (line) => line.replace(/(?<="vkey":"[^"]{60})./, '#')));
  assert.deepEqual(shortly(vkeyOnly), ['ROOT_MISMATCH 50 59', 'OPEN_OTHER_ORIGIN 50']);
  const firstLine = tampered((log) => edit(log, 0, () => other.segment.lines[0] ?? ''));
  assert.deepEqual(shortly(firstLine), ['ROOT_MISMATCH 0 9', 'OPEN_OTHER_ORIGIN 0']);
  const unanchored = wholeLog();
  edit(unanchored, 0, () => other.segment.lines[0] ?? '');
  assert.deepEqual(shortly(verifyLog(unanchored)), shortly(firstLine), 'the key is the one that the checkpoints are of');
});

test('a damaged archive', () => {
  const report = tampered((log) => {
    segmentAt(log, 1).lines.splice(20);
    segmentAt(log, 1).damaged = true;
  });
  assert.deepEqual(shortly(report), ['SEGMENT_UNREADABLE 70']);
  assert.equal(report.sound, 70);
});

test('many problems of one code are counted, not all listed', () => {
  const report = tampered((log) => {
    for (let seq = 1; seq < 49; seq++) edit(log, seq, (line) => stubOf(line, seq));
  });
  assert.equal(report.problems.length, 16);
  assert.match(report.problems.at(-1)?.message ?? '', /and 32 more/);
});
