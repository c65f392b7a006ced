// docs/format.md is the format's contract. Every example in it is taken out here and made again.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { equalBytes, toHex, utf8 } from '../bytes.ts';
import { openCheckpoint, signCheckpoint } from '../checkpoint.ts';
import { cosign } from '../cosignature.ts';
import { nodeVerify, publicKeyOf, signerOf, witnessOf } from '../ed25519.test.support.ts';
import { logEventTypes, wireNames } from '../event.ts';
import { LineFeed } from '../feed.ts';
import { type Hash, hasher } from '../hash.ts';
import { formatVerifierKey, parseVerifierKey } from '../key.ts';
import { erasedLeaf, parseLine, parseLogLine } from '../line.ts';
import { appendSignature } from '../note.ts';
import { originOf } from '../origin.ts';
import { formatProof, verifyProof } from '../proof.ts';
import { formatSidecarRecord, parseSidecar } from '../sidecar.ts';
import { Frontier, inclusionProof, rootOfLeaves } from '../tree.ts';
import { planVerification } from './plan.ts';
import { problemMeanings } from './problem.ts';
import { assembleReport } from './report.ts';
import { SegmentVerifier } from './segment.ts';

const page = readFileSync(new URL('../../../../docs/format.md', import.meta.url), 'utf8');
const signer = signerOf(originOf('scanner-7', publicKeyOf(0x07)), 0x07);
const witness = witnessOf('witness.example', 0x63);

/** The example of this name, its broken lines joined again. */
function golden(name: string): string {
  const blocks = [...page.matchAll(/^```\w+ golden:(\S+)\n([^]*?)^```$/gm)].filter((match) => match[1] === name);
  assert.equal(blocks.length, 1, `docs/format.md has one example ${name}`);
  return (blocks[0]?.[2] ?? '').replaceAll('\\\n', '');
}

/** The rows of the tables, as their cells. */
const rows = [...page.matchAll(/^\| (.*) \|$/gm)].map((match) => (match[1] ?? '').split(' | '));

const data = utf8(golden('audit.log'));
const sidecar = golden('audit-000000000000000.checkpoints');
const note = golden('checkpoint');

function leavesOf(bytes: Uint8Array): Hash[] {
  const leaves: Hash[] = [];
  const { consumed } = new LineFeed(Frontier.empty(), { full: true }).push(bytes, 0, bytes.length, (_seq, _start, _end, leaf) => {
    leaves.push(leaf());
  });
  assert.equal(consumed, bytes.length, 'every line passes the full check');
  return leaves;
}

const leaves = leavesOf(data);

test('the example’s lines are lines, and its own lines are what the page says', () => {
  const lines = golden('audit.log').trimEnd().split('\n');
  assert.deepEqual(lines.map((line) => parseLine(line).type), ['log.open', 'job_started', 'auth_failed', 'log.close']);
  assert.deepEqual(lines.map((line) => JSON.stringify(JSON.parse(line))), lines, 'no white space, fields in their order');
  const open = parseLogLine(utf8(lines[0] ?? ''));
  assert.equal(open.kind === 'known' && open.line.type === 'log.open' && open.line.details.vkey, golden('vkey').trimEnd());
});

test('an example of each of the log’s own lines, and nothing in it that is not known', () => {
  for (const type of logEventTypes) {
    const line = golden(type).trimEnd();
    if (type === 'log.erased') continue;
    const reading = parseLogLine(utf8(line));
    assert.equal(reading.kind, 'known', type);
    if (reading.kind !== 'known') continue;
    const { details } = parseLine(line);
    assert.deepEqual(reading.line, { seq: 8312, type, details });
    const row = rows.find(([first]) => first === `\`${type}\``)?.[1] ?? '';
    for (const name of Object.keys(details ?? {})) assert.equal(row.includes(`\`${name}\``), true, `${type}: the table names ${name}`);
  }
});

