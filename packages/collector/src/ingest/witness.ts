import {
  appendSignature,
  cosign,
  equalBytes,
  Frontier,
  type Hash,
  type Hasher,
  LogError,
  type NoteSigner,
  openCosignatures,
} from '@agent-audit/log';
import { verifyEd25519 } from 'agent-audit/files';
import type { Clock } from '../clock.ts';
import type { LogRecord } from '../store/store.ts';
import type { SignedCheckpoint } from './request.ts';

/** A checkpoint with this collector's cosignature. */
export interface Cosigned {
  readonly note: string;
  /** The signature line alone, without LF. */
  readonly cosignature: string;
}

/** The collector as a witness: its key, its clock. Who calls `cosign` has verified that the checkpoint continues the one before. */
export class Witness {
  readonly #signer: NoteSigner;
  readonly #clock: Clock;

  constructor(signer: NoteSigner, clock: Clock) {
    this.#signer = signer;
    this.#clock = clock;
  }

  /** Cosigns now. What it returns stays here until the commit that holds it is durable. */
  cosign({ note }: SignedCheckpoint): Cosigned {
    const cosignature = cosign(note, this.#signer, Math.max(0, Math.floor(this.#clock.now() / 1000)));
    return { note: appendSignature(note, cosignature), cosignature };
  }

  /** Whether this collector has cosigned the note once. Its log's own signature is not looked at. */
  hasCosigned(note: string): boolean {
    try {
      return openCosignatures(note, [this.#signer.key], verifyEd25519).length > 0;
    } catch (error) {
      if (error instanceof LogError) return false;
      throw error;
    }
  }
}

/** Whether the log, as the collector has it, has this root. */
export function hasRoot({ size, frontier }: Pick<LogRecord, 'size' | 'frontier'>, root: Hash, hasher: Hasher): boolean {
  return equalBytes(Frontier.from(size, frontier).root(hasher), root);
}
