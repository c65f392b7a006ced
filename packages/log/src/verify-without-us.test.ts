// Runs the commands of docs/verify-without-us.md as they stand there, on proofs that hold and on proofs that do not.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import { encodeBase64, utf8 } from './bytes.ts';
import { signCheckpoint } from './checkpoint.ts';
import { cosign } from './cosignature.ts';
import { nodeVerify, publicKeyOf, signerOf, witnessOf } from './ed25519.test.support.ts';
import { hasher } from './hash.ts';
import { formatVerifierKey, parseVerifierKey } from './key.ts';
import type { NoteSigner } from './key.ts';
import { appendSignature } from './note.ts';
import { originOf } from './origin.ts';
import { formatProof, verifyProof } from './proof.ts';
import { inclusionProof, rootOfLeaves } from './tree.ts';

const page = readFileSync(new URL('../../../docs/verify-without-us.md', import.meta.url), 'utf8');
const blocks = [...page.matchAll(/^```(\S.*)\n([^]*?)^```$/gm)].map(([, info, body]) => ({ info, body: body ?? '' }));

function blocksOf(info: string): string[] {
  const found = blocks.filter((block) => block.info === info).map(({ body }) => body);
  assert.ok(found.length > 0, `the page has no block ${info}`);
  return found;
}

function blockOf(info: string): string {
  const [body, ...more] = blocksOf(info);
  assert.ok(body !== undefined && more.length === 0, `the page has more than one block ${info}`);
  return body;
}

const goCache = mkdtempSync(join(tmpdir(), 'agent-audit-go-cache-'));
after(() => rmSync(goCache, { recursive: true, force: true }));

const steps = blocksOf('sh');
const leafStep = steps.findIndex((body) => body.includes('cat event.json; } | openssl'));

/** What `prove SEQ --out DIR` writes, as texts. */
interface Files {
  readonly 'event.json': string;
  readonly 'event.tlog-proof': string;
  readonly 'log.vkey': string;
  readonly 'witness.vkey'?: string;
  readonly 'verify.go'?: string;
}

/** The signer whose key is made of this byte, 32 times, under the origin of that key. */
function logOf(seed: number): NoteSigner {
  return signerOf(originOf('scanner-7', publicKeyOf(seed)), seed);
}

interface ProofOptions {
  readonly log?: NoteSigner;
  readonly witness?: NoteSigner;
  readonly extra?: Uint8Array;
}

/** The proof of one line of a new log. */
function prove(seq: number, size: number, { log = logOf(1), witness, extra }: ProofOptions = {}): Files {
  const rest = '"timestamp":"2026-11-24T14:03:22.118Z","type":"job_started","message":"é \\\\ %s"}';
  const lines = Array.from({ length: size }, (_, i) => `{"seq":${i},${rest}`);
  const leaves = lines.map((line) => hasher.leaf(utf8(line), 0, utf8(line).length));
  const signed = signCheckpoint({ origin: log.key.name, size, root: rootOfLeaves(leaves) }, log);
  const checkpoint = witness === undefined ? signed : appendSignature(signed, cosign(signed, witness, 1_795_529_002));
  const event = lines[seq];
  assert.ok(event !== undefined);
  const proof = formatProof({ index: seq, proof: inclusionProof(leaves, seq), checkpoint, ...(extra === undefined ? {} : { extra }) });
  const files = { 'event.json': event, 'event.tlog-proof': proof, 'log.vkey': `${formatVerifierKey(log.key)}\n` };
  verifyProof({ event: utf8(event), proof, policy: log.key, verify: nodeVerify });
  return witness === undefined ? files : { ...files, 'witness.vkey': `${formatVerifierKey(witness.key)}\n` };
}

/** Runs a script of the page in a folder that holds these files. */
function run(t: TestContext, files: Files, script: string, shell = 'sh'): { status: number | null; stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-without-us-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), String(text));
  const environment = { ...process.env, GOFLAGS: '', GOCACHE: goCache };
  const { status, stdout, stderr, error } = spawnSync(shell, ['-eu', '-c', script], { cwd: folder, encoding: 'utf8', env: environment });
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

