import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, utf8 } from './bytes.ts';
import { signCheckpoint } from './checkpoint.ts';
import { cosign } from './cosignature.ts';
import { nodeVerify, signerOf, witnessOf } from './ed25519.test.support.ts';
import { formatVerifierKey, verifierKey } from './key.ts';
import type { NoteSigner } from './key.ts';
import { appendSignature, signNote } from './note.ts';
import { parsePolicy, policyBytesMax, policyEntriesMax, policyOfLog, satisfiesPolicy, withLog } from './policy.ts';
import type { Policy, PolicyVerdict } from './policy.ts';

const log = signerOf('scanner-7/0123456789abcdef0123456789abcdef', 1);
const otherLog = signerOf('scanner-8/0123456789abcdef0123456789abcdef', 2);
const time = 1_700_000_000;

/** Witness number i. Keys are made once: making one costs more than judging a policy. */
const made: NoteSigner[] = Array.from({ length: 8 }, (_, i) => witnessOf(`w.example/${i}`, 10 + i));
function witness(i: number): NoteSigner {
  const signer = made[i];
  assert.ok(signer !== undefined);
  return signer;
}

const logLine = `log ${vkeyOf(log)}\n`;
const witnessLines = (count: number): string => Array.from({ length: count }, (_, i) => `witness W${i} ${vkeyOf(witness(i))}\n`).join('');

/** A checkpoint that these witnesses cosigned, number i at the second time + i. */
function cosignedBy(...numbers: readonly number[]): string {
  const note = signCheckpoint({ origin: log.key.name, size: 7, root: new Uint8Array(32) }, log);
  return numbers.map((i) => cosign(note, witness(i), time + i)).reduce(appendSignature, note);
}

/** The example of C2SP tlog-policy, with keys in place. */
const example = `${logLine}
witness X1 ${vkeyOf(witness(0))}
witness X2 ${vkeyOf(witness(1))}
witness X3 ${vkeyOf(witness(2))}
group X-witnesses 2 X1 X2 X3

witness Y1 ${vkeyOf(witness(3))}
witness Y2 ${vkeyOf(witness(4))}
witness Y3 ${vkeyOf(witness(5))}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

test('the specification’s example: two of X and one of Y', () => {
  const policy = parsePolicy(example);
  assert.equal(policy.logs.length, 1);
  assert.equal(policy.witnesses.length, 6);
  assert.equal(policy.quorum.kind === 'group' && policy.quorum.threshold, 2);
  const isSatisfied = (numbers: readonly number[]): boolean => judge(policy, cosignedBy(...numbers)).satisfied;
  for (const enough of [[0, 1, 3], [1, 2, 5], [0, 1, 2, 3, 4, 5]]) assert.ok(isSatisfied(enough), String(enough));
  for (const few of [[], [0, 1, 2], [3, 4, 5], [0, 3], [2, 4, 5]]) assert.equal(isSatisfied(few), false, String(few));
});

test('the verdict says who counted, at what time, and when the quorum was complete', () => {
  const policy = parsePolicy(`${logLine}${witnessLines(4)}group G 2 W0 W1 W2\nquorum G\n`);
  const [w0, , w2, w3] = policy.witnesses;
  const note = appendSignature(cosignedBy(3, 2, 0), cosign(cosignedBy(), witness(2), time + 90));
  const verdict = judge(policy, note);
  assert.deepEqual(verdict.witnesses, [
    { witness: w3, timeSeconds: time + 3, counted: false },
    { witness: w2, timeSeconds: time + 2, counted: true },
    { witness: w0, timeSeconds: time, counted: true },
  ]);
  assert.deepEqual(verdict.log, log.key);
  assert.equal(verdict.checkpoint.size, 7);
  assert.equal(verdict.satisfied && verdict.quorumSeconds, time + 2);
});

test('a quorum that is not reached says what it lacks', () => {
  const verdict = judge(parsePolicy(example), cosignedBy(0));
  const lacking = '2 more of group X-and-Y (1 more of group X-witnesses (witness X2, witness X3), 1 more of group Y-witnesses ' +
    '(witness Y1, witness Y2, witness Y3))';
  assert.equal(!verdict.satisfied && verdict.lacking, lacking);
  const single = judge(parsePolicy(`${logLine}${witnessLines(1)}quorum W0\n`), cosignedBy());
  assert.equal(!single.satisfied && single.lacking, 'witness W0');
});

test('a quorum of one witness, and of none', () => {
  const one = parsePolicy(`${logLine}${witnessLines(2)}quorum W1\n`);
  assert.ok(judge(one, cosignedBy(1)).satisfied);
  assert.equal(judge(one, cosignedBy(0)).satisfied, false);
  const none = judge(parsePolicy(`${logLine}${witnessLines(1)}quorum none\n`), cosignedBy(0));
  assert.ok(none.satisfied);
  assert.equal('quorumSeconds' in none, false);
  assert.deepEqual(none.witnesses.map(({ timeSeconds, counted }) => [timeSeconds, counted]), [[time, false]]);
});

test('any of the logs may have signed, each under its own origin only', () => {
  const policy = parsePolicy(`${logLine}log ${vkeyOf(otherLog)} https://logs.example/8\nquorum none\n`);
  assert.deepEqual(policy.logs.map(({ url }) => url), [undefined, 'https://logs.example/8']);
  for (const signer of [log, otherLog]) {
    const note = signCheckpoint({ origin: signer.key.name, size: 1, root: new Uint8Array(32) }, signer);
    assert.equal(judge(policy, note).log, policy.logs.find(({ key }) => key.name === signer.key.name)?.key);
    assert.throws(() => judge(parsePolicy('quorum none\n'), note), { code: 'POLICY_NOT_SATISFIED', message: new RegExp(signer.key.name) });
  }
  const lie = signNote(`${otherLog.key.name}\n1\n${Buffer.alloc(32).toString('base64')}\n`, log);
  assert.throws(() => judge(policy, lie), { code: 'NOTE_UNSIGNED' });
});

