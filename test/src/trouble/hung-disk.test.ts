// A disk whose sync does not return: real system calls, held by a library that is loaded before the C library. Needs a C compiler.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLogger } from 'agent-audit';
import { type Program, programFile, run } from '../program.ts';
import { assertSound, temporaryFolder } from './account.ts';

const source = `
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>
static void hang(void) { const char *flag = getenv("HANG_FLAG"); while (flag && access(flag, F_OK) == 0) usleep(10000); }
int fdatasync(int fd) { hang(); return syscall(SYS_fdatasync, fd); }
int fsync(int fd) { hang(); return syscall(SYS_fsync, fd); }
`;

interface Hung {
  readonly logFile: string;
  readonly flag: string;
  readonly program: Program;
}

/** Starts the program on such a disk; undefined, and the test skipped, where none can be made. */
function startHung(t: TestContext, what: 'heal' | 'stop'): Hung | undefined {
  const folder = temporaryFolder(t);
  const [library, code] = [join(folder, 'hang.so'), join(folder, 'hang.c')];
  writeFileSync(code, source);
  const compiled = process.platform === 'linux' && spawnSync('cc', ['-shared', '-fPIC', '-o', library, code]).status === 0;
  if (!compiled || !existsSync(library)) {
    t.skip('needs Linux and a C compiler');
    return undefined;
  }
  const [logFile, flag] = [join(folder, 'audit.log'), join(folder, 'hang')];
  const env = { LD_PRELOAD: library, HANG_FLAG: flag };
  const program = run(process.execPath, [programFile('trouble/hung-disk-program'), logFile, flag, what], { env });
  return { logFile, flag, program };
}

test('a sync that does not return: logging goes on, flush() ends, health says so, and all heals when it does', async (t) => {
  const hung = startHung(t, 'heal');
  if (hung === undefined) return;
  const { code, stdout } = await hung.program.ended;
  assert.deepEqual(stdout.trim().split('\n'), [
    'first ok on worker',
    'hung SEALING_STALLED',
    'health degraded SEALING_STALLED 0 0',
    'healed ok',
    'stop ok',
    'told SEALING_STALLED',
  ]);
  assert.equal(code, 0);
  await assertSound(hung.logFile);
});

test('stop() on such a disk ends too, and says what it is, whatever else stands; the next start seals what was written', async (t) => {
  const hung = startHung(t, 'stop');
  if (hung === undefined) return;
  await hung.program.line('stop SEALING_STALLED');
  rmSync(hung.flag);
  const { code, stdout } = await hung.program.ended;
  assert.match(stdout, /^hung SEALING_STALLED\nhealth degraded CURSOR_UNREADABLE SEALING_STALLED 0 0$/m);
  assert.match(stdout, /^told CURSOR_UNREADABLE SEALING_STALLED$/m);
  assert.equal(code, 0);
  const audit = createLogger({ logFile: hung.logFile, env: false });
  await audit.stop();
  await assertSound(hung.logFile);
  assert.ok(audit.health().checkpointSize > 10_001);
});