test('the stub keeps the leaf of the line that it replaces, and the tree', () => {
  const stub = utf8(golden('log.erased').trimEnd());
  assert.deepEqual(erasedLeaf(stub, 0, stub.length), leaves[2]);
  const lines = golden('audit.log').split('\n');
  lines[2] = golden('log.erased').trimEnd();
  assert.deepEqual(rootOfLeaves(leavesOf(utf8(lines.join('\n')))), rootOfLeaves(leaves));
});

test('the hashes', () => {
  const node = (left: number): Hash => hasher.node(leaves[left] ?? new Uint8Array(0), leaves[left + 1] ?? new Uint8Array(0));
  const expected = [
    ...leaves.map((leaf, i) => [`leaf ${i}`, toHex(leaf)]),
    ['node of leaves 0 and 1', toHex(node(0))],
    ['node of leaves 2 and 3', toHex(node(2))],
    ...[0, 3, 4].map((size) => [`root of ${size} lines`, toHex(rootOfLeaves(leaves.slice(0, size)))]),
  ];
  assert.deepEqual(rows.filter(([, value]) => /^[0-9a-f]{64}$/.test(value ?? '')), expected);
});

test('the keys, the checkpoint and the cosignature', () => {
  assert.equal(golden('vkey'), `${formatVerifierKey(signer.key)}\n`);
  assert.equal(golden('witness.vkey'), `${formatVerifierKey(witness.key)}\n`);
  assert.equal(signCheckpoint({ origin: signer.key.name, size: 4, root: rootOfLeaves(leaves) }, signer), note);
  assert.equal(openCheckpoint(note, parseVerifierKey(golden('vkey').trimEnd()), nodeVerify).size, 4);
  assert.equal(appendSignature(note, cosign(note, witness, 1_795_529_006)), golden('audit.cosigned'));
});

test('the sidecar', () => {
  const { records, torn } = parseSidecar(utf8(sidecar));
  assert.deepEqual([records.map(({ size }) => size), torn], [[0, 3, 4], false]);
  assert.equal(records.map(formatSidecarRecord).join(''), sidecar);
  for (const { size, frontier, note: signed } of records) {
    const tree = Frontier.empty();
    for (const leaf of leaves.slice(0, size)) tree.append(leaf);
    assert.deepEqual(tree.hashes(), frontier);
    assert.equal(equalBytes(openCheckpoint(signed, signer.key, nodeVerify).root, tree.root()), true);
  }
});

test('the report, and the fields that the page explains', () => {
  const notes = [{ kind: 'cosigned', source: 'audit.cosigned', note: golden('audit.cosigned') }] as const;
  const plan = planVerification({ segments: [0], sidecars: [{ first: 0, bytes: utf8(sidecar) }], notes }, hasher);
  const segments = plan.segments.map((segment) => {
    const verifier = new SegmentVerifier(segment, hasher);
    verifier.push(data);
    return verifier.finish();
  });
  const report = assembleReport({ plan, segments, verify: nodeVerify, anchors: { key: signer.key } });
  assert.deepEqual(report, JSON.parse(golden('report')));
  const explained = rows.flatMap(([first]) => [...(first ?? '').matchAll(/`(\w+)`/g)].map((match) => match[1]));
  for (const name of [...Object.keys(report), 'torn', 'newerFormat']) assert.equal(explained.includes(name), true, name);
});

test('the proof', () => {
  const proof = golden('event.tlog-proof');
  assert.equal(formatProof({ index: 1, proof: inclusionProof(leaves, 1), checkpoint: note }), proof);
  const event = utf8(golden('audit.log').split('\n')[1] ?? '');
  assert.equal(verifyProof({ event, proof, policy: signer.key, verify: nodeVerify }).index, 1);
});

test('the table of problem codes is the code’s, and the table of fields names every field', () => {
  const codes = rows.filter(([first]) => /^`[A-Z0-9_]+`$/.test(first ?? '')).map(([code, meaning]) => [code?.replaceAll('`', ''), meaning]);
  assert.deepEqual(codes, Object.entries(problemMeanings));
  const fields = rows.flatMap(([first]) => [...(first ?? '').matchAll(/`(\w+)`/g)].map((match) => match[1]));
  for (const name of Object.values(wireNames)) assert.equal(fields.includes(name), true, name);
});
