// The names of all files of a log. They are built here and parsed here, and nowhere else. With `stem` for the name of the
// active file without `.log`:
//
//   <stem>.log                            the active segment, which lines are appended to
//   <stem>-<first seq, 15 digits>.log[.gz]    a closed segment
//   <stem>-<first seq>.checkpoints        that segment's sidecar, under this name from birth
//   <stem>.cosigned                       the newest cosigned checkpoint; also the ship cursor
//   <stem>.sender                         the cursor of the function given to setRemoteSender
//   <stem>.collector                      the keys of the collectors that cosign it, pinned at first sight
//   <stem>.evidence                       two checkpoints that contradict each other, kept before the origin is given up
//   <stem>.key                            the identity key
//   <stem>.lock-<generation>              who writes this log
//   <stem>.hold                           while it exists nothing is deleted
//   <stem>-<seq>.torn                     bytes that recovery took out
//   <stem>.refused-<8 hex>                the folder of an origin that was given up
//   <any of these>.tmp                    written, not yet renamed to its place
import { utf8 } from './bytes.ts';
import { LogError } from './error.ts';

/** The file names of one log, in the folder of its active file. Names, not paths. */
export interface LogNames {
  readonly active: string;
  readonly key: string;
  readonly cosigned: string;
  readonly sender: string;
  readonly collector: string;
  readonly evidence: string;
  readonly hold: string;
  closed(first: number): string;
  gzip(first: number): string;
  checkpoints(first: number): string;
  torn(seq: number): string;
  lock(generation: number): string;
  refused(hex8: string): string;
  temporary(of: string): string;
}

/** What a file of a log is, told from its name. */
export type LogFile =
  | { readonly kind: 'active' }
  | { readonly kind: 'closed'; readonly first: number; readonly gzip: boolean }
  | { readonly kind: 'checkpoints'; readonly first: number }
  | { readonly kind: 'cosigned' | 'sender' | 'collector' | 'evidence' | 'key' | 'hold' | 'temporary' }
  | { readonly kind: 'torn'; readonly seq: number }
  | { readonly kind: 'lock'; readonly generation: number }
  | { readonly kind: 'refused' };

/** The highest seq that fits a file name. */
export const fileSeqMax = 999_999_999_999_999;

/** Bytes of the longest file name that file systems of every kind take. */
const fileNameBytesMax = 255;
const longestSuffix = '-000000000000000.checkpoints.tmp';

/**
 * The names that go with an active file's name. Where that does not end in `.log`, all of it is the stem.
 * @throws LogError FILE_NAME_MALFORMED where it is a path, too long, or would be taken for another log's closed segment
 */
export function logNames(activeFileName: string): LogNames {
  const stem = stemOf(activeFileName);
  return {
    active: activeFileName,
    key: `${stem}.key`,
    cosigned: `${stem}.cosigned`,
    sender: `${stem}.sender`,
    collector: `${stem}.collector`,
    evidence: `${stem}.evidence`,
    hold: `${stem}.hold`,
    closed: (first) => `${stem}-${digits(first)}.log`,
    gzip: (first) => `${stem}-${digits(first)}.log.gz`,
    checkpoints: (first) => `${stem}-${digits(first)}.checkpoints`,
    torn: (seq) => `${stem}-${digits(seq)}.torn`,
    lock: (generation) => {
      if (!Number.isSafeInteger(generation) || generation < 0) throw malformed(`lock generation ${generation} is not a count`);
      return `${stem}.lock-${generation}`;
    },
    refused: (hex8) => {
      if (!/^[0-9a-f]{8}$/.test(hex8)) throw malformed(`${JSON.stringify(hex8)} is not 8 hex digits`);
      return `${stem}.refused-${hex8}`;
    },
    temporary: (of) => `${of}.tmp`,
  };
}

/**
 * What a name in the folder of this active file is to its log; undefined for a file that is not the log's.
 * @throws LogError FILE_NAME_MALFORMED as logNames does
 */
export function classifyFile(activeFileName: string, name: string): LogFile | undefined {
  const stem = stemOf(activeFileName);
  if (name === activeFileName) return { kind: 'active' };
  if (!name.startsWith(stem)) return undefined;
  const file = classifySuffix(name.slice(stem.length));
  if (file !== undefined || !name.endsWith('.tmp')) return file;
  const of = classifyFile(activeFileName, name.slice(0, -'.tmp'.length));
  return of === undefined || of.kind === 'temporary' ? undefined : { kind: 'temporary' };
}

function classifySuffix(suffix: string): LogFile | undefined {
  const [, decimal, extension] = /^-([0-9]{15})\.(log|log\.gz|checkpoints|torn)$/.exec(suffix) ?? [];
  if (decimal !== undefined) {
    const seq = Number(decimal);
    switch (extension) {
      case 'log':
      case 'log.gz':
        return { kind: 'closed', first: seq, gzip: extension === 'log.gz' };
      case 'checkpoints':
        return { kind: 'checkpoints', first: seq };
      default:
        return { kind: 'torn', seq };
    }
  }
  switch (suffix) {
    case '.cosigned':
      return { kind: 'cosigned' };
    case '.sender':
      return { kind: 'sender' };
    case '.collector':
      return { kind: 'collector' };
    case '.evidence':
      return { kind: 'evidence' };
    case '.key':
      return { kind: 'key' };
    case '.hold':
      return { kind: 'hold' };
  }
  if (/^\.refused-[0-9a-f]{8}$/.test(suffix)) return { kind: 'refused' };
  const [, generation] = /^\.lock-(0|[1-9][0-9]{0,14})$/.exec(suffix) ?? [];
  return generation === undefined ? undefined : { kind: 'lock', generation: Number(generation) };
}

function stemOf(activeFileName: string): string {
  if (activeFileName === '' || activeFileName === '.' || activeFileName === '..' || /[/\0]/.test(activeFileName)) {
    throw malformed(`${JSON.stringify(activeFileName)} is not the name of a file`);
  }
  const stem = activeFileName.endsWith('.log') && activeFileName !== '.log' ? activeFileName.slice(0, -'.log'.length) : activeFileName;
  // Longer, and the first rotation would fail with ENAMETOOLONG, long after the log was opened.
  const bytes = utf8(stem).length;
  const bytesMax = fileNameBytesMax - longestSuffix.length;
  if (bytes > bytesMax) throw malformed(`the log's has ${bytes} bytes before .log; at most ${bytesMax} leave room for its other files`);
  if (/-[0-9]{15}$/.test(stem)) {
    throw malformed(`${JSON.stringify(activeFileName)} is named like a closed segment; choose one that does not end in 15 digits`);
  }
  return stem;
}

function digits(seq: number): string {
  if (!Number.isSafeInteger(seq) || seq < 0 || seq > fileSeqMax) throw malformed(`seq ${seq} does not fit 15 digits`);
  return seq.toString().padStart(15, '0');
}

function malformed(why: string): LogError {
  return new LogError('FILE_NAME_MALFORMED', `file name: ${why}`);
}