test('a bad signature by a known log or witness rejects, also where the quorum could do without it', () => {
  const policy = parsePolicy(`${logLine}${witnessLines(2)}group G any W0 W1\nquorum G\n`);
  const other = signCheckpoint({ origin: log.key.name, size: 8, root: new Uint8Array(32) }, log);
  const note = appendSignature(cosignedBy(0), cosign(other, witness(1), time));
  assert.throws(() => judge(policy, note), { code: 'NOTE_BAD_SIGNATURE', message: /w\.example\/1/ });
  assert.throws(() => judge(policy, cosignedBy(0).replace('\n7\n', '\n9\n')), { code: 'NOTE_BAD_SIGNATURE', message: /scanner-7/ });
});

test('a policy of witnesses alone takes a log whose key is known otherwise; a key alone is a policy too', () => {
  const witnesses = parsePolicy(`${witnessLines(1)}quorum W0\n`);
  assert.throws(() => judge(witnesses, cosignedBy(0)), { code: 'POLICY_NOT_SATISFIED' });
  assert.ok(judge(withLog(witnesses, log.key), cosignedBy(0)).satisfied);
  assert.equal(judge(withLog(witnesses, log.key), cosignedBy()).satisfied, false);
  assert.ok(judge(policyOfLog(log.key), cosignedBy()).satisfied);
  assert.throws(() => policyOfLog(witness(0).key), { code: 'KEY_WRONG_TYPE' });
});

test('white space, comments, blank lines and order of the definitions are free', () => {
  const witnessLine = ` \twitness \t W0  ${vkeyOf(witness(0))}\thttps://w.example/ \n`;
  const policy = parsePolicy(`# trust\n\t \n  # more\n${witnessLine}quorum W0\nlog\t${vkeyOf(log)} \n`);
  assert.equal(policy.witnesses[0]?.url, 'https://w.example/');
  assert.ok(judge(policy, cosignedBy(0)).satisfied);
});

test('words of the grammar may be names, except none', () => {
  const witnesses = `witness all ${vkeyOf(witness(0))}\nwitness 1 ${vkeyOf(witness(1))}\n`;
  const policy = parsePolicy(`${logLine}${witnesses}group group all all 1\nquorum group\n`);
  assert.ok(judge(policy, cosignedBy(0, 1)).satisfied);
  assert.equal(judge(policy, cosignedBy(1)).satisfied, false);
});

