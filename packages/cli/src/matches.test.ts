import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { compile, parse } from '@agent-audit/search';
import { temporaryFolder, TestLog } from './log.test.support.ts';
import { type BackwardOptions, matchesIn, newestFirst } from './matches.ts';

/** 200 lines in three segments, the first one packed; every third is a scan. */
function manyLines(context: TestContext): TestLog {
  const log = new TestLog(temporaryFolder(context));
  while (log.size < 200) {
    log.event(log.size % 3 === 0 ? 'scan' : 'other', 'INFO', `line ${log.size}`);
    if (log.size % 75 === 0) log.rotate();
  }
  return log.pack(0);
}

const seqOf = (line: Uint8Array): number => (JSON.parse(Buffer.from(line).toString()) as { seq: number }).seq;

async function backwards(log: TestLog, search: string | undefined, limit: number, options?: BackwardOptions): Promise<number[]> {
  const found: number[] = [];
  const matcher = search === undefined ? undefined : compile(parse(search));
  for await (const line of newestFirst(log.path, matcher, limit, options)) found.push(seqOf(line));
  return found;
}

async function forwards(log: TestLog, search: string | undefined, from?: number): Promise<number[]> {
  const found: number[] = [];
  const matcher = search === undefined ? undefined : compile(parse(search));
  for await (const { bytes, lines } of matchesIn(log.path, matcher, { ...(from !== undefined && { from }) })) {
    found.push(...lines.map(({ start, end }) => seqOf(bytes.subarray(start, end))));
  }
  return found;
}

describe('lines that are found', () => {
  it('are the same forwards and backwards, across segments', async (context) => {
    const log = manyLines(context);
    const scans = await forwards(log, 'type:scan');
    assert.ok(scans.length > 60 && scans.every((seq) => seq % 3 === 0));
    assert.deepEqual(await backwards(log, 'type:scan', Infinity), scans.toReversed());
    for (const limit of [1, 10, 40, 66, 500])
      assert.deepEqual(await backwards(log, 'type:scan', limit), scans.toReversed().slice(0, limit));
    const all = Array.from({ length: log.size }, (_, seq) => seq);
    assert.deepEqual(await forwards(log, undefined), all);
    assert.deepEqual(await forwards(log, undefined, 150), all.slice(150));
    assert.deepEqual(await backwards(log, undefined, Infinity), all.toReversed());
    assert.deepEqual(await backwards(log, undefined, 130), all.toReversed().slice(0, 130));
  });

  it('are not held without bound', async (context) => {
    const log = manyLines(context);
    const bounded = { heldBytesMax: 2_000 };
    await assert.rejects(backwards(log, 'type:scan', Infinity, bounded), { code: 'TOO_MUCH_TO_REVERSE', message: /--last/ });
    assert.deepEqual(await backwards(log, 'type:scan', 5, bounded), (await forwards(log, 'type:scan')).toReversed().slice(0, 5));
  });

  it('are looked for until the signal says stop', async (context) => {
    const log = manyLines(context);
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(backwards(log, 'type:scan', Infinity, { signal }), { message: 'enough' });
  });
});
