import type { Command } from './command.ts';
import { agents } from './commands/agents.ts';
import { collect } from './commands/collect.ts';
import { doctor } from './commands/doctor.ts';
import { exportCommand } from './commands/export.ts';
import { helpCommand } from './commands/help.ts';
import { importCommand } from './commands/import.ts';
import { jobs } from './commands/jobs.ts';
import { key } from './commands/key.ts';
import { prove } from './commands/prove.ts';
import { query } from './commands/query.ts';
import { stats } from './commands/stats.ts';
import { tail } from './commands/tail.ts';
import { token } from './commands/token.ts';
import { verify } from './commands/verify.ts';
import { version } from './commands/version.ts';

const working: readonly Command[] = [
  tail,
  query,
  jobs,
  stats,
  agents,
  verify,
  prove,
  key,
  importCommand,
  exportCommand,
  collect,
  token,
  doctor,
  version,
];

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [...working, helpCommand(working)];
