import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entriesBytesMax, parseVerifierKey } from '@agent-audit/log';
import { ManualClock } from '../testing/index.ts';
import { systemDisk } from '../disk.ts';
import { folderOf } from '../folder.ts';
import { Collector } from './collector.ts';
import { cursorOf, linesOf, logFileFor, manualLogger } from './logger.test.support.ts';
import type { ShipEvent } from './messages.ts';
import { Receiver } from './receiver.test.support.ts';
import { Shipper } from './shipper.ts';
import { Tokens } from './token.ts';

test('a log that grows whenever it is looked at: no conflict is judged by what it had before', async (t) => {
  const receiver = await Receiver.start(t);
  receiver.behave = () => 'twice';
  const logFile = logFileFor(t);
  const { audit, stop } = manualLogger(logFile);
  for (let i = 0; i < 60; i++) {
    audit.info('scan_progress', String(i));
    await audit.flush();
  }
  const key = parseVerifierKey(audit.vkey);
  await stop();
  const lines = linesOf(logFile);
  const clock = new ManualClock();
  const folder = folderOf(systemDisk, logFile);
  const events: ShipEvent[] = [];
  let sealed = 0;
  const job = { endpoint: receiver.url, ca: undefined, proxies: { http: undefined, https: undefined, no: '' } };
  const shipper = new Shipper({
    folder,
    clock,
    key,
    vkey: audit.vkey,
    endpoint: receiver.url,
    collector: new Collector(job, new Tokens({ kind: 'none' }, systemDisk, clock, () => Promise.reject(new Error('none'))), clock),
    cosigners: [],
    sealedSize: () => (sealed = Math.min(lines.length, sealed + 1)),
    bytesMax: entriesBytesMax,
    random: () => 0.5,
    emit: (event) => events.push(event),
  });
  await shipper.stop();
  const told = events.filter(({ kind }) => kind !== 'progress' && kind !== 'well');
  assert.deepEqual(told, []);
  assert.deepEqual(receiver.log?.lines, lines);
  assert.equal(cursorOf(logFile), lines.length);
});
