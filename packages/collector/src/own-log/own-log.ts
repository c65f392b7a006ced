// The collector's own sealed log: made by the same library as every agent's, so that "who read what" can be verified and proven like
// anything else. Its lock is the data folder's too: one collector a folder.
import { join } from 'node:path';
import { AuditError, createLogger, type Logger } from 'agent-audit';
import { CollectorError } from '../config/error.ts';
import type { Principal } from '../principal.ts';
import type { Journal, JournalEntry } from './journal.ts';

/** The tenant of what the collector itself records: only admins of every tenant see it. */
export const ownTenant = '_collector';
/** The agent that it is recorded as. */
const ownAgent = 'collector';

/** Whom the log is of. */
export const ownPrincipal: Principal = {
  tokenId: '_own',
  name: 'the collector itself',
  tenant: ownTenant,
  agent: ownAgent,
  scopes: ['ingest'],
};

/** The journal on disk. */
export class OwnLog implements Journal {
  readonly logger: Logger;

  /** @see openOwnLog */
  constructor(logger: Logger) {
    this.logger = logger;
  }

  record({ type, severity, message, by, target, outcome, error, details = {} }: JournalEntry): void {
    this.logger.log({
      type,
      message,
      details: { ...details, ...(by === undefined ? {} : ofPrincipal(by)) },
      ...(severity === undefined ? {} : { severity }),
      ...(by === undefined ? {} : { actor: { type: actorTypeOf(by.scopes), id: by.tokenId, name: by.name } }),
      ...(target === undefined ? {} : { target }),
      ...(outcome === undefined ? {} : { outcome }),
      ...(error === undefined ? {} : { error }),
    });
  }
}

function ofPrincipal({ tenant, agent, session }: Principal): Readonly<Record<string, string>> {
  return {
    token_tenant: tenant,
    ...(agent === undefined ? {} : { token_agent: agent }),
    ...(session === undefined ? {} : { session }),
  };
}

function actorTypeOf(scopes: readonly string[]): 'agent' | 'user' {
  return scopes.every((scope) => scope === 'ingest') ? 'agent' : 'user';
}

/**
 * Opens the log in the data folder, and with it takes the folder for this process.
 * @param onTrouble told what the log cannot keep
 * @throws CollectorError DATA_IN_USE, DATA_FOLDER_UNUSABLE
 */
export function openOwnLog(dataFolder: string, onTrouble: (error: AuditError) => void): OwnLog {
  const logFile = join(dataFolder, 'collector.log');
  try {
    // Nothing of it is ever deleted: who read what is asked for years later.
    return new OwnLog(createLogger({ logFile, agentId: ownAgent, tenantId: ownTenant, env: false, hold: true, onError: onTrouble }));
  } catch (cause) {
    if (!(cause instanceof AuditError)) throw cause;
    if (cause.code === 'LOG_IN_USE') {
      const instead = 'Stop it, or give this one a data folder of its own (--data)';
      throw new CollectorError('DATA_IN_USE', `another collector works in ${dataFolder}. ${instead}. ${cause.message}`, { cause });
    }
    throw new CollectorError('DATA_FOLDER_UNUSABLE', `the collector's own log cannot be opened: ${cause.message}`, { cause });
  }
}