test('names are compared octet by octet, also where they are not UTF-8', () => {
  const kelvin = parsePolicy(`witness K ${vkeyOf(witness(0))}\nwitness \u212a ${vkeyOf(witness(1))}\nquorum \u212a\n`);
  assert.equal(kelvin.quorum, kelvin.witnesses[1]);
  const line = (octet: number, i: number): Uint8Array =>
    concatBytes(utf8('witness '), Uint8Array.of(octet), utf8(` ${vkeyOf(witness(i))}\n`));
  const latin = parsePolicy(concatBytes(line(0xe9, 0), line(0xe8, 1), utf8('quorum '), Uint8Array.of(0xe8), utf8(' \n')));
  assert.equal(latin.quorum, latin.witnesses[1]);
});

test('what is not exactly a policy is refused with POLICY_MALFORMED, and its line is named', () => {
  const [w0, w1] = [vkeyOf(witness(0)), vkeyOf(witness(1))];
  const two = witnessLines(2);
  const sameKey = vkeyOf(witnessOf('another.example', 10));
  const refused: readonly (readonly [string, string, RegExp])[] = [
    ['an unknown keyword', 'logs x\n', /^policy, line 1: "logs" is none of/],
    ['an upper-case keyword', 'Quorum none\n', /line 1/],
    ['a log without a key', 'log\n', /line 1: the form/],
    ['a log with too much', `log ${vkeyOf(log)} a b\n`, /line 1: the form/],
    ['a key that is none', '\nlog x\n', /line 2: not a verifier key/],
    ['a witness’s key as a log', `log ${w0}\n`, /line 1: .*give the key of a log/],
    ['a log’s key as a witness', `witness W ${vkeyOf(log)}\n`, /line 1: .*give the key of a witness/],
    ['a log twice', `${logLine}${logLine}`, /line 2: its public key is listed already/],
    ['a witness without a name', `witness ${w0}\n`, /line 1: the form/],
    ['a witness with too much', `witness W ${w0} a b\n`, /line 1: the form/],
    ['a witness’s public key under another name', `witness A ${w0}\nwitness B ${sameKey}\n`, /line 2: its public key/],
    ['a name twice', `witness W ${w0}\nwitness W ${w1}\n`, /line 2: "W" is defined already/],
    ['a group named as a witness', `${two}group W0 any W1\n`, /line 3: "W0" is defined already/],
    ['a witness named none', `witness none ${w0}\n`, /line 1: "none" is reserved/],
    ['a group named none', `${two}group none any W0\n`, /line 3: "none" is reserved/],
    ['none as a member', `${two}group G any none\n`, /line 3: "none" is not defined/],
    ['a group without members', `${two}group G any\n`, /line 3: the form/],
    ['a group of something undefined', `${two}group G any W0 W7\n`, /line 3: "W7" is not defined/],
    ['a group of something defined below', `group G any W0\n${two}`, /line 1: "W0" is not defined/],
    ['a group of itself', `${two}group G any G\n`, /line 3: "G" is not defined/],
    ['a member twice', `${two}group G any W0 W0\n`, /line 3: "W0" is a member of a group already/],
    ['a member of two groups', `${two}group G any W0\ngroup H any W0 W1\n`, /line 4: "W0" is a member of a group already/],
    ['a threshold of 0', `${two}group G 0 W0\n`, /line 3: threshold "0"/],
    ['a threshold beyond the members', `${two}group G 3 W0 W1\n`, /line 3: threshold "3" .* from 1 to 2/],
    ['a threshold that is spelled oddly', `${two}group G 01 W0\n`, /line 3: threshold/],
    ['a threshold that is a word', `${two}group G most W0 W1\n`, /line 3: threshold "most"/],
    ['no quorum', logLine, /no quorum line/],
    ['nothing', '', /no quorum line/],
    ['a quorum of nothing', 'quorum\n', /line 1: the form/],
    ['a quorum of two', `${two}quorum W0 W1\n`, /line 3: the form/],
    ['two quorums', 'quorum none\nquorum none\n', /line 2: there is a quorum line already/],
    ['a quorum of something undefined', 'quorum G\n', /line 1: "G" is not defined/],
    ['a quorum of something defined below', `quorum W0\n${two}`, /line 1: "W0" is not defined/],
    ['a last line without line feed', `${two}quorum W0`, /line 3: .*cut off/],
    ['carriage returns', 'quorum none\r\n', /line 1: control character 0x0d .*line feed alone/],
    ['a NUL in a comment', '# \0\nquorum none\n', /line 1: control character 0x00/],
    ['a DEL', '# ok\n# \x7f\nquorum none\n', /line 2: control character 0x7f/],
    ['a no-break space as white space', 'quorum\u00a0none\n', /line 1: "quorum\u00a0none" is none of/],
  ];
  for (const [what, text, message] of refused) {
    assert.throws(() => parsePolicy(text), { name: 'LogError', code: 'POLICY_MALFORMED', message }, what);
  }
});

