import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { decodeUtf8, formatVerifierKey, hasher, toHex, utf8 } from '@agent-audit/log';
import { rememberingVerify } from '../integrity/ed25519.ts';
import { changedAt, evidenceOf, lineOf, lines, logId, logVkey, otherWitness, witnessVkey } from '../integrity/log.test.support.ts';
import { type Bundle, type BundleEvent, bundleSum, formatBundle, readBundle } from './bundle.ts';
import { fillTemplate } from './template.ts';
import { type BundleVerdict, verifyBundle } from './verify-bundle.ts';

const verify = rememberingVerify();

function eventOf(seq: number, all: readonly Uint8Array[] = lines): BundleEvent {
  const { line, proof } = evidenceOf(seq, all);
  return { logId, seq, line, proof, leaf: hasher.leaf(line, 0, line.length) };
}

const bundle: Bundle = {
  head: {
    title: 'Job j-42',
    search: 'job_id:j-42 "</script><b>"',
    since: '2026-11-24T00:00:00Z',
    exportedBy: 'auditor',
    tenant: 'acme',
    exportedAt: '2026-11-24T15:00:00.000Z',
    collector: 'https://audit.example/',
    left: [{ why: 'not witnessed yet', events: 2 }],
    completeness: 'Complete to 2026-11-24T14:59:58Z.',
  },
  keys: [
    { vkey: logVkey, isPinned: true },
    { vkey: witnessVkey, isPinned: false },
  ],
  events: [2, 4, 7].map((seq) => eventOf(seq)),
};
const text = formatBundle(bundle);

function judge(changed: string): BundleVerdict {
  return verifyBundle(readBundle(changed), verify);
}

test('what was written is read, and holds', () => {
  const reading = readBundle(text);
  assert.deepEqual(reading.problems, []);
  assert.deepEqual(
    reading.lines.flatMap(({ record }) => (record?.kind === 'event' ? [record.event] : [])),
    bundle.events,
  );
  const verdict = judge(text);
  assert.equal(verdict.holds, true);
  assert.deepEqual(verdict.head, bundle.head);
  assert.deepEqual(
    verdict.keys.map(({ kind, key }) => [kind, key.isPinned]),
    [['log', true], ['witness', false]],
  );
});

test('it can stand within a script element, whatever the events say', () => {
  assert.doesNotMatch(text, /</);
  const all = [utf8('{"seq":0,\xff}'), lineOf(1, '</script><!--<script>\u2028\ufeff')];
  const hostile = formatBundle({ ...bundle, events: [0, 1].map((seq) => eventOf(seq, all)) });
  assert.doesNotMatch(hostile, /</);
  assert.equal(judge(hostile).holds, true);
});

test('a line that is not UTF-8 keeps its bytes', () => {
  const all = [Uint8Array.from([...utf8('{"seq":0,"x":"'), 0xff, 0x22, 0x7d])];
  const verdict = judge(formatBundle({ ...bundle, events: [eventOf(0, all)] }));
  assert.equal(verdict.holds, true);
  assert.deepEqual(verdict.events[0]?.event?.line, all[0]);
});

test('its sum is what sha256sum says', () => {
  assert.equal(toHex(bundleSum(text)), createHash('sha256').update(text).digest('hex'));
});

test('no byte can be changed unseen; a changed event is named, and the others go on holding', () => {
  const bytes = utf8(text);
  const starts = text.split('\n').map((_, i, all) => utf8(all.slice(0, i).join('\n')).length + (i === 0 ? 0 : 1));
  for (let at = 0; at < bytes.length; at++) {
    // As a browser reads it: bytes that are not UTF-8 become U+FFFD.
    const verdict = judge(new TextDecoder().decode(changedAt(bytes, at)));
    assert.equal(verdict.holds, false, `byte ${at} was changed unseen`);
    const line = starts.findLastIndex((start) => start <= at);
    // Only in the lines of events; a changed line feed makes one line of two.
    if (line < 3 || line > 5 || bytes[at] === 0x0a) continue;
    const bad = verdict.events.filter(({ holds }) => !holds);
    assert.deepEqual(bad.map(({ number }) => number), [line + 1], `byte ${at}`);
    assert.ok((bad[0]?.failing.length ?? 0) > 0);
  }
});

/** The text with its hashes written anew, as somebody would who changes it on purpose. */
function resummed(changed: string): string {
  const records = changed.trimEnd().split('\n').slice(0, -1);
  const sums = records.map((record) => createHash('sha256').update(record).digest('base64'));
  return `${records.join('\n')}\n${JSON.stringify({ sums })}\n`;
}

test('a change with hashes written anew is found by what is signed, and named', () => {
  const failing = (changed: string): readonly (readonly string[])[] => judge(resummed(changed)).events.map((event) => event.failing);
  assert.deepEqual(failing(text.replace('Line 4', 'Line 5')), [[], ['the line'], []]);
  const { proof } = eventOf(4);
  const hash = proof.split('\n')[2] ?? '';
  const otherProof = proof.replace(hash, hash.replace(/^./, (letter) => (letter === 'A' ? 'B' : 'A')));
  const inJson = (value: string): string => JSON.stringify(value).slice(1, -1);
  assert.deepEqual(failing(text.replace(inJson(proof), inJson(otherProof))), [[], ['its path to the root'], []]);
  const keyless = failing(text.replace(logVkey, formatVerifierKey(otherWitness.key)));
  assert.deepEqual(keyless, Array.from({ length: 3 }, () => ['the log’s key, which is not in this file']));
});

test('an event that was taken out, put in twice or cut off is missed', () => {
  const records = text.split('\n');
  const without = records.toSpliced(4, 1).join('\n');
  assert.match(judge(without).problems.join(' '), /5 lines, 6 were exported/);
  assert.match(judge(resummed(without)).problems.join(' '), /2 of 3 events/);
  const twice = resummed(records.toSpliced(4, 1, records[3] ?? '').join('\n'));
  assert.match(judge(twice).events[1]?.failing.join(' ') ?? '', /there twice/);
  assert.equal(judge(text.slice(0, -40)).holds, false);
  assert.equal(judge('').holds, false);
  assert.equal(judge('\n').holds, false);
});

test('a template without the place for evidence is refused', () => {
  assert.equal(fillTemplate('a@EVIDENCE@b', '$&'), 'a$&b');
  assert.throws(() => fillTemplate('<html></html>', text), /no place for evidence/);
  assert.ok(decodeUtf8(utf8(text)));
});
