// The Merkle tree of RFC 6962 and RFC 9162 §2.1, over SHA-256.
export { Frontier } from './tree-frontier.ts';
export { consistencyProof, inclusionProof, InclusionProver, rootOfLeaves } from './tree-proof.ts';
export { verifyConsistency, verifyInclusion } from './tree-verify.ts';
