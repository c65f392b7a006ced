// The ways to tamper with a log that was stopped: what each does to the files, what verification must say of it, and what a logger does.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { formatSidecarRecord, parseSidecar, readCheckpoint, type SidecarRecord, signCheckpoint, verifierKey } from '@agent-audit/log';
import type { LogImage } from './log-image.ts';

/** What a logger does that is opened on it. */
type Reaction =
  /** The segments before the active one are not its concern: it goes on, and verification says the same as before. */
  | { readonly goesOn: true }
  /** The origin is given up, for one of these reasons. */
  | { readonly givesUp: readonly string[] };

interface Tampering {
  readonly damage: (log: LogImage) => void;
  /** The codes that verification must name; none: it is sound. */
  readonly told: readonly string[];
  readonly logger: Reaction;
}

const goesOn: Reaction = { goesOn: true };
const givesUp = (...why: string[]): Reaction => ({ givesUp: why });

/** A line in the middle of a file. */
const middle = (all: readonly string[]): number => Math.floor(all.length / 2);
const flip = (bytes: Buffer, at: number): Buffer => Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));
const closedAt = (log: LogImage, index: number): string => log.closed.at(index) ?? assert.fail('no such segment');
export const sidecarAt = (log: LogImage, index: number): string => log.sidecars.at(index) ?? assert.fail('no such sidecar');

