import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { keepNewest } from './keep-newest.ts';
import { plant } from './planted.ts';
import { until } from './until.test.support.ts';

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('a process on a leash ends when the one that started it is killed', { skip: process.platform === 'win32' }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'scan-agent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [parentFile, childFile] = [join(folder, 'parent.mjs'), join(folder, 'child.mjs')];
  // It would never end, and says when its program runs.
  writeFileSync(childFile, "setInterval(() => {}, 60_000); console.log('runs');");
  const leash = JSON.stringify(new URL('leash.js', import.meta.url).href);
  writeFileSync(
    parentFile,
    `import { spawnLeashed } from ${leash};
     const child = spawnLeashed(${JSON.stringify(childFile)}, [], { stdout: 'pipe' });
     child.stdout.once('data', () => console.log(child.pid));`,
  );
  const parent = spawn(process.execPath, [parentFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(parent.stdout.setEncoding('utf8'), 'data')) as [string];
  const pid = Number(said);
  assert.ok(isAlive(pid));
  parent.kill('SIGKILL');
  await until('its end', () => !isAlive(pid));
});

test('npm’s shell, which SIGTERM kills, does not leave its agent behind', { skip: process.platform === 'win32' }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'scan-agent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  plant(join(folder, 'planted'));
  const main = fileURLToPath(new URL('main.js', import.meta.url));
  const command = `"${process.execPath}" "${main}" --data "${folder}/data" --rest 600 "${folder}/planted"; true`;
  const env = { PATH: process.env['PATH'], npm_lifecycle_event: 'start' };
  const shell = spawn('sh', ['-c', command], { env, stdio: 'ignore' });
  const log = join(folder, 'data', 'audit.log');
  const said = (): string => (existsSync(log) ? readFileSync(log, 'utf8') : '');
  await until('a job', () => said().includes('"job_completed"'), said);
  shell.kill('SIGTERM');
  const pid = Number(/"pid":(\d+)/.exec(said())?.[1]);
  await until('its end', () => !isAlive(pid), said);
  assert.match(said(), /"type":"agent_stop"[^\n]*\n[^\n]*"type":"log.close"[^\n]*\n$/);
});

test('of a folder that grows for ever the newest files are kept', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'scan-agent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, seconds] of [['b', 3], ['c', 1], ['a', 2]] as const) {
    writeFileSync(join(folder, name), name);
    utimesSync(join(folder, name), seconds, seconds);
  }
  keepNewest(folder, 3);
  assert.deepEqual(readdirSync(folder).toSorted(), ['a', 'b', 'c']);
  keepNewest(folder, 2);
  assert.deepEqual(readdirSync(folder).toSorted(), ['a', 'b']);
});
