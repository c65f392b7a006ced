import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, utf8 } from './bytes.ts';
import { signCheckpoint } from './checkpoint.ts';
import { signerOf } from './ed25519.test.support.ts';
import { noteBytesMax } from './note.ts';
import { formatSidecarRecord, parseSidecar, parseSidecarRecord, readSidecar, sidecarRecordBytesMax } from './sidecar.ts';
import type { SidecarRecord } from './sidecar.ts';

const signer = signerOf('scanner-7/0123456789abcdef0123456789abcdef', 1);

/** A record of the right form; its root has nothing to do with its frontier, which the sidecar does not judge. */
function recordOf(size: number): SidecarRecord {
  const hash = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);
  return {
    size,
    ts: '2026-11-24T14:03:22.118Z',
    frontier: [...size.toString(2)].filter((bit) => bit === '1').map((_, i) => hash(i)),
    note: signCheckpoint({ origin: signer.key.name, size, root: hash(9) }, signer),
  };
}

test('a record is one line, spelled as the format has it', () => {
  const record = recordOf(5);
  const line = formatSidecarRecord(record);
  assert.equal(
    line,
    '{"size":5,"ts":"2026-11-24T14:03:22.118Z","frontier":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",' +
      '"AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="],"note":"scanner-7/0123456789abcdef0123456789abcdef\\n5\\n' +
      'CQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQk=\\n\\n— scanner-7/0123456789abcdef0123456789abcdef ' +
      'wQ1DPIkCZxc5X0Vo6NLOHWRvxppQ4yBmU2uOEkDarcV/jtkRS1gXxWLpTQ3NZNwD8hD0Wx4xY+DDty2EYyboWbnhgQI=\\n"}\n',
  );
  assert.deepEqual(parseSidecarRecord(line.slice(0, -1)), record);
});

test('a sidecar is read record by record; an empty one holds none', () => {
  assert.deepEqual(parseSidecar(new Uint8Array()), { records: [], bytesWhole: 0, torn: false });
  const records = [0, 5, 5, 1024].map(recordOf);
  const bytes = utf8(records.map(formatSidecarRecord).join(''));
  assert.deepEqual(parseSidecar(bytes), { records, bytesWhole: bytes.length, torn: false });
});

test('an unterminated last record is ignored, wherever it was cut', () => {
  const whole = utf8(formatSidecarRecord(recordOf(1)));
  const next = utf8(formatSidecarRecord(recordOf(2)));
  for (let cut = 0; cut < next.length; cut++) {
    const sidecar = parseSidecar(concatBytes(whole, next.subarray(0, cut)));
    assert.equal(sidecar.records.length, 1);
    assert.equal(sidecar.bytesWhole, whole.length);
    assert.equal(sidecar.torn, cut > 0);
  }
});

test('what is not exactly a record is refused with SIDECAR_MALFORMED', () => {
  const good = recordOf(5);
  const line = formatSidecarRecord(good).slice(0, -1);
  const change = (changed: Record<string, unknown>): string => JSON.stringify({ ...JSON.parse(line), ...changed });
  const hash = Buffer.alloc(32).toString('base64');
  const refused: Record<string, string> = {
    'no JSON': '{',
    'an array': '[]',
    null: 'null',
    'a size that is no number': change({ size: '5' }),
    'a size below zero': change({ size: -5 }),
    'a size with a fraction': change({ size: 5.5 }),
    'a size that is not its checkpoint’s': change({ size: 6 }),
    'no time': change({ ts: '' }),
    'a local time': change({ ts: '2026-11-24T14:03:22.118+01:00' }),
    'a time without milliseconds': change({ ts: '2026-11-24T14:03:22Z' }),
    'a month that is none': change({ ts: '2026-13-24T14:03:22.118Z' }),
    'a frontier that is no list': change({ frontier: hash }),
    'a frontier too short for its size': change({ frontier: [hash] }),
    'a frontier too long for its size': change({ frontier: [hash, hash, hash] }),
    'a frontier of something else': change({ frontier: [hash, 7] }),
    'a hash too short': change({ frontier: [hash, hash.slice(4)] }),
    'no note': change({ note: undefined }),
    'a note that is none': change({ note: 'x' }),
    'another field': change({ more: 1 }),
    'spaces': line.replace('"ts":', '"ts": '),
    'another order': JSON.stringify({ ts: good.ts, ...JSON.parse(line) }),
    'a field twice': line.replace('{"size":5', '{"size":4,"size":5'),
    'an escape that is not needed': line.replace('scanner', '\\u0073canner'),
    'a byte-order mark': `\ufeff${line}`,
  };
  for (const [what, text] of Object.entries(refused)) {
    assert.throws(() => parseSidecarRecord(text), { name: 'LogError', code: 'SIDECAR_MALFORMED' }, what);
  }
});

test('a fault names its line, and the records before it can be had', () => {
  const good = utf8([0, 5].map((size) => formatSidecarRecord(recordOf(size))).join(''));
  const faults: Record<string, Uint8Array> = {
    'a hole of NULs': concatBytes(good, new Uint8Array(40), utf8('\n')),
    'no UTF-8': concatBytes(good, Uint8Array.of(0xff, 0x0a)),
    'an empty line': concatBytes(good, utf8('\n')),
    'a size that falls': concatBytes(good, utf8(formatSidecarRecord(recordOf(4)))),
    'a record too long': concatBytes(good, utf8(`${' '.repeat(sidecarRecordBytesMax + 1)}\n`)),
  };
  for (const [what, bytes] of Object.entries(faults)) {
    assert.throws(() => parseSidecar(bytes), { code: 'SIDECAR_MALFORMED', message: /^line 3: / }, what);
    const { records, bytesWhole, fault } = readSidecar(bytes);
    assert.deepEqual(records.map(({ size }) => size), [0, 5], what);
    assert.equal(bytesWhole, good.length, what);
    assert.equal(fault?.code, 'SIDECAR_MALFORMED', what);
  }
});

test('the longest note fits a record, whatever JSON makes of it', () => {
  const base = recordOf(2 ** 53 - 1);
  const origin = '"'.repeat(noteBytesMax - 400);
  const note = base.note.replace(/^.*\n/, `${origin}\n`);
  const line = formatSidecarRecord({ ...base, note });
  assert.ok(line.length > 2 * origin.length);
  assert.equal(parseSidecar(utf8(line)).records[0]?.note, note);
});

test('any records survive being written and read; a changed byte never reads as something else', () => {
  fc.assert(
    fc.property(fc.array(fc.maxSafeNat(), { maxLength: 5 }), (sizes) => {
      const records = sizes.toSorted((a, b) => a - b).map(recordOf);
      assert.deepEqual(parseSidecar(utf8(records.map(formatSidecarRecord).join(''))).records, records);
    }),
    { numRuns: 30 },
  );
  const bytes = utf8(formatSidecarRecord(recordOf(5)));
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Uint8Array.from(bytes);
      changed[at] = (bytes[at] ?? 0) ^ change;
      const { records, bytesWhole } = readSidecar(changed);
      assert.equal(records.map(formatSidecarRecord).join(''), new TextDecoder().decode(changed.subarray(0, bytesWhole)));
    }),
    { numRuns: 2000 },
  );
});