function renumber(line: string, seq: number): string {
  return line.replace(/^\{"seq":\d+,/, `{"seq":${seq},`);
}

function seqOf(line: string | undefined): number {
  return Number(/^\{"seq":(\d+),/.exec(line ?? '')?.[1]);
}

/** The sizes that a sidecar has checkpoints at. */
export function sizesOf(log: LogImage, name: string): number[] {
  return parseSidecar(log.read(name)).records.map(({ size }) => size);
}

/** Cuts the active segment after its line before `size`. */
function cutActive(log: LogImage, size: number): void {
  log.edit('audit.log', (all) => all.filter((line) => seqOf(line) < size));
}

function cutSidecar(log: LogImage, name: string, size: number): void {
  const { records } = parseSidecar(log.read(name));
  log.write(name, records.filter((record) => record.size <= size).map(formatSidecarRecord).join(''));
}

/** The sidecar's last record, changed. */
function changeNewest(log: LogImage, name: string, change: (record: SidecarRecord) => string): void {
  const { records } = parseSidecar(log.read(name));
  const newest = records.pop() ?? assert.fail('no record');
  log.write(name, records.map(formatSidecarRecord).join('') + change(newest));
}

function stub(seq: number): string {
  return `{"seq":${seq},"type":"log.erased","leaf":"${'A'.repeat(43)}="}`;
}

function withoutFrontier(record: SidecarRecord): string {
  return formatSidecarRecord({ ...record, frontier: record.frontier.map(() => new Uint8Array(32)) });
}

/** A checkpoint over the same tree, by a key of somebody else. */
function signedByAnother(record: SidecarRecord): string {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const checkpoint = readCheckpoint(record.note);
  const raw = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  const key = verifierKey(checkpoint.origin, 0x01, raw);
  const note = signCheckpoint(checkpoint, { key, sign: (message) => sign(null, message, privateKey) });
  return formatSidecarRecord({ ...record, note });
}

export const inActive: Readonly<Record<string, Tampering>> = {
  'a byte of a message flipped': {
    damage: (log) => log.write('audit.log', flip(log.read('audit.log'), log.read('audit.log').lastIndexOf('event '))),
    told: ['ROOT_MISMATCH'],
    logger: givesUp('other_root'),
  },
  'a line deleted': {
    damage: (log) => log.edit('audit.log', (all) => all.toSpliced(middle(all), 1)),
    told: ['LINE_SEQ'],
    logger: givesUp('foreign_bytes'),
  },
  'a line inserted': {
    damage: (log) => log.edit('audit.log', (all) => all.toSpliced(middle(all), 0, renumber(all[1] ?? '', seqOf(all[middle(all)])))),
    told: ['LINE_SEQ'],
    logger: givesUp('foreign_bytes'),
  },
  'two lines swapped': {
    damage: (log) => log.edit('audit.log', (all) => all.toSpliced(middle(all), 2, all[middle(all) + 1] ?? '', all[middle(all)] ?? '')),
    told: ['LINE_SEQ'],
    logger: givesUp('foreign_bytes'),
  },
  'two lines swapped and renumbered': {
    damage: (log) =>
      log.edit('audit.log', (all) => {
        const [a = '', b = ''] = all.slice(middle(all));
        return all.toSpliced(middle(all), 2, renumber(b, seqOf(a)), renumber(a, seqOf(b)));
      }),
    told: ['ROOT_MISMATCH'],
    logger: givesUp('other_root'),
  },
  'a line duplicated': {
    damage: (log) => log.edit('audit.log', (all) => all.toSpliced(middle(all), 0, all[middle(all)] ?? '')),
    told: ['LINE_SEQ'],
    logger: givesUp('foreign_bytes'),
  },
  'a line deleted, and all after it renumbered': {
    damage: (log) =>
      log.edit('audit.log', (all) => all.toSpliced(middle(all), 1).map((line, index) => renumber(line, seqOf(all[0]) + index))),
    told: ['ROOT_MISMATCH'],
    logger: givesUp('truncated'),
  },
  'a line renumbered': {
    damage: (log) => log.edit('audit.log', (all) => all.with(middle(all), renumber(all[middle(all)] ?? '', 7_777))),
    told: ['LINE_SEQ'],
    logger: givesUp('foreign_bytes'),
  },
  'the first line’s beginning overwritten': {
    damage: (log) => log.write('audit.log', Buffer.concat([Buffer.from('{"SEQ"'), log.read('audit.log').subarray(6)])),
    told: ['LINE_SEQ'],
    logger: givesUp('truncated'),
  },
  'the last line cut off': {
    damage: (log) => log.edit('audit.log', (all) => all.slice(0, -1)),
    told: ['TRUNCATED'],
    logger: givesUp('truncated'),
  },
  'cut in the middle of a line': {
    damage: (log) => log.write('audit.log', log.read('audit.log').subarray(0, -10)),
    told: ['TRUNCATED'],
    logger: givesUp('truncated'),
  },
  'emptied, its checkpoints ahead of it': {
    damage: (log) => log.write('audit.log', ''),
    told: ['TRUNCATED'],
    logger: givesUp('truncated'),
  },
  'a hole of NUL bytes': {
    damage: (log) => {
      const start = log.read('audit.log').indexOf('\n') + 1;
      log.write('audit.log', log.read('audit.log').fill(0, start, start + 700));
    },
    told: ['LINE_NOT_JSON'],
    logger: givesUp('foreign_bytes'),
  },
  'a line replaced by a stub as erasure leaves it': {
    damage: (log) => log.edit('audit.log', (all) => all.with(middle(all), stub(seqOf(all[middle(all)])))),
    told: ['ROOT_MISMATCH', 'ERASURE_UNNAMED'],
    logger: givesUp('other_root'),
  },
  deleted: {
    damage: (log) => log.remove('audit.log'),
    told: ['SUCCESSOR_MISSING', 'TRUNCATED'],
    logger: givesUp('truncated'),
  },
};

export const inOlderSegments: Readonly<Record<string, Tampering>> = {
  'a byte flipped in a closed segment': {
    damage: (log) => log.write(closedAt(log, 1), flip(log.read(closedAt(log, 1)), log.read(closedAt(log, 1)).lastIndexOf('event '))),
    told: ['ROOT_MISMATCH'],
    logger: goesOn,
  },
  'a line deleted from a closed segment': {
    damage: (log) => log.edit(closedAt(log, 1), (all) => all.toSpliced(middle(all), 1)),
    told: ['LINE_SEQ'],
    logger: goesOn,
  },
  'the end of a closed segment cut off': {
    damage: (log) => log.edit(closedAt(log, 1), (all) => all.slice(0, -2)),
    told: ['TRUNCATED'],
    logger: goesOn,
  },
  'the end of the newest closed segment cut off': {
    damage: (log) => log.edit(closedAt(log, -1), (all) => all.slice(0, -2)),
    told: ['TRUNCATED'],
    logger: goesOn,
  },
  'the first segment dropped': {
    damage: (log) => log.remove(closedAt(log, 0), sidecarAt(log, 0)),
    told: ['HEAD_MISSING'],
    logger: goesOn,
  },
  'a segment in the middle dropped': {
    damage: (log) => log.remove(closedAt(log, 2), sidecarAt(log, 2)),
    told: ['SEGMENT_MISSING'],
    logger: goesOn,
  },
  'a segment in the middle dropped, its checkpoints left': {
    damage: (log) => log.remove(closedAt(log, 2)),
    told: ['SEGMENT_MISSING'],
    logger: goesOn,
  },
  'the newest closed segment dropped': {
    damage: (log) => log.remove(closedAt(log, -1), sidecarAt(log, -2)),
    told: ['SEGMENT_MISSING'],
    logger: goesOn,
  },
  'a compressed segment damaged': {
    damage: (log) => {
      log.pack(closedAt(log, 1));
      const packed = log.read(`${closedAt(log, 1)}.gz`);
      log.write(`${closedAt(log, 1)}.gz`, packed.subarray(0, packed.length - 40));
      log.remove(closedAt(log, 1));
    },
    told: ['SEGMENT_UNREADABLE'],
    logger: goesOn,
  },
};

export const inCheckpoints: Readonly<Record<string, Tampering>> = {
  'a checkpoint signed by another key': {
    damage: (log) => changeNewest(log, sidecarAt(log, 1), signedByAnother),
    told: ['CHECKPOINT_SIGNATURE'],
    logger: goesOn,
  },
  'the newest checkpoint signed by another key': {
    damage: (log) => changeNewest(log, sidecarAt(log, -1), signedByAnother),
    told: ['CHECKPOINT_SIGNATURE'],
    logger: givesUp('checkpoint_forged'),
  },
  'the newest checkpoint’s frontier replaced': {
    damage: (log) => changeNewest(log, sidecarAt(log, -1), withoutFrontier),
    told: ['FRONTIER_MISMATCH'],
    logger: givesUp('frontier_forged'),
  },
  'a checkpoint replaced by one of another segment': {
    damage: (log) => {
      const other = parseSidecar(log.read(sidecarAt(log, 0))).records.at(-1) ?? assert.fail('no record');
      changeNewest(log, sidecarAt(log, 2), () => formatSidecarRecord(other));
    },
    told: ['CHECKPOINT_ORDER'],
    logger: goesOn,
  },
  'a checkpoint that is no record': {
    damage: (log) => changeNewest(log, sidecarAt(log, 1), () => '{"size":1}\n'),
    told: ['SIDECAR_MALFORMED'],
    logger: goesOn,
  },
  'a segment’s base checkpoint removed': {
    damage: (log) => log.edit(sidecarAt(log, 1), (all) => all.slice(1)),
    told: ['BASE_MISSING'],
    logger: goesOn,
  },
  'the key deleted': { damage: (log) => log.remove('audit.key'), told: [], logger: givesUp('key_missing') },
  'the key replaced': {
    damage: (log) => log.write('audit.key', generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' })),
    told: [],
    logger: givesUp('key_replaced'),
  },
};

/** What the files alone cannot tell: docs/format.md, section 8. */
export const notDetectable: Readonly<Record<string, Tampering>> = {
  'the end cut off together with its checkpoints': {
    damage: (log) => {
      const size = sizesOf(log, sidecarAt(log, -1)).at(-2) ?? 0;
      cutActive(log, size);
      cutSidecar(log, sidecarAt(log, -1), size);
    },
    told: [],
    logger: goesOn,
  },
  'the newest checkpoints removed, so that lines are unsigned': {
    damage: (log) => cutSidecar(log, sidecarAt(log, -1), sizesOf(log, sidecarAt(log, -1))[1] ?? 0),
    told: [],
    logger: goesOn,
  },
  'unsigned lines changed, with their checkpoints removed': {
    damage: (log) => {
      cutSidecar(log, sidecarAt(log, -1), sizesOf(log, sidecarAt(log, -1))[0] ?? 0);
      log.edit('audit.log', (all) => all.with(2, (all[2] ?? '').replace('event', 'story')));
    },
    told: [],
    logger: goesOn,
  },
};