/** Alterations of a proof of line 4 of 11. None of them may be taken for a proof. */
function alterations(): Record<string, Files> {
  const good = prove(4, 11);
  const proof = good['event.tlog-proof'];
  const head = proof.slice(0, proof.indexOf('\n\n'));
  const altered = (change: Partial<Files>): Files => ({ ...good, ...change });
  const inProof = (from: string | RegExp, to: string): Files => {
    const changed = proof.replace(from, to);
    assert.notEqual(changed, proof, String(from));
    return altered({ 'event.tlog-proof': changed });
  };
  const another = prove(5, 11);
  const hash = encodeBase64(new Uint8Array(32));
  return {
    'one byte of the event': altered({ 'event.json': good['event.json'].replace('job_started', 'job_starteD') }),
    'a line feed after the event': altered({ 'event.json': `${good['event.json']}\n` }),
    'another line': altered({ 'event.json': another['event.json'] }),
    'another line’s proof': altered({ 'event.tlog-proof': another['event.tlog-proof'] }),
    'another line’s number': inProof('index 4', 'index 5'),
    'a number beyond the size': inProof('index 4', 'index 11'),
    'no number': inProof('index 4', 'index x'),
    'one byte of a hash': inProof(/(?<=index 4\n)./, (proof.at(head.indexOf('index 4') + 8) ?? '') === 'A' ? 'B' : 'A'),
    'a hash too many': inProof('\n\n', `\n${hash}\n\n`),
    'a hash too few': altered({ 'event.tlog-proof': proof.replace(head, head.slice(0, head.lastIndexOf('\n'))) }),
    'another size': inProof('\n11\n', '\n12\n'),
    'another root': inProof(/(?<=\n11\n).*/, hash),
    'another origin': inProof(/(?<=\n\n)scanner-7/, 'scanner-8'),
    'one byte of the signature': inProof(/(?<= \S{20})./, 'A'),
    'no signature': inProof(/— .*\n/, ''),
    'one more line in the checkpoint': inProof(/(?<=\n11\n.*)\n/, '\nmore\n'),
    'another log’s key': altered({ 'log.vkey': formatVerifierKey(logOf(2).key) }),
    'another key under this origin': altered({ 'log.vkey': formatVerifierKey(signerOf(logOf(1).key.name, 2).key) }),
    'no proof at all': altered({ 'event.tlog-proof': '' }),
  };
}

/** Why the shell's part can not run here; false where it can. */
function opensslMissing(): string | false {
  const { stdout } = spawnSync('sh', ['-c', 'openssl version'], { encoding: 'utf8' });
  return /^OpenSSL [3-9]/.test(stdout) ? false : 'no OpenSSL 3 or newer here';
}

/** Why Go's part can not run here; false where it can. */
function goMissing(): string | false {
  const { status } = spawnSync('sh', ['-c', 'go version']);
  if (status !== 0) return 'no go here';
  return existsSync('/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog') ? false : 'no package golang-golang-x-mod-dev here';
}

test('the shell’s steps prove an event, and say what the page says', { skip: opensslMissing() }, (t) => {
  for (const shell of ['sh', 'bash']) {
    const { status, stdout, stderr } = run(t, prove(4, 11), steps.join('\n'), shell);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: blockOf('text'), stderr: '' }, shell);
  }
});

test('the shell’s steps prove the first, middle and last line of logs of many sizes', { skip: opensslMissing() }, (t) => {
  for (const size of [1, 2, 3, 6, 7, 8, 21]) {
    for (const seq of new Set([0, size >> 1, size - 1])) {
      const { status, stdout, stderr } = run(t, prove(seq, size), steps.join('\n'));
      assert.equal(status, 0, `line ${seq} of ${size}: ${stderr}`);
      assert.match(stdout, new RegExp(`event      is line ${seq} of these ${size}\n$`));
    }
  }
});

test('the shell’s steps take any key, extra data, and others’ signatures', { skip: opensslMissing() }, (t) => {
  const plus = [...Array(256).keys()].find((seed) => encodeBase64(publicKeyOf(seed)).slice(0, -4).includes('+'));
  assert.ok(plus !== undefined);
  const log = logOf(plus);
  const files = prove(4, 11, { log, witness: witnessOf(log.key.name, 3), extra: utf8('salt') });
  const swapped = files['event.tlog-proof'].replace(/(— .*\n)(— .*\n)$/, '$2$1');
  for (const proof of [files['event.tlog-proof'], swapped]) {
    const { status, stderr } = run(t, { ...files, 'event.tlog-proof': proof }, steps.join('\n'));
    assert.equal(status, 0, stderr);
  }
});

