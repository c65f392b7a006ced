import type { LineEncoderOptions } from '../encode/index.ts';
import type { Signer } from '../identity.ts';
import type { SealingOptions } from './sealing.ts';

/** What the log of one logger is opened with. */
export interface SessionOptions extends SealingOptions {
  readonly agent: string;
  readonly agentId: string | undefined;
  readonly tenantId: string | undefined;
  readonly identityKey: string | Signer | undefined;
  readonly waitingBytesMax: number;
  readonly redactor: LineEncoderOptions['redactor'];
}
