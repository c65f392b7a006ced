// The collector of the console's tests: `collector-program`. It starts one on a folder of its own, feeds it with real agents, and says one
// line of JSON (a `ConsoleSite`) once all of it is stored. It ends, and its folder goes, at SIGTERM.
import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSite } from './site.ts';

const folder = mkdtempSync(join(tmpdir(), 'agent-audit-console-'));
const remove = (): void => rmSync(folder, { recursive: true, force: true });
try {
  const { told, close } = await openSite(folder);
  const end = (): void => void close().finally(remove);
  process.once('SIGTERM', end).once('SIGINT', end);
  writeSync(1, `${JSON.stringify(told)}\n`);
} catch (error) {
  remove();
  throw error;
}
