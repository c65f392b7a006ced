// `agent-audit collect` as a process: what it says, that a signal ends it in order, and that it goes on where it was.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { verifyLogFile } from 'agent-audit/files';
import { temporaryFolder } from './log.test.support.ts';
import { runCli } from './run.test.support.ts';

const program = fileURLToPath(new URL('../bin/agent-audit.js', import.meta.url));

/** Optional, and the collector's: this package does not name it. */
const database: string = 'chdb';
/** Why a collector cannot run here; false where it can. */
const skip: string | false = await import(database).then(
  () => false,
  () => `needs the optional package ${database}`,
);

interface Running {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly troubles: () => string;
  /** Waits until it has said this, and gives what it said up to now. */
  readonly says: (sign: RegExp) => Promise<RegExpExecArray>;
  readonly ended: Promise<number | null>;
}

function collect(context: TestContext, folder: string, ...options: string[]): Running {
  const argv = [program, 'collect', '--data', join(folder, 'data'), '--port', '0', ...options];
  const child = spawn(process.execPath, argv, { cwd: folder, env: { PATH: process.env['PATH'] }, stdio: ['ignore', 'pipe', 'pipe'] });
  context.after(() => child.kill('SIGKILL'));
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const says = async (sign: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const found = sign.exec(out);
      if (found !== null) return found;
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${out}${err}`);
      await Promise.race([once(child.stdout, 'data'), once(child, 'close')]);
    }
  };
  return { child, said: () => out, troubles: () => err, says, ended: once(child, 'close').then(() => child.exitCode) };
}

describe('agent-audit collect', { skip }, () => {
  it('shows its first tokens once, how to connect an agent, and ends in order at SIGTERM; then it goes on', async (context) => {
    const folder = temporaryFolder(context);
    const first = collect(context, folder);
    const [, url = ''] = await first.says(/✔ collecting {2}(http:\/\/127\.0\.0\.1:\d+)\n/);
    const [, token = ''] = await first.says(/export AGENT_AUDIT_TOKEN=(aa_i_\w{43})\n/);
    await first.says(/Ctrl-C stops it\.\n/);
    assert.ok(first.said().includes(`createLogger({ agentId: 'scanner-7', remoteEndpoint: '${url}', remoteToken: '${token}' })`));
    const events = { method: 'POST', headers: { authorization: `Bearer ${token}` }, body: '[{"type":"a","message":"m"}]' };
    assert.equal((await fetch(`${url}/v1/events`, events)).status, 200);
    first.child.kill('SIGTERM');
    assert.equal(await first.ended, 0);
    assert.match(first.said(), /\nstopping: /);
    assert.equal(first.troubles(), '');
    const own = join(folder, 'data', 'collector.log');
    const lines = readFileSync(own, 'utf8').trimEnd().split('\n');
    assert.match(lines.at(-2) ?? '', /"type":"collector_stopped"/);
    assert.match(lines.at(-1) ?? '', /"type":"log.close"/);
    const { ok, unsigned } = await verifyLogFile(own);
    assert.deepEqual([ok, unsigned], [true, 0]);

    const second = collect(context, folder, '--json');
    const [text] = await second.says(/^\{.*\}\n/);
    const started = JSON.parse(text) as { logs: number; events: number; tokens?: object };
    assert.equal(started.tokens, undefined, 'nobody is told again');
    assert.equal(started.logs, 2);
    assert.ok(started.events >= lines.length);
    const third = await runCli(['collect', '--data', join(folder, 'data'), '--port', '0']);
    assert.deepEqual([third.status, third.out], [4, '']);
    assert.match(third.err, new RegExp(`another collector works in .* process ${second.child.pid} .*DATA_IN_USE\\n$`));
    second.child.kill('SIGINT');
    assert.equal(await second.ended, 0);
  });

  it('refuses what it does not understand, before it touches anything', async (context) => {
    const folder = temporaryFolder(context);
    const config = join(folder, 'collector.json');
    writeFileSync(config, '{"retention":{"maxAgeDay":30}}');
    const refused = async (...options: string[]): Promise<string> => {
      const { status, err } = await runCli(['collect', '--data', join(folder, 'data'), ...options]);
      assert.equal(status, 2, err);
      return err;
    };
    assert.match(await refused('--config', config), /"retention\.maxAgeDay" \(did you mean maxAgeDays\?\) {3}CONFIG_UNKNOWN_KEY/);
    assert.match(await refused('--config', join(folder, 'absent.json')), /CONFIG_UNREADABLE/);
    assert.match(await refused('--host', '0.0.0.0'), /NOT_LOOPBACK/);
    assert.match(await refused('--tls-cert', 'c.pem'), /--tls-key is missing/);
    assert.match(await refused('--port', 'x'), /USAGE_BAD_VALUE/);
  });
});
