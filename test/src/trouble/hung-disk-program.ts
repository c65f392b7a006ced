// Logs onto a disk whose syncs return only while a file is not there: `hung-disk-program.js LOG FLAG heal|stop`. With `stop` another
// trouble stands by then: a cursor that cannot be read.
import { rmSync, writeFileSync } from 'node:fs';
import { AuditError, createLogger } from 'agent-audit';

const [, , logFile = '', flag = '', what = ''] = process.argv;

function codeOf(error: unknown): string {
  return error instanceof AuditError ? error.code : String(error);
}

async function outcomeOf(promise: Promise<void>): Promise<string> {
  try {
    await promise;
    return 'ok';
  } catch (error) {
    return codeOf(error);
  }
}

const told: string[] = [];
// There from the first look at it on: the next comes a minute later.
if (what === 'stop') writeFileSync(logFile.replace(/log$/, 'sender'), 'no cursor');
const audit = createLogger({ logFile, env: false, onError: ({ code }) => told.push(code) });
audit.info('scan_started', 'before');
console.log(`first ${await outcomeOf(audit.flush())} on ${audit.health().sealer}`);
if (what === 'stop') {
  while (audit.health().reasons.length === 0) await new Promise((resolve) => setImmediate(resolve));
}
writeFileSync(flag, '');
for (let i = 0; i < 10_000; i++) audit.info('scan_started', `hung ${i}`);
console.log(`hung ${await outcomeOf(audit.flush())}`);
const { state, reasons, pending, lost } = audit.health();
console.log(`health ${[state, ...reasons.map(({ code }) => code), pending.events, lost.events].join(' ')}`);
if (what === 'heal') {
  rmSync(flag);
  console.log(`healed ${await outcomeOf(audit.flush())}`);
  while (audit.health().state !== 'ok') await new Promise((resolve) => setImmediate(resolve));
}
console.log(`stop ${await outcomeOf(audit.stop())}`);
console.log(`told ${told.join(' ')}`);
