// A collector that is killed, again and again, while plain events come in: what it answered as accepted is stored, once.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { cannotEmbed } from '../store/store.test.support.ts';
import { ask, temporaryFolder, until } from './collector.test.support.ts';

const rounds = 3;
const eventsAtOnce = 20;
/** Answers in a round before it ends: it is killed while others are on their way. */
const answersOfRound = 5;
const program = `
const { startCollector } = await import(${JSON.stringify(new URL('../index.js', import.meta.url).href)});
const { url, firstTokens } = await startCollector({ dataFolder: process.argv[1], port: 0 }, { env: {} });
console.log(JSON.stringify({ url, firstTokens }));
`;

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly firstTokens?: { readonly admin: string; readonly ingest: string };
}

async function started(t: TestContext, dataFolder: string): Promise<Started> {
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const options = ['--input-type=module', '--eval', program, dataFolder];
  const child = spawn(process.execPath, options, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) return { child, ...(JSON.parse(line) as Omit<Started, 'child'>) };
  return assert.fail('it did not start');
}

test('what was accepted outlives SIGKILL, and is stored once', { skip: cannotEmbed }, async (t) => {
  const dataFolder = join(temporaryFolder(t), 'data');
  let tokens: Started['firstTokens'];
  const accepted: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const { child, url, firstTokens } = await started(t, dataFolder);
    tokens ??= firstTokens;
    const closed = once(child, 'close');
    let answers = 0;
    const send = async (sender: number): Promise<void> => {
      for (let n = 0; child.exitCode === null && child.signalCode === null; n++) {
        const ids = Array.from({ length: eventsAtOnce }, (_, at) => `${round}-${sender}-${n}-${at}`);
        const body = JSON.stringify(ids.map((id) => ({ type: 'kept', message: id, job_id: id })));
        const answer = await ask(`${url}/v1/events`, { method: 'POST', body, token: tokens?.ingest ?? '' }).catch(() => undefined);
        if (answer === undefined) return;
        assert.equal(answer.status, 200, answer.text);
        accepted.push(...ids);
        if (++answers === answersOfRound) child.kill('SIGKILL');
      }
    };
    await Promise.all([send(0), send(1), send(2)]);
    await closed;
  }
  assert.ok(accepted.length >= rounds * answersOfRound * eventsAtOnce);
  const { child, url } = await started(t, dataFolder);
  const token = tokens?.admin ?? '';
  const stored = async (): Promise<string[]> => {
    const { text } = await ask(`${url}/v1/export?format=ndjson&q=type:kept`, { token });
    return text.split('\n').filter((line) => line !== '').map((line) => (JSON.parse(line) as { job_id: string }).job_id);
  };
  await until('all are stored', async () => {
    const found = new Set(await stored());
    return accepted.every((id) => found.has(id));
  });
  const found = await stored();
  assert.equal(new Set(found).size, found.length, 'none is there twice');
  assert.deepEqual((await ask(`${url}/v1/alarms`, { token })).json['alarms'], []);
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
});
