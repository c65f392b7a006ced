// The collector has another size of the log than was thought (409, or the answer to an enrolment): which of the two is to go on, and where.
import { equalBytes, type Hash, LogError, type VerifierKey } from '@agent-audit/log';
import { messageOf } from '../error.ts';
import { type Cosigned, openCosigned } from './cosigned.ts';

/** What the agent has. */
export interface OwnLog {
  readonly key: VerifierKey;
  readonly cosigners: readonly VerifierKey[];
  readonly sealed: number;
  /** The lowest line that is still there. */
  readonly first: number;
  readonly rootAt: (size: number) => Promise<Hash>;
}

/** What follows. */
export type Verdict =
  /** Go on there. `cosigned`: what the collector has is what the log has, and is witnessed. */
  | { readonly kind: 'go_on'; readonly from: number; readonly cosigned: Cosigned | undefined }
  /** The collector has what this log never had: another history, or a later one. */
  | { readonly kind: 'fork' | 'rollback'; readonly theirs: Cosigned }
  /** It cannot be believed. */
  | { readonly kind: 'lie'; readonly why: string };

/** Judges what a collector has of the log, by the checkpoint that the log itself has signed and the collector has cosigned. */
export async function judge(own: OwnLog, size: number, note: string | undefined): Promise<Verdict> {
  if (note === undefined) {
    return size === 0 ? { kind: 'go_on', from: 0, cosigned: undefined } : { kind: 'lie', why: `it has ${size} lines, and no checkpoint` };
  }
  let theirs: Cosigned;
  try {
    theirs = openCosigned(note, own.key, own.cosigners);
  } catch (error) {
    if (error instanceof LogError) return { kind: 'lie', why: messageOf(error) };
    throw error;
  }
  if (theirs.size > size) return { kind: 'lie', why: `it has ${size} lines, and a checkpoint at ${theirs.size}` };
  if (theirs.size > own.sealed) return { kind: 'rollback', theirs };
  if (size > own.sealed) return { kind: 'lie', why: `it has ${size} lines, of which its checkpoint covers ${theirs.size}` };
  // Of lines that are gone here nothing can be compared.
  if (theirs.size < own.first) return { kind: 'go_on', from: size, cosigned: undefined };
  if (!equalBytes(await own.rootAt(theirs.size), theirs.root)) return { kind: 'fork', theirs };
  return { kind: 'go_on', from: size, cosigned: theirs };
}
