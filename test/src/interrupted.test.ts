// What a writer that died leaves: torn ends, and the folder between any two steps of closing a segment, of compressing it, of replacing it
// and of giving an origin up. Verification tells the one from tampering, and a logger that is opened on it keeps every whole line.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync } from 'node:fs';
import { after, before, test, type TestContext } from 'node:test';
import { formatSidecarRecord, parseLine, parseSidecar, readCheckpoint, type RecordedEvent } from '@agent-audit/log';
import { type AuditError, createLogger, EventType } from 'agent-audit';
import { type FileVerifyReport, lines, verifyLogFile } from 'agent-audit/files';
import { closedLog, interruptedLog, LogImage } from './log-image.ts';

let interrupted: LogImage;
let closed: LogImage;
/** Lines of the interrupted log that its newest checkpoint covers. */
let sealedSize: number;
before(async () => {
  interrupted = await interruptedLog();
  closed = await closedLog();
  const [sidecar = ''] = interrupted.sidecars;
  sealedSize = parseSidecar(interrupted.read(sidecar)).records.at(-1)?.size ?? 0;
  const { unsigned, signed, problems } = await verifyLogFile(interrupted.logFile);
  assert.deepEqual([problems, signed, unsigned], [[], sealedSize, 10]);
});
after(() => {
  interrupted.delete();
  closed.delete();
});

function copyOf(t: TestContext, image: LogImage): LogImage {
  const log = image.copy();
  t.after(() => log.delete());
  return log;
}

async function readLines(log: LogImage): Promise<string[]> {
  const all: string[] = [];
  for await (const { line } of lines(log.logFile)) all.push(Buffer.from(line).toString('utf8'));
  return all;
}

const later = Array.from({ length: 10 }, (_, i) => `later ${i}`);

interface Afterlife {
  readonly report: FileVerifyReport;
  /** The lines of the new life. */
  readonly events: readonly RecordedEvent[];
}

/** Opens a logger, logs, stops. Every line of before must be there, byte by byte, and then the new ones, under the same origin. */
async function liveOn(log: LogImage, kept: readonly string[]): Promise<Afterlife> {
  const troubles: AuditError[] = [];
  const audit = createLogger({ logFile: log.logFile, env: false, agentId: 'another', onError: (error) => troubles.push(error) });
  for (const message of later) audit.info(EventType.ScanCompleted, message);
  await audit.stop();
  assert.deepEqual(troubles, []);

  const all = await readLines(log);
  assert.deepEqual(all.slice(0, kept.length), kept, 'whole lines are kept as they were');
  const events = all.slice(kept.length).map((line) => parseLine(line));
  const messages = events.filter(({ type }) => !type.startsWith('log.')).map(({ message }) => message);
  assert.deepEqual(messages, later);
  const report = await verifyLogFile(log.logFile, { origin: audit.origin });
  assert.deepEqual([report.problems, report.unsigned, report.torn, report.anchored], [[], 0, undefined, true]);
  assert.deepEqual(log.names(/\.tmp$|\.lock-|refused/), []);
  return { report, events };
}

/** The one segment of the interrupted log, and what is torn behind its last line. */
const first = 'audit-000000000000000';
const tornName = 'audit-000000000000031.torn';

interface Tear {
  /** Lines that stay as they are. */
  readonly keep: number;
  /** What stands in the place of the rest. */
  readonly tail: (rest: Buffer) => Uint8Array | string;
  /** What is wrong with the first whole line of it. */
  readonly code?: string;
}

const tears: Readonly<Record<string, Tear>> = {
  'a line without its end': { keep: 29, tail: (rest) => rest.subarray(0, 40) },
  'bytes that are no line, without an end': { keep: 31, tail: () => 'garbage' },
  'bytes that are no line': { keep: 31, tail: () => 'garbage\n', code: 'LINE_NOT_JSON' },
  'a hole of NUL bytes, and whole lines behind it': {
    keep: 25,
    tail: (rest) => Buffer.from(rest).fill(0, 0, 300),
    code: 'LINE_NOT_JSON',
  },
  'a file grown by NUL bytes alone': { keep: 31, tail: () => new Uint8Array(4096) },
  'the lines of a second writer': { keep: 31, tail: () => '{"seq":30,"timestamp":"2026-11-24T14:03:22.118Z"}\n', code: 'LINE_SEQ' },
  'a line twice': { keep: 25, tail: (rest) => Buffer.concat([rest.subarray(0, rest.indexOf('\n') + 1), rest]), code: 'LINE_SEQ' },
  'a line missing': { keep: 25, tail: (rest) => rest.subarray(rest.indexOf('\n') + 1), code: 'LINE_SEQ' },
  'a line too long': { keep: 31, tail: () => `{"seq":31,"timestamp":"${'x'.repeat(66_000)}"}\n`, code: 'LINE_TOO_LONG' },
};