test('the shell’s steps refuse whatever was altered', { skip: opensslMissing() }, (t) => {
  for (const [what, files] of Object.entries(alterations())) {
    const { status, stdout, stderr } = run(t, files, steps.join('\n'));
    assert.notEqual(status, 0, what);
    assert.doesNotMatch(stdout, /event {6}is line/, what);
    assert.match(stderr, /NOT PROVEN/, what);
  }
});

test('what the page’s commands refuse, the package refuses', () => {
  for (const [what, files] of Object.entries(alterations())) {
    const given = { event: utf8(files['event.json']), proof: files['event.tlog-proof'], verify: nodeVerify };
    assert.throws(() => verifyProof({ ...given, policy: parseVerifierKey(files['log.vkey'].trim()) }), { name: 'LogError' }, what);
  }
});

test('the witness’s steps tell the time of a cosignature, and refuse another’s', { skip: opensslMissing() }, (t) => {
  const witness = witnessOf('collector.example/w1', 3);
  const script = [...steps, blockOf('sh witness')].join('\n');
  const files = prove(4, 11, { witness });
  const { status, stdout, stderr } = run(t, files, script);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /\nwitnessed {2}2026-11-24T14:03:22Z, by collector\.example\/w1\n$/);
  const [, signature = ''] = /— collector\S+ (\S+)\n$/.exec(files['event.tlog-proof']) ?? [];
  const bytes = Buffer.from(signature, 'base64');
  bytes.writeUInt8(bytes.readUInt8(11) ^ 1, 11);
  const altered: Record<string, Files> = {
    'another time': { ...files, 'event.tlog-proof': files['event.tlog-proof'].replace(signature, bytes.toString('base64')) },
    'another witness': { ...files, 'witness.vkey': formatVerifierKey(witnessOf('collector.example/w1', 4).key) },
    'no cosignature': { ...prove(4, 11), 'witness.vkey': formatVerifierKey(witness.key) },
  };
  for (const [what, one] of Object.entries(altered)) {
    const refused = run(t, one, script);
    assert.notEqual(refused.status, 0, what);
    assert.doesNotMatch(refused.stdout, /witnessed/, what);
  }
});

test('the step for an erased line proves its place, and no other', { skip: opensslMissing() }, (t) => {
  assert.ok(leafStep > 0);
  const script = steps.with(leafStep, blockOf('sh erased')).join('\n');
  const files = prove(4, 11);
  const line = utf8(files['event.json']);
  const stub = (seq: number, leaf: Uint8Array): Files => ({
    ...files,
    'event.json': `{"seq":${seq},"type":"log.erased","leaf":"${encodeBase64(leaf)}"}`,
  });
  const leaf = hasher.leaf(line, 0, line.length);
  const { status, stderr } = run(t, stub(4, leaf), script);
  assert.equal(status, 0, stderr);
  for (const one of [stub(5, leaf), stub(4, new Uint8Array(32)), files]) assert.notEqual(run(t, one, script).status, 0);
});

test('Go’s packages prove the event, and refuse whatever was altered', { skip: goMissing() }, (t) => {
  const program = blockOf('go');
  const script = blockOf('sh go');
  const holds = [prove(4, 11), prove(0, 1), prove(4, 11, { witness: witnessOf('collector.example/w1', 3), extra: utf8('salt') })];
  for (const files of holds) {
    const { status, stdout, stderr } = run(t, { ...files, 'verify.go': program }, script);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^event\.json is line \d+ of the \d+ that scanner-7\/83f1a2c0aacab2385aae3b858ff7ae6f signed\n$/);
  }
  for (const [what, files] of Object.entries(alterations())) {
    const { status, stdout, stderr } = run(t, { ...files, 'verify.go': program }, script);
    assert.notEqual(status, 0, what);
    assert.equal(stdout, '', what);
    assert.match(stderr, /NOT PROVEN/, what);
  }
});
