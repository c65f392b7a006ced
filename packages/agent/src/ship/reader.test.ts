import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Frontier, LineFeed, openCheckpoint, parseVerifierKey, type VerifierKey } from '@agent-audit/log';
import { verifyEd25519 } from '../crypto.ts';
import { systemDisk } from '../disk.ts';
import { folderOf } from '../folder.ts';
import { logFileFor, manualLogger } from './logger.test.support.ts';
import { LinesDamaged, SealedReader } from './reader.ts';

interface Written {
  readonly logFile: string;
  readonly key: VerifierKey;
  readonly bytes: Buffer;
  readonly lines: number;
}

/** A log of several segments, packed, closed and active, with lines of all lengths. */
async function written(t: TestContext): Promise<Written> {
  const logFile = logFileFor(t);
  const { audit, clock, stop } = manualLogger(logFile, { maxSizeMB: 0.3 });
  for (let i = 0; i < 3_000; i++) {
    audit.info('scan_progress', randomBytes(i % 251).toString('hex'));
    if (i % 300 !== 0) continue;
    await audit.flush();
    clock.advance(500);
  }
  await stop();
  const names = readdirSync(dirname(logFile)).filter((name) => /^audit-[0-9]{15}\.log(\.gz)?$/.test(name)).toSorted();
  const closed = names.map((name) => {
    const raw = readFileSync(join(dirname(logFile), name));
    return name.endsWith('.gz') ? gunzipSync(raw) : raw;
  });
  assert.ok(names.some((name) => name.endsWith('.gz')) && closed.length > 2);
  const bytes = Buffer.concat([...closed, readFileSync(logFile)]);
  return { logFile, key: parseVerifierKey(audit.vkey), bytes, lines: bytes.toString('utf8').split('\n').length - 1 };
}

test('batches of any size, from anywhere, are the log\'s bytes, and end at checkpoints that sign them', async (t) => {
  const { logFile, key, bytes, lines } = await written(t);
  const reader = new SealedReader(folderOf(systemDisk, logFile), key);
  for (const bytesMax of [1, 5_000, 70_000, 400_000, 4_194_304]) {
    const pieces: Uint8Array[] = [];
    const feed = new LineFeed(Frontier.empty());
    for (let from = 0; from < lines; ) {
      const batch = await reader.batch(from, () => lines, bytesMax);
      assert.equal(batch.old, from);
      feed.push(batch.lines, 0, batch.lines.length);
      assert.deepEqual(openCheckpoint(batch.record.note, key, verifyEd25519).root, feed.frontier.root());
      from = batch.record.size;
      pieces.push(batch.lines);
    }
    assert.ok(Buffer.concat(pieces).equals(bytes));
    if (bytesMax > 1_000_000) assert.equal(pieces.length, 1);
  }
  await reader.close();
});

test('the root at any size is that of its lines; no checkpoint beyond what is sealed counts', async (t) => {
  const { logFile, key, bytes, lines } = await written(t);
  const reader = new SealedReader(folderOf(systemDisk, logFile), key);
  const feed = new LineFeed(Frontier.empty());
  for (let at = 0, size = 0; size <= lines; size++) {
    if (size % 97 === 0 || size === lines) assert.deepEqual(await reader.rootAt(size, () => lines), feed.frontier.root(), String(size));
    at += feed.push(bytes, at, bytes.length, undefined, size + 1).consumed;
  }
  const { record } = await reader.batch(0, () => lines, 100_000);
  await reader.close();
  await assert.rejects(reader.batch(0, () => record.size - 1, 1), LinesDamaged);
});

test('a sidecar that was thinned since it was asked how much is sealed: the checkpoint that is left is sealed too', async (t) => {
  const { logFile, key, lines } = await written(t);
  const reader = new SealedReader(folderOf(systemDisk, logFile), key);
  let asked = 0;
  // As it was before the checkpoints between that one and the next were taken out.
  const sealed = (): number => (asked++ === 0 ? 1 : lines);
  const { old, record } = await reader.batch(0, sealed, 1);
  assert.ok(old === 0 && record.size > 1, String(record.size));
  await reader.close();
});

test('a byte that was changed anywhere is found before a batch is handed out', async (t) => {
  const { logFile, key, lines } = await written(t);
  const name = readdirSync(dirname(logFile)).find((file) => /^audit-[0-9]{15}\.log$/.test(file)) ?? 'audit.log';
  const path = join(dirname(logFile), name);
  const sound = readFileSync(path);
  for (const at of [100, Math.floor(sound.length / 2), sound.length - 5]) {
    const bytes = Buffer.from(sound);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const reader = new SealedReader(folderOf(systemDisk, logFile), key);
    const readAll = async (): Promise<void> => {
      for (let from = 0; from < lines; ) from = (await reader.batch(from, () => lines, 50_000)).record.size;
    };
    await assert.rejects(readAll(), LinesDamaged);
  }
});
