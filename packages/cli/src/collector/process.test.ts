// What only a process of its own shows: that it ends by itself, in silence where a pipe closes, and when it is interrupted.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { goodToken, stored, TestCollector } from './collector.test.support.ts';

const program = fileURLToPath(new URL('../../bin/agent-audit.js', import.meta.url));

function start(command: string, argv: readonly string[], collector: TestCollector): ChildProcess {
  const own = { PATH: process.env['PATH'], NODE: process.execPath, PROGRAM: program, XDG_CONFIG_HOME: '/nonexistent' };
  const env = { ...own, AGENT_AUDIT_TOKEN: goodToken, AGENT_AUDIT_COLLECTOR: collector.url };
  return spawn(command, argv, { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<{ readonly status: unknown; readonly out: string; readonly err: string }> {
  let [out, err] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (err += data.toString()));
  const closed: readonly unknown[] = await once(child, 'close');
  return { status: closed[0], out, err };
}

describe('the program, asking a collector', () => {
  it('ends when it has its answer, though connections are kept', async (context) => {
    const collector = await TestCollector.start(context);
    collector.events = [stored('a', 1, {}), stored('a', 2, {})];
    collector.pageMax = 1;
    const { status, out } = await ended(start(process.execPath, [program, 'query', '', '--fields', 'seq'], collector));
    assert.deepEqual([status, out], [0, '1\n2\n']);
  });

  it('ends in silence where nobody reads on', async (context) => {
    const collector = await TestCollector.start(context);
    collector.events = Array.from({ length: 5_000 }, (_, seq) => stored('a', seq, { message: '.'.repeat(200) }));
    for (const command of ["query '' --json", "query '' --reverse --json", 'export', 'tail -f --json --since 2026-01-01']) {
      const script = `{ "$NODE" "$PROGRAM" ${command} 2>/dev/null; echo "status $?" >&2; } | head -1`;
      const { out, err } = await ended(start('/bin/sh', ['-c', script], collector));
      assert.equal(out.split('\n').length, 2, command);
      assert.equal(err, 'status 0\n', command);
    }
    assert.ok(!collector.asked.some((asked) => asked.includes('cursor=4000')), 'no page is asked for that nobody reads');
  });

  it('follows until it is interrupted', async (context) => {
    const collector = await TestCollector.start(context);
    collector.events = [stored('a', 1, { message: 'there' })];
    const child = start(process.execPath, [program, 'tail', '-f', '--json'], collector);
    const result = ended(child);
    assert.ok(child.stdout !== null);
    await once(child.stdout, 'data');
    collector.add(stored('a', 2, { message: 'one more' }));
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const { status, out } = await result;
    assert.equal(status, 130);
    assert.match(out, /one more/);
  });
});