for (const [what, { keep, tail, code }] of Object.entries(tears)) {
  test(`torn, ${what}: verification says where, a logger keeps what is whole and moves the rest to .torn`, async (t) => {
    const log = copyOf(t, interrupted);
    const whole = log.lines('audit.log').slice(0, keep);
    const wholeBytes = Buffer.from(whole.map((line) => `${line}\n`).join(''));
    const torn = Buffer.from(tail(log.read('audit.log').subarray(wholeBytes.length)));
    log.write('audit.log', Buffer.concat([wholeBytes, torn]));
    // What follows whole lines may begin with more of them.
    const kept = what === 'a line twice' ? [...whole, torn.subarray(0, torn.indexOf('\n')).toString('utf8')] : whole;
    const cut = kept.length > whole.length ? torn.subarray(torn.indexOf('\n') + 1) : torn;

    const found = await verifyLogFile(log.logFile);
    assert.deepEqual([found.ok, found.problems], [true, []]);
    assert.deepEqual([found.torn?.seq, found.torn?.bytes], [kept.length, cut.length]);
    if (code !== undefined) assert.equal(found.torn?.code, code);

    const { report, events } = await liveOn(log, kept);
    const name = `audit-${String(kept.length).padStart(15, '0')}.torn`;
    assert.deepEqual(log.names(/\.torn$/), [name]);
    assert.ok(log.read(name).equals(cut), 'the torn bytes are all there');
    assert.deepEqual(
      events.slice(0, 2).map(({ type }) => type),
      ['log.open', 'log.recovered'],
    );
    const { seq: _, ...recovery } = report.records.recoveries[0] ?? assert.fail('no recovery');
    assert.deepEqual(recovery, {
      torn_bytes: cut.length,
      torn_sha256: createHash('sha256').update(cut).digest('hex'),
      torn_files: [name],
      ...(kept.length > sealedSize ? { sealed_from: sealedSize, sealed_to: kept.length - 1 } : {}),
    });
  });
}

test('torn twice at the same line: the bytes of both times are kept', async (t) => {
  const log = copyOf(t, interrupted);
  log.write(tornName, 'of the first time');
  log.append('audit.log', 'of the second time');
  const { report } = await liveOn(log, log.lines('audit.log'));
  assert.equal(log.read(tornName).toString('utf8'), 'of the first timeof the second time');
  assert.equal(report.records.recoveries[0]?.torn_bytes, 'of the second time'.length);
});

test('torn in a segment with another behind it: the later file is moved to .torn too', async (t) => {
  const log = copyOf(t, interrupted);
  const whole = log.lines('audit.log');
  const rest = Buffer.concat([new Uint8Array(50), Buffer.from(`${renumbered(whole.at(-1), 40)}\n`)]);
  log.rename('audit.log', `${first}.log`);
  log.append(`${first}.log`, rest.subarray(0, 50));
  log.write('audit.log', rest.subarray(50));
  await liveOn(log, whole);
  assert.ok(log.read(tornName).equals(rest));
});

/** Taking torn bytes out of a log: a segment with 50 of them, and a later file. */
const cutting: Readonly<Record<string, (log: LogImage, torn: Buffer) => void>> = {
  'the copy is begun': (log, torn) => log.write(`${tornName}.tmp`, torn.subarray(0, 20)),
  'the copy is whole': (log, torn) => log.write(tornName, torn),
  'the segment is cut': (log, torn) => {
    log.write(tornName, torn);
    log.write(`${first}.log`, log.read(`${first}.log`).subarray(0, -50));
  },
};

for (const [what, take] of Object.entries(cutting)) {
  test(`killed while torn bytes were taken out, when ${what}`, async (t) => {
    const log = copyOf(t, interrupted);
    const whole = log.lines('audit.log');
    const rest = Buffer.concat([new Uint8Array(50), Buffer.from(`${renumbered(whole.at(-1), 40)}\n`)]);
    log.rename('audit.log', `${first}.log`);
    log.append(`${first}.log`, rest.subarray(0, 50));
    log.write('audit.log', rest.subarray(50));
    take(log, rest);
    await liveOn(log, whole);
    const kept = log.read(tornName);
    assert.ok(kept.includes(rest.subarray(0, 50)) && kept.includes(rest.subarray(50)), 'no torn byte is lost');
  });
}