test('a policy has its limits, far above the 32 that the specification asks for', () => {
  const logs = Array.from({ length: policyEntriesMax + 1 }, (_, i) => {
    const publicKey = new Uint8Array(32);
    new DataView(publicKey.buffer).setUint32(0, i);
    return `log ${formatVerifierKey(verifierKey('log.example', 0x01, publicKey))}\n`;
  });
  assert.equal(parsePolicy(`${logs.slice(1).join('')}quorum none\n`).logs.length, policyEntriesMax);
  assert.throws(() => parsePolicy(logs.join('')), { code: 'POLICY_MALFORMED', message: /line 1025: more than 1024/ });
  assert.throws(() => parsePolicy(`# ${'x'.repeat(policyBytesMax)}\nquorum none\n`), { code: 'POLICY_MALFORMED', message: /1048576/ });
});

test('any policy is judged as the specification reads', () => {
  fc.assert(
    fc.property(anyShape(), fc.subarray([0, 1, 2, 3, 4, 5, 6, 7]), (shape, cosigners) => {
      const lines: string[] = [];
      const name = writeShape(shape, lines, { witnesses: 0, groups: 0 });
      const policy = parsePolicy(`${logLine}${witnessLines(8)}${lines.join('')}quorum ${name}\n`);
      const expected = reached({ shape, cosigners, next: 0 }).at;
      const verdict = judge(policy, cosignedBy(...cosigners));
      assert.equal(verdict.satisfied ? verdict.quorumSeconds : Infinity, expected);
      assert.ok(verdict.satisfied || verdict.lacking.length > 0);
    }),
    { numRuns: 100 },
  );
});

/** A quorum's shape: a witness, or a group of shapes with a threshold. Witnesses are numbered in the order they are met. */
type Shape = 'witness' | { readonly threshold: number; readonly members: readonly Shape[] };

function anyShape(): fc.Arbitrary<Shape> {
  const group = (member: fc.Arbitrary<Shape>, maxLength: number): fc.Arbitrary<Shape> =>
    fc.array(member, { minLength: 1, maxLength }).chain((members) =>
      fc.integer({ min: 1, max: members.length }).map((threshold) => ({ threshold, members })),
    );
  const leaf = fc.constant<Shape>('witness');
  const pairs = group(leaf, 2);
  return fc.oneof(leaf, group(leaf, 8), group(fc.oneof(leaf, pairs), 4), group(group(leaf, 4), 2), group(group(pairs, 2), 2));
}

function writeShape(shape: Shape, lines: string[], next: { witnesses: number; groups: number }): string {
  if (shape === 'witness') return `W${next.witnesses++}`;
  const members = shape.members.map((member) => writeShape(member, lines, next));
  const name = `G${next.groups++}`;
  const { threshold } = shape;
  const words = threshold === members.length ? 'all' : threshold === 1 ? 'any' : String(threshold);
  lines.push(`group ${name} ${words} ${members.join(' ')}\n`);
  return name;
}

/** When the shape is reached, worked out by trying each moment: the first at which enough members have witnessed. */
function reached({ shape, cosigners, next }: { shape: Shape; cosigners: readonly number[]; next: number }): { at: number; next: number } {
  if (shape === 'witness') return { at: cosigners.includes(next) ? time + next : Infinity, next: next + 1 };
  const times: number[] = [];
  let following = next;
  for (const member of shape.members) {
    const one = reached({ shape: member, cosigners, next: following });
    times.push(one.at);
    following = one.next;
  }
  for (let moment = time; moment < time + 8; moment++) {
    if (times.filter((at) => at <= moment).length >= shape.threshold) return { at: moment, next: following };
  }
  return { at: Infinity, next: following };
}

function judge(policy: Policy, note: string): PolicyVerdict {
  return satisfiesPolicy(note, policy, nodeVerify);
}

function vkeyOf(signer: NoteSigner): string {
  return formatVerifierKey(signer.key);
}
