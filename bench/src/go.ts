import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatVerifierKey } from '@agent-audit/log';
import { listSegments, newestCheckpoint, readLogKey } from 'agent-audit/files';
import { timeCommand } from './command.ts';

/** Where Debian's golang-golang-x-mod-dev puts the packages. */
const goPath = '/usr/share/gocode';
const sourcePath = fileURLToPath(new URL('../go/verify.go', import.meta.url));

/** Builds the Go verifier into a folder; undefined where Go or its packages are not installed. */
export function buildGoVerifier(folder: string): string | undefined {
  if (!existsSync(join(goPath, 'src/golang.org/x/mod/sumdb/tlog'))) return undefined;
  const program = join(folder, 'verify-go');
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: goPath, GOCACHE: join(folder, 'go-cache'), GOFLAGS: '' };
  const built = spawnSync('go', ['build', '-o', program, sourcePath], { env, encoding: 'utf8' });
  if (built.error !== undefined) return undefined;
  if (built.status !== 0) throw new Error(`go build failed: ${built.stderr}`);
  return program;
}

/** Seconds that the Go verifier takes for a log, as it timed itself. It fails where the root is not the one that was signed. */
export async function timeGoVerifier(program: string, folder: string, logFile: string): Promise<number> {
  const checkpoint = newestCheckpoint(logFile);
  if (checkpoint === undefined) throw new Error(`${logFile} has no checkpoint`);
  const notePath = join(folder, 'checkpoint');
  writeFileSync(notePath, checkpoint.note);
  const key = formatVerifierKey(await readLogKey(logFile));
  const { output } = await timeCommand([program, key, notePath, ...listSegments(logFile).map(({ path }) => path)]);
  const answer: unknown = JSON.parse(output);
  if (typeof answer !== 'object' || answer === null || !('seconds' in answer) || typeof answer.seconds !== 'number') {
    throw new Error(`the Go verifier answered ${output}`);
  }
  return answer.seconds;
}