test('lines that somebody added while no writer lived are sealed, and named as found', async (t) => {
  const log = copyOf(t, interrupted);
  log.append('audit.log', `${renumbered(log.lines('audit.log').at(-1), 31)}\n`);
  assert.equal((await verifyLogFile(log.logFile)).unsigned, 11);
  const { report } = await liveOn(log, log.lines('audit.log'));
  assert.deepEqual([report.records.recoveries[0]?.sealed_from, report.records.recoveries[0]?.sealed_to], [sealedSize, 31]);
});

function renumbered(line: string | undefined, seq: number): string {
  return (line ?? '').replace(/^\{"seq":\d+,/, `{"seq":${seq},`);
}

function rotation(seq: number): string {
  const head = { seq, timestamp: '2026-11-24T14:03:22.118Z', type: 'log.close', severity: 'INFO' };
  const event = { ...head, message: 'Segment closed', details: { reason: 'rotate' } };
  return `${JSON.stringify(event)}\n`;
}

/** Closing a segment, step by step. Each state is what a kill between two steps leaves; the states build on each other. */
const closing: readonly { readonly step: string; readonly take: (log: LogImage) => void; readonly told: readonly string[] }[] = [
  { step: 'the closed name is linked', take: (log) => linkSync(log.logFile, log.path(`${first}.log`)), told: [] },
  { step: 'the next file is made', take: (log) => log.write('audit.log.tmp', ''), told: [] },
  { step: 'the last line is written', take: (log) => log.append('audit.log', rotation(31)), told: ['SUCCESSOR_MISSING'] },
  { step: 'the active name is unlinked', take: (log) => log.remove('audit.log'), told: ['SUCCESSOR_MISSING'] },
  { step: 'the active name is linked to the next file', take: (log) => linkSync(log.path('audit.log.tmp'), log.logFile), told: [] },
  { step: 'its temporary name is unlinked', take: (log) => log.remove('audit.log.tmp'), told: [] },
  { step: 'its first line is torn', take: (log) => log.append('audit.log', '{"seq":32,"time'), told: [] },
  {
    step: 'its first line is written',
    take: (log) => log.write('audit.log', `${renumbered(log.lines(`${first}.log`)[0], 32)}\n`),
    told: [],
  },
  { step: 'its sidecar is begun', take: (log) => log.write('audit-000000000000032.checkpoints.tmp', '{"size":32'), told: [] },
];

for (const [index, { step, told }] of closing.entries()) {
  test(`killed while a segment was closed, once ${step}`, async (t) => {
    const log = copyOf(t, interrupted);
    for (const { take } of closing.slice(0, index + 1)) take(log);
    const report = await verifyLogFile(log.logFile);
    assert.deepEqual(
      report.problems.map(({ code }) => code),
      told,
    );
    const kept = await readLines(log);
    const { recovered, records } = (await liveOn(log, kept)).report;
    assert.equal(recovered, 1);
    assert.equal(records.recoveries[0]?.successor, step === 'the active name is unlinked' ? 'absent' : undefined);
  });
}

/** What compressing a closed segment leaves on its way. */
const compressing: Readonly<Record<string, (log: LogImage, name: string) => void>> = {
  'the archive is begun': (log, name) => log.write(`${name}.gz.tmp`, 'half an archive'),
  'the archive stands beside the plain file': (log, name) => log.pack(name),
  'the archive alone is left': (log, name) => {
    log.pack(name);
    log.remove(name);
  },
  'a damaged archive stands beside the plain file': (log, name) => log.write(`${name}.gz`, 'half an archive'),
};

for (const [what, take] of Object.entries(compressing)) {
  test(`killed while a segment was compressed, when ${what}`, async (t) => {
    const log = copyOf(t, closed);
    const kept = await readLines(log);
    take(log, log.closed[1] ?? '');
    assert.deepEqual((await verifyLogFile(log.logFile)).problems, []);
    assert.deepEqual(await readLines(log), kept);
    const { report } = await liveOn(log, kept);
    assert.equal(report.recovered, 0);
  });
}

test('a copy of the folder in which the active file’s two names became two files: the log goes on, and closes segments', async (t) => {
  const log = copyOf(t, closed);
  const kept = await readLines(log);
  const [line = ''] = log.lines('audit.log');
  const name = `audit-${String(parseLine(line).seq).padStart(15, '0')}`;
  log.copyFile('audit.log', `${name}.log`);
  assert.deepEqual((await verifyLogFile(log.logFile)).problems, []);
  await liveOn(log, kept);
  assert.ok(log.has(`${name}.torn`), 'the other file is kept');
});

test('killed while a sidecar was thinned: what was begun counts for nothing', async (t) => {
  const log = copyOf(t, closed);
  const kept = await readLines(log);
  log.write(`${log.sidecars[0]}.tmp`, '');
  await liveOn(log, kept);
});

test('killed after a sidecar was torn: it goes on after its last whole record', async (t) => {
  const log = copyOf(t, interrupted);
  const [sidecar = ''] = log.sidecars;
  log.append(sidecar, '{"size":31,"ts":"2026-11-');
  assert.deepEqual((await verifyLogFile(log.logFile)).problems, []);
  await liveOn(log, log.lines('audit.log'));
});

/** A failed segment that ends at its last checkpoint, and one in its place with the same bytes. */
const replacing: Readonly<Record<string, (log: LogImage, tail: Buffer) => void>> = {
  'the copy is begun': (log, tail) => log.write('audit.log.tmp', tail.subarray(0, 100)),
  'the failed file has its closed name': (log, tail) => {
    log.write('audit.log.tmp', tail);
    linkSync(log.logFile, log.path(`${first}.log`));
  },
  'the copy has taken the active name': (log, tail) => {
    log.rename('audit.log', `${first}.log`);
    log.write('audit.log', tail);
  },
  'the copy has its sidecar': (log, tail) => {
    const base = parseSidecar(log.read(`${first}.checkpoints`)).records.at(-1) ?? assert.fail('no record');
    log.rename('audit.log', `${first}.log`);
    log.write('audit.log', tail);
    log.write(`audit-${String(base.size).padStart(15, '0')}.checkpoints`, formatSidecarRecord(base));
  },
};

for (const [what, take] of Object.entries(replacing)) {
  test(`killed while a failed segment was replaced, when ${what}`, async (t) => {
    const log = copyOf(t, interrupted);
    const kept = log.lines('audit.log');
    const sealed = kept.slice(0, sealedSize).map((line) => `${line}\n`);
    take(log, log.read('audit.log').subarray(Buffer.byteLength(sealed.join(''))));
    assert.deepEqual((await verifyLogFile(log.logFile)).problems, []);
    assert.deepEqual(await readLines(log), kept);
    const { report } = await liveOn(log, kept);
    assert.equal(report.recovered, 1);
  });
}

test('killed at any step of giving an origin up: the next start goes on with it, and signs nothing under the old key', async (t) => {
  const origin = readCheckpoint(parseSidecar(closed.read(closed.sidecars[0] ?? '')).records[0]?.note ?? '').origin;
  const refused = `audit.refused-${origin.slice(-32).slice(0, 8)}`;
  // The order in which a logger moves them: what it was killed in, it has begun with.
  const order = ['audit.key', ...closed.closed, 'audit.log', ...closed.sidecars];
  for (let moved = 1; moved < order.length; moved++) {
    const log = copyOf(t, closed);
    mkdirSync(log.path(refused));
    for (const name of order.slice(0, moved)) log.rename(name, `${refused}/${name}`);
    const troubles: string[] = [];
    const audit = createLogger({ logFile: log.logFile, env: false, agentId: 'tamper', onError: ({ code }) => troubles.push(code) });
    audit.info(EventType.ScanCompleted, 'anew');
    await audit.stop();
    assert.notEqual(audit.origin, origin);
    assert.deepEqual(troubles, ['LOG_REFUSED']);
    assert.deepEqual(log.names(/refused/), [refused]);
    for (const name of order) assert.ok(log.has(`${refused}/${name}`), `${name} is kept, ${moved} were moved before`);
    const report = await verifyLogFile(log.logFile, { origin: audit.origin });
    assert.deepEqual([report.problems, report.lines, report.records.refused[0]?.origin], [[], 3, origin]);
  }
});

test('a key that is half made, and nothing else: the log begins with another', async (t) => {
  const log = LogImage.empty();
  t.after(() => log.delete());
  log.write('audit.key.tmp', closed.read('audit.key').subarray(0, 50));
  await liveOn(log, []);
});

test('a key that is made, and then nothing: the log begins with it', async (t) => {
  const log = LogImage.empty();
  t.after(() => log.delete());
  log.write('audit.key', closed.read('audit.key'));
  await liveOn(log, []);
});

test('an active file that was there before the log, and holds no line, is kept as torn', async (t) => {
  const log = LogImage.empty();
  t.after(() => log.delete());
  log.write('audit.key', closed.read('audit.key'));
  log.write('audit.log', 'half a line');
  await liveOn(log, []);
  assert.equal(log.read('audit-000000000000000.torn').toString('utf8'), 'half a line');
});
