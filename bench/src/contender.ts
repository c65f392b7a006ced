// What is measured: a way to log. Each runs alone in a process of its own, so that no contender pays for another's code or garbage.
import type { BenchEvent } from './event.ts';

/** One open log of a contender. */
export interface Sink {
  readonly log: (event: BenchEvent) => void;
  /** Resolves when everything logged is as safe as this contender ever makes it. The clock stops here. */
  readonly finish: () => Promise<void>;
  /** Releases what is open. Not timed. */
  readonly close: () => Promise<void>;
  /** Makes what was logged before the call durable: only where the contender has such a promise. */
  readonly flush?: () => Promise<void>;
}

/** Opens a log in an empty folder. */
export type OpenSink = (folder: string) => Sink | Promise<Sink>;

export interface Contender {
  readonly title: string;
  /** What is true of every event once `finish()` has resolved. */
  readonly keeps: string;
  readonly load: () => Promise<OpenSink>;
}

/** Every contender, in the order of the tables. */
export const contenderNames = [
  'nothing',
  'raw',
  'pinoSync',
  'pinoAsync',
  'pinoFastest',
  'winston',
  'logtape',
  'logtapeNonBlocking',
  'agentAudit',
  'agentAuditRotating',
  'agentAuditUnredacted',
  'agentAuditShipping',
  'pinoRedacting',
] as const;
export type ContenderName = (typeof contenderNames)[number];

export const contenders: Readonly<Record<ContenderName, Contender>> = {
  nothing: {
    title: 'nothing (the floor)',
    keeps: '–',
    load: async () => (await import('./contenders/nothing.ts')).openNothing,
  },
  raw: {
    title: 'JSON.stringify + 64 KiB writeSync',
    keeps: 'written',
    load: async () => (await import('./contenders/raw.ts')).openRaw,
  },
  pinoSync: {
    title: 'pino, sync, ISO time',
    keeps: 'written',
    load: async () => (await import('./contenders/pino.ts')).openPinoSync,
  },
  pinoAsync: {
    title: 'pino, async, minLength 4096',
    keeps: 'written',
    load: async () => (await import('./contenders/pino.ts')).openPinoAsync,
  },
  pinoFastest: {
    title: 'pino, its fastest form',
    keeps: 'written',
    load: async () => (await import('./contenders/pino.ts')).openPinoFastest,
  },
  winston: {
    title: 'winston, file transport',
    keeps: 'written',
    load: async () => (await import('./contenders/winston.ts')).openWinston,
  },
  logtape: {
    title: 'LogTape, file sink',
    keeps: 'written, fsync per buffer',
    load: async () => (await import('./contenders/logtape.ts')).openLogTape,
  },
  logtapeNonBlocking: {
    title: 'LogTape, file sink, non-blocking',
    keeps: 'written, fsync per buffer',
    load: async () => (await import('./contenders/logtape.ts')).openLogTapeNonBlocking,
  },
  agentAudit: {
    title: 'agent-audit',
    keeps: 'durable and sealed',
    load: async () => (await import('./contenders/agent-audit.ts')).openAgentAudit,
  },
  agentAuditRotating: {
    title: 'agent-audit, rotating',
    keeps: 'durable and sealed',
    load: async () => (await import('./contenders/agent-audit.ts')).openAgentAuditRotating,
  },
  agentAuditUnredacted: {
    title: 'agent-audit, redact: false',
    keeps: 'durable and sealed',
    load: async () => (await import('./contenders/agent-audit.ts')).openAgentAuditUnredacted,
  },
  agentAuditShipping: {
    title: 'agent-audit, shipping',
    keeps: 'durable, sealed and cosigned',
    load: async () => (await import('./contenders/agent-audit-shipping.ts')).openAgentAuditShipping,
  },
  pinoRedacting: {
    title: 'pino, its fastest form, 4 redact paths',
    keeps: 'written',
    load: async () => (await import('./contenders/pino.ts')).openPinoRedacting,
  },
};

/** Whether a text names a contender. */
export function isContenderName(name: string): name is ContenderName {
  return Object.hasOwn(contenders, name);
}
