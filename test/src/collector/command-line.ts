import { fileURLToPath } from 'node:url';
import { type Ended, run } from '../program.ts';

const program = fileURLToPath(new URL('../../../packages/cli/bin/agent-audit.js', import.meta.url));

/** Runs the command agent-audit to its end, as a person does. */
export function agentAudit(...given: readonly string[]): Promise<Ended> {
  return run(process.execPath, [program, ...given]).ended;
}
