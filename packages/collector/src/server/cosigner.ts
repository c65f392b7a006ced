import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { formatVerifierKey, type NoteSigner } from '@agent-audit/log';
import type { CollectorConfig } from '../config/config.ts';
import { CollectorError, messageOf } from '../config/error.ts';
import { openCosigner } from '../ingest/cosigner.ts';

/** This collector as a witness. */
export interface OwnCosigner {
  readonly signer: NoteSigner;
  /** What tells it from other collectors on the same store. */
  readonly id: string;
}

/**
 * The key of the data folder, under the name that it got when it was made: agents pin both, so that a new address changes neither.
 * @throws CollectorError DATA_FOLDER_UNUSABLE
 */
export function openOwnCosigner({ dataFolder, publicUrl }: Pick<CollectorConfig, 'dataFolder' | 'publicUrl'>): OwnCosigner {
  try {
    const wished = publicUrl === undefined ? hostname() : new URL(publicUrl).host;
    const name = firstWritten(join(dataFolder, 'cosigner.name'), wished.replaceAll(/[^A-Za-z0-9._-]/g, '-') || 'collector');
    const signer = openCosigner(join(dataFolder, 'cosigner.key'), name);
    const [, id = ''] = formatVerifierKey(signer.key).split('+');
    return { signer, id: `${name}+${id}` };
  } catch (cause) {
    throw new CollectorError('DATA_FOLDER_UNUSABLE', `the collector's own key cannot be used: ${messageOf(cause)}`, { cause });
  }
}

/** What the file says; where there is none yet, the text, from now on. */
function firstWritten(path: string, text: string): string {
  try {
    writeFileSync(path, `${text}\n`, { flag: 'wx', mode: 0o600, flush: true });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readFileSync(path, 'utf8').trim();
}
