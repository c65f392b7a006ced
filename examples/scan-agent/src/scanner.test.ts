import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { plant, plantedSecrets } from './planted.ts';
import { parseScanReply, scan, ScanError, type ScanErrorCode, type ScanSummary } from './scanner.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scan-agent-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const reportFile = (): string => join(folder, 'reports', '5b0c1f7e-3c55-4a55-9f0e-0c8f6a4c9d11.sarif');
const never = new AbortController().signal;
const limits = { cpuMax: 1, memoryMaxMB: 4096, heapMB: 512 };

/** Scans a directory below the test's folder. */
async function scanBelow(name: string, signal: AbortSignal = never): Promise<ScanSummary> {
  mkdirSync(join(folder, 'reports'), { recursive: true });
  return scan({ directory: join(folder, name), reportFile: reportFile(), signal, limits, onPressure: () => undefined });
}

/** Runs `start` and hands back the one process that it spawned. */
function processOf(start: () => void): ChildProcess {
  const spawned: ChildProcess[] = [];
  const listen = (message: unknown): void => void spawned.push((message as { process: ChildProcess }).process);
  subscribe('child_process', listen);
  start();
  unsubscribe('child_process', listen);
  const [child] = spawned;
  assert.ok(child, 'a process was spawned');
  return child;
}

const failsWith = (code: ScanErrorCode, text: string) => (error: unknown) => {
  assert.ok(error instanceof ScanError);
  assert.equal(error.code, code);
  assert.ok(error.message.includes(text), error.message);
  return true;
};

describe('what a scan finds', () => {
  test('every planted secret, told by place and kind, and none by its text', async () => {
    plant(join(folder, 'planted'));
    const summary = await scanBelow('planted');
    assert.deepEqual(
      { ...summary, bytes: summary.bytes > 0 },
      {
        files: 5,
        bytes: true,
        skipped: 0,
        limited: false,
        findings: 4,
        filesNamed: ['.env', 'config/chat.json', 'config/database.yml', 'deploy.ts'],
      },
    );
    const report = readFileSync(reportFile(), 'utf8');
    for (const secret of plantedSecrets) {
      const inFile = summary.filesNamed.some((name) => readFileSync(join(folder, 'planted', name), 'utf8').includes(secret));
      assert.ok(inFile, 'the secret stands in a file');
      assert.ok(!report.includes(secret), 'and not in the report');
      assert.ok(!JSON.stringify(summary).includes(secret), 'and not in the summary');
    }
    assert.deepEqual(readdirSync(join(folder, 'reports')).length, 1, 'no half report is left');
  });

  test('only in what it reads: no dependencies, no history, no links, nothing binary, nothing huge', async () => {
    for (const name of ['node_modules', '.git', 'scan-agent-data']) plant(join(folder, 'project', name));
    plant(join(folder, 'elsewhere'));
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'project', 'link'));
    symlinkSync(join(folder, 'elsewhere', '.env'), join(folder, 'project', '.env'));
    writeFileSync(join(folder, 'project', 'image.png'), Buffer.from(`\0${plantedSecrets.join('\n')}`));
    writeFileSync(join(folder, 'project', 'dump.sql'), `${plantedSecrets.join('\n')}\n`.padEnd(1024 * 1024 + 1));
    writeFileSync(join(folder, 'project', 'clean.txt'), 'clean');
    const { files, skipped, findings } = await scanBelow('project');
    assert.deepEqual({ files, skipped, findings }, { files: 1, skipped: 2, findings: 0 });
  });
});

describe('a scan that can not be done', () => {
  test('names a directory that is gone, and one that is a file', async () => {
    const gone = `ENOENT: no such file or directory, scandir '${join(folder, 'gone')}'`;
    await assert.rejects(scanBelow('gone'), failsWith('SCAN_FAILED', gone));
    writeFileSync(join(folder, 'file'), '');
    await assert.rejects(scanBelow('file'), failsWith('SCAN_FAILED', 'ENOTDIR'));
    assert.ok(!existsSync(reportFile()), 'nothing was scanned, so there is no report');
  });

  test('names a directory that may not be read; one further down is passed over', { skip: asRoot() }, async () => {
    mkdirSync(join(folder, 'project', 'closed'), { recursive: true });
    chmodSync(join(folder, 'project', 'closed'), 0o000);
    await assert.rejects(scanBelow('project/closed'), failsWith('SCAN_FAILED', 'EACCES'));
    assert.equal((await scanBelow('project')).skipped, 1);
  });

  test('rejects where the scanning process dies', async () => {
    plant(join(folder, 'planted'));
    let scanning: Promise<unknown> = Promise.resolve();
    const child = processOf(() => {
      scanning = scanBelow('planted');
    });
    child.kill('SIGABRT');
    await assert.rejects(scanning, failsWith('SCANNER_DIED', 'by SIGABRT'));
  });
});

describe('a scan that is called off', () => {
  test('has its process killed, even one that hangs, before the promise settles', { skip: onWindows() }, async () => {
    plant(join(folder, 'planted'));
    const stopping = new AbortController();
    let scanning: Promise<unknown> = Promise.resolve();
    const child = processOf(() => {
      scanning = scanBelow('planted', stopping.signal);
    });
    child.kill('SIGSTOP');
    const reason = new Error('stopped');
    stopping.abort(reason);
    await assert.rejects(scanning, (error) => error === reason);
    assert.equal(child.signalCode, 'SIGKILL');
    assert.throws(() => process.kill(child.pid ?? 0, 0), { code: 'ESRCH' });
    assert.ok(!existsSync(reportFile()));
  });

  test('does not even begin when the signal came first', async () => {
    const reason = new Error('stopped');
    await assert.rejects(scanBelow('planted', AbortSignal.abort(reason)), (error) => error === reason);
  });
});

describe('parseScanReply', () => {
  const summary = { files: 1, bytes: 2, skipped: 0, limited: false, findings: 1, filesNamed: ['a'] };

  test('reads what the scanning process prints', () => {
    assert.deepEqual(parseScanReply(JSON.stringify({ ok: true, summary })), { ok: true, summary });
    assert.deepEqual(parseScanReply('{"ok":false,"message":"why"}'), { ok: false, message: 'why' });
  });

  const broken: Readonly<Record<string, unknown>> = {
    'no object': [1],
    'no summary': { ok: true },
    'a negative count': { ok: true, summary: { ...summary, files: -1 } },
    'a fraction': { ok: true, summary: { ...summary, bytes: 0.5 } },
    'no count': { ok: true, summary: { ...summary, findings: '1' } },
    'limited as a text': { ok: true, summary: { ...summary, limited: 'no' } },
    'no list of files': { ok: true, summary: { ...summary, filesNamed: 'a' } },
  };
  for (const [name, reply] of Object.entries(broken)) {
    test(`refuses ${name}`, () => {
      assert.throws(() => parseScanReply(JSON.stringify(reply)), { code: 'SCANNER_REPLY_MALFORMED' });
    });
  }
  test('refuses what is no JSON', () => {
    assert.throws(() => parseScanReply('{"ok":tr'), { code: 'SCANNER_REPLY_MALFORMED' });
  });
});

function asRoot(): string | false {
  return process.getuid?.() === 0 || process.platform === 'win32' ? 'root may read everything' : false;
}

function onWindows(): string | false {
  return process.platform === 'win32' ? 'no SIGSTOP' : false;
}
