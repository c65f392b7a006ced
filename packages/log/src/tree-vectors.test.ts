// Published test vectors of Merkle proofs, where they are at hand beside the repository. What is essential of them is in tree.test.ts.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { LogError } from './error.ts';
import { verifyConsistency, verifyInclusion } from './tree.ts';

type JsonObject = Readonly<Record<string, unknown>>;

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const folder = new URL('../../../../shared/vectors/merkle/', import.meta.url);
const skip = existsSync(folder) ? false : 'the published vectors are not at hand';

/**
 * The one case that is refused here and accepted there: two trees of one leaf whose roots are the same 12 bytes, a
 * placeholder text. A root is 32 bytes; docs/decisions/0002-merkle-vectors.md.
 */
const placeholderRoots = 'additional/sizes-are-equal-one-and-proof-is-empty.json';

/** The cases of a file. Their integers go up to 2^64-1, more than JSON.parse keeps, so each is quoted first and read as text. */
function casesOf(file: string): JsonObject[] {
  const quoted = readFileSync(new URL(file, folder), 'utf8').replace(/: (\d+)(?=[,\n])/g, ': "$1"');
  const cases: unknown = JSON.parse(quoted);
  assert.ok(Array.isArray(cases));
  return cases.map((item: unknown) => {
    assert.ok(isJsonObject(item));
    return item;
  });
}

function text(fields: JsonObject, name: string): string {
  const value = fields[name];
  assert.ok(typeof value === 'string', name);
  return value;
}

function bytes(value: unknown): Uint8Array {
  assert.ok(typeof value === 'string');
  return Buffer.from(value, 'base64');
}

function proofOf(fields: JsonObject): Uint8Array[] {
  const proof = fields['proof'] ?? [];
  assert.ok(Array.isArray(proof));
  return proof.map(bytes);
}

function verdict(verify: () => void): string {
  try {
    verify();
    return 'holds';
  } catch (error) {
    assert.ok(error instanceof LogError, String(error));
    assert.equal(error.code, 'PROOF_INVALID');
    return error.message;
  }
}

test('the published inclusion proofs', { skip }, () => {
  const cases = casesOf('inclusion.json');
  assert.equal(cases.length, 98);
  for (const fields of cases) {
    const claim = {
      index: BigInt(text(fields, 'leafIdx')),
      size: BigInt(text(fields, 'treeSize')),
      leaf: bytes(fields['leafHash']),
      root: bytes(fields['root']),
      proof: proofOf(fields),
    };
    assert.equal(verdict(() => verifyInclusion(claim)) !== 'holds', fields['wantErr'], text(fields, 'case'));
  }
});

test('the published consistency proofs', { skip }, () => {
  const cases = casesOf('consistency.json');
  assert.equal(cases.length, 98);
  for (const fields of cases) {
    const claim = {
      oldSize: BigInt(text(fields, 'size1')),
      newSize: BigInt(text(fields, 'size2')),
      oldRoot: bytes(fields['root1']),
      newRoot: bytes(fields['root2']),
      proof: proofOf(fields),
    };
    const told = verdict(() => verifyConsistency(claim));
    if (fields['case'] === placeholderRoots) assert.match(told, /the old root has 12 bytes, not 32/);
    else assert.equal(told !== 'holds', fields['wantErr'], text(fields, 'case'));
  }
  assert.equal(cases.filter((fields) => fields['case'] === placeholderRoots).length, 1);
});
